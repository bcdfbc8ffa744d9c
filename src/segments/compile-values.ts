/** The values that decide a condition, as texts for people: what the trait is, how many events there were. Pure. */
import type { Trait } from '../catalogue/catalogue.ts';
import { type CheckedNode, type EventCondition, type GroupedCondition, type RelatedCondition, traitsIn } from './checked.ts';
import { type Slot, slotsOf } from './compile-event-measure.ts';
import { isExactMean } from './compile-row-measure.ts';
import { traitAsIs } from './compile-trait.ts';

export interface DecidingValue {
  /** What it is: the label of a trait, `times` of an event, `sum`, `first`. */
  readonly name: string;
  readonly isPersonal: boolean;
}

/** What `valuesOf` lists, in its order. */
export function decidingValues(node: CheckedNode): DecidingValue[] {
  switch (node.kind) {
    case 'trait':
      return traitsIn(node).map(({ label, isPii }) => ({ name: label, isPersonal: isPii }));
    case 'event':
      return slotsOf(node.measure).map(({ is, rows }) => ({
        name: `${SLOT[is]}${ROWS[rows]}`,
        isPersonal: isOneValue(is) && isPersonal(node),
      }));
    case 'sequence':
      return [{ name: 'times', isPersonal: false }];
    case 'related':
      return namesOfRelated(node).map((name) => ({ name, isPersonal: isOfOneRow(node) }));
    case 'all':
    case 'any':
    case 'not':
    case 'segment':
    case 'sql':
    case 'list':
    case 'audience':
      return [];
  }
}

/** SQL of an Array(Nullable(String)). */
export function valuesOf(
  node: CheckedNode,
  of: { readonly aliasOf: (trait: Trait) => string; readonly measuresOf: (node: GroupedCondition) => readonly string[] },
): string {
  switch (node.kind) {
    case 'trait':
      return list(traitsIn(node).map((trait) => traitText(trait, of.aliasOf(trait))));
    case 'event': {
      const slots = slotsOf(node.measure);
      return list(
        of
          .measuresOf(node)
          .map((measure, index) => (slots[index]?.is === 'list' ? `toString(length(${measure}))` : `toString(${measure})`)),
      );
    }
    case 'sequence':
    case 'related':
      return list(of.measuresOf(node).map((measure) => `toString(${measure})`));
    case 'all':
    case 'any':
    case 'not':
    case 'segment':
    case 'sql':
    case 'list':
    case 'audience':
      return list([]);
  }
}

const SLOT: Readonly<Record<Slot['is'], string>> = {
  count: 'times',
  sum: 'sum',
  values: 'values',
  min: 'lowest',
  max: 'highest',
  distinct: 'different values',
  list: 'values',
  earliest: 'first',
  latest: 'last',
};
const ROWS: Readonly<Record<Slot['rows'], string>> = { own: '', other: ' in the other window', edge: ' of those asked for' };

/** The least or the greatest is a value that one event has. */
const isOneValue = (is: Slot['is']) => is === 'min' || is === 'max';

const isPersonal = ({ parts }: EventCondition) => parts.some(({ value }) => value?.is === 'column' && value.property.isPii);

const isOfOneRow = ({ measure }: RelatedCondition) => (measure.is === 'min' || measure.is === 'max') && measure.of.column.isPii;

/** As many of them as there are aggregates: a mean of floats is one, that of exact numbers is a sum and a number of values. */
function namesOfRelated({ measure }: RelatedCondition): readonly string[] {
  return measure.is === 'avg' && !isExactMean(measure.of.column.column.value) ? ['average'] : RELATED[measure.is];
}

const RELATED: Readonly<Record<RelatedCondition['measure']['is'], readonly string[]>> = {
  count: ['times'],
  sum: ['sum'],
  avg: ['sum', 'values'],
  min: ['lowest'],
  max: ['highest'],
  distinct: ['different values'],
  repeats: ['values that occur so often'],
  every: ['rows', 'rows that differ'],
};

const list = (texts: readonly string[]) => `[${texts.map((text) => `toNullable(${text})`).join(', ')}]::Array(Nullable(String))`;

/** A list, and a value within JSON, is shown as JSON. */
function traitText(trait: Trait, alias: string): string {
  const sql = traitAsIs(trait, alias);
  return trait.path === undefined && trait.column.value.kind === 'list' ? `toJSONString(${sql})` : `toString(${sql})`;
}
