/** The values that decide a condition, as texts for people: what the trait is, how many events there were. Pure. */
import type { Trait } from '../catalogue/catalogue.ts';
import {
  type CheckedNode,
  type EventCondition,
  type GroupedCondition,
  measuredColumn,
  type RelatedCondition,
  traitsIn,
} from './checked.ts';
import { type Slot, slotsOf } from './compile-event-measure.ts';
import { hasExactMean } from './compile-row-measure.ts';
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
      return relatedValues(node).map((name) => ({ name, isPersonal: isOfOneRow(node) }));
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

const isOfOneRow = ({ measure }: RelatedCondition) =>
  ['min', 'max'].includes(measure.is === 'compared' ? measure.measure.is : measure.is) && measuredColumn(measure)?.column.isPii === true;

/** As many of them as there are aggregates. */
function relatedValues({ measure }: RelatedCondition): readonly string[] {
  const is = measure.is === 'compared' ? measure.measure.is : measure.is;
  const kind = measuredColumn(measure)?.column.column.value;
  const own = is === 'avg' && kind && !hasExactMean(kind) ? ['average'] : RELATED[is];
  return measure.is === 'compared' ? [...own, ...own.map((name) => `${name}${ROWS.other}`)] : own;
}

const RELATED: Readonly<Record<Exclude<RelatedCondition['measure']['is'], 'compared'>, readonly string[]>> = {
  count: ['times'],
  sum: ['sum'],
  avg: ['sum', 'values'],
  min: ['lowest'],
  max: ['highest'],
  distinct: ['different values'],
  repeats: ['values that occur so often'],
  every: ['rows', 'rows that differ'],
  first: ['first of those asked for', 'first'],
  last: ['last of those asked for', 'last'],
};

const list = (texts: readonly string[]) => `[${texts.map((text) => `toNullable(${text})`).join(', ')}]::Array(Nullable(String))`;

/** A list, and a value within JSON, is shown as JSON. */
function traitText(trait: Trait, alias: string): string {
  const sql = traitAsIs(trait, alias);
  return trait.path === undefined && trait.column.value.kind === 'list' ? `toJSONString(${sql})` : `toString(${sql})`;
}
