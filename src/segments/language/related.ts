/** `{ related: orders, where: [ { column: status, is: paid } ], during: { last: 180d }, count: { gte: 5 } }` Pure. */
import * as z from 'zod';
import { CountedColumn, MeasuredColumn } from './column-measure.ts';
import { EventCount } from './measure.ts';
import { PROPERTY_OPERATORS, propertyOperators } from './operators.ts';
import { DottedPath, exactlyOne, optional, written } from './value.ts';
import { During } from './window.ts';

const operators = optional(propertyOperators);
type ColumnOperators = z.output<z.ZodObject<typeof operators>>;

/** A test of a column, or a condition on the entity that `column` leads to; without `column`, on the row itself. `N`: a condition. */
export interface RelatedFilter<N> extends ColumnOperators {
  readonly column?: string | undefined;
  readonly that?: N | undefined;
}

export interface RelatedNode<N> {
  /** Names of relations with dots between them, from the entity on. */
  readonly related: string;
  /** All of them must hold for the same row. */
  readonly where?: readonly RelatedFilter<N>[] | undefined;
  /** Where the rows are entities: a condition on each. */
  readonly that?: N | undefined;
  /** At any time when left out. */
  readonly during?: During | undefined;
  /** The column with the time; may be left out where there is only one. */
  readonly at?: string | undefined;
  readonly count?: EventCount | undefined;
  readonly sum?: MeasuredColumn | undefined;
  readonly avg?: MeasuredColumn | undefined;
  readonly min?: MeasuredColumn | undefined;
  readonly max?: MeasuredColumn | undefined;
  readonly distinct?: CountedColumn | undefined;
  readonly repeats?: CountedColumn | undefined;
  /** All rows pass them, and there is at least one. */
  readonly every?: readonly RelatedFilter<N>[] | undefined;
  /** The first or last of the rows, by their time, passes them; of several at the same moment, any. */
  readonly first?: { readonly where: readonly RelatedFilter<N>[] } | undefined;
  readonly last?: { readonly where: readonly RelatedFilter<N>[] } | undefined;
}

/** At most one; at least one row without any. */
export const RELATED_MEASURES = ['count', 'sum', 'avg', 'min', 'max', 'distinct', 'repeats', 'every', 'first', 'last'] as const;

/** `node`: the schema of a condition. */
export function relatedNode<N>(node: z.ZodType<N>): z.ZodType<RelatedNode<N>> {
  const filter = z.strictObject({ column: DottedPath.optional(), ...operators, that: node.optional() }).superRefine((given, context) => {
    exactlyOne([...PROPERTY_OPERATORS, 'that'], 'an operator')(given, context);
    if (given.column === undefined && given.that === undefined)
      context.addIssue({ code: 'custom', message: 'needs `column`: which column it tests' });
  });
  const filters = z.array(filter).min(1, 'an empty list: leave it out');
  const edge = z.strictObject({ where: filters }, written('what it is: { where: [ { column: …, is: … } ] }'));
  return z
    .strictObject({
      related: DottedPath,
      where: filters.optional(),
      that: node.optional(),
      during: During.optional(),
      at: DottedPath.optional(),
      count: EventCount.optional(),
      sum: MeasuredColumn.optional(),
      avg: MeasuredColumn.optional(),
      min: MeasuredColumn.optional(),
      max: MeasuredColumn.optional(),
      distinct: CountedColumn.optional(),
      repeats: CountedColumn.optional(),
      every: filters.optional(),
      first: edge.optional(),
      last: edge.optional(),
    })
    .superRefine((given, context) => {
      const measures = RELATED_MEASURES.filter((name) => given[name] !== undefined);
      if (measures.length > 1)
        context.addIssue({ code: 'custom', message: `takes one of ${measures.join(' and ')}: join two conditions with \`all\`` });
    });
}
