/** Conditions on related rows as sentences. Pure. */
import type { Relation } from '../catalogue/catalogue.ts';
import type { CheckedNode, Count, RelatedCondition, RowColumn, RowFilter, Test, TimeWindow } from './checked.ts';

/** The words that all conditions share. */
interface Words {
  asked(test: Test): string;
  listed(values: readonly string[], word: 'and' | 'or'): string;
  timesOf(count: Count): string;
  windowOf(window: TimeWindow): string;
}

const SUMMARY = { sum: 'the sum', avg: 'the average', min: 'the least', max: 'the greatest' } as const;

/** `inner`: the sentence of a condition on another entity, in one piece. */
export function relatedSentence(condition: RelatedCondition, words: Words, inner: (node: CheckedNode) => string): string {
  const { way, filters, during, measure } = condition;
  const rows = way.map(({ name }) => name).join(' → ');
  const sentence = (filter: RowFilter) =>
    filter.is === 'that' ? thatOf(filter, inner) : `${labelOf(filter.of)} ${words.asked(filter.test)}`;
  const when = during === undefined ? '' : ` with ${labelOf(during.at)} ${whenOf(during.window, words)}`;
  const where = filters.length === 0 ? '' : `, where ${words.listed(filters.map(sentence), 'and')}`;
  switch (measure.is) {
    case 'count':
      return isNone(measure.count) ? `no ${rows}${when}${where}` : `${rows} ${words.timesOf(measure.count)}${when}${where}`;
    case 'every':
      return `every one of ${rows}${when}${where}: ${words.listed(measure.filters.map(sentence), 'and')}`;
    case 'distinct':
      return `different ${labelOf(measure.of)} of ${rows} ${words.timesOf(measure.count)}${when}${where}`;
    case 'repeats':
      return `some one ${labelOf(measure.of)} of ${rows} ${words.timesOf(measure.count)}${when}${where}`;
    default:
      return `${SUMMARY[measure.is]} of ${labelOf(measure.of)} of ${rows}${when}${where} ${words.asked(measure.test)}`;
  }
}

const hopsOf = (hops: readonly Relation[]) => hops.map(({ name }) => `${name} → `).join('');

const labelOf = ({ hops, column }: RowColumn) => `${hopsOf(hops)}${column.label}`;

function thatOf({ hops, entity, node }: Extract<RowFilter, { is: 'that' }>, inner: (node: CheckedNode) => string): string {
  const who = hops.length === 0 ? entity.label : hops.map(({ name }) => name).join(' → ');
  return `${who} is one with: ${inner(node)}`;
}

const whenOf = (window: TimeWindow, { windowOf }: Words) => (window.is === 'always' ? 'until now' : windowOf(window));

const isNone = (count: Count) =>
  (count.is === 'eq' && count.times === 0) || (count.is === 'lt' && count.times === 1) || (count.is === 'lte' && count.times === 0);
