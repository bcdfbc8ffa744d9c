/** Conditions on related rows as sentences. Pure. */
import type { Relation } from '../catalogue/catalogue.ts';
import type { CheckedNode, ComparedMeasure, EventWindow, RelatedCondition, RowColumn, RowFilter } from './checked.ts';
import { isAbsent, timesOf } from './describe-count.ts';
import { comparedInWords } from './describe-events.ts';
import { listed, testInWords } from './describe-test.ts';
import { windowInWords } from './describe-window.ts';

const SUMMARY = { sum: 'the sum', avg: 'the average', min: 'the least', max: 'the greatest' } as const;

/** `inner`: the sentence of a condition on another entity, in one piece. */
export function relatedSentence(condition: RelatedCondition, inner: (node: CheckedNode) => string): string {
  const { way, filters, during, measure } = condition;
  const rows = way.map(({ name }) => name).join(' → ');
  const sentence = (filter: RowFilter) =>
    filter.is === 'that' ? thatOf(filter, inner) : `${labelOf(filter.of)} ${testInWords(filter.test)}`;
  const when = during === undefined ? '' : ` with ${labelOf(during.at)} ${whenOf(during.window)}`;
  const where = filters.length === 0 ? '' : `, where ${listed(filters.map(sentence), 'and')}`;
  switch (measure.is) {
    case 'count':
      return isAbsent(measure.count) ? `no ${rows}${when}${where}` : `${rows} ${timesOf(measure.count)}${when}${where}`;
    case 'every':
      return `every one of ${rows}${when}${where}: ${listed(measure.filters.map(sentence), 'and')}`;
    case 'first':
    case 'last':
      return `the ${measure.is} of ${rows}${when}${where} is one where ${listed(measure.filters.map(sentence), 'and')}`;
    case 'compared':
      return `${comparedName(measure, rows)}${when}${where} is ${comparedInWords(measure)}`;
    case 'distinct':
      return `different ${labelOf(measure.of)} of ${rows} ${timesOf(measure.count)}${when}${where}`;
    case 'repeats':
      return `some one ${labelOf(measure.of)} of ${rows} ${timesOf(measure.count)}${when}${where}`;
    default:
      return `${SUMMARY[measure.is]} of ${labelOf(measure.of)} of ${rows}${when}${where} ${testInWords(measure.test)}`;
  }
}

const comparedName = ({ measure }: ComparedMeasure<RowColumn>, rows: string) =>
  measure.is === 'count' ? `the number of ${rows}` : `${SUMMARY[measure.is]} of ${labelOf(measure.of)} of ${rows}`;

const hopsOf = (hops: readonly Relation[]) => hops.map(({ name }) => `${name} → `).join('');

const labelOf = ({ hops, column }: RowColumn) => `${hopsOf(hops)}${column.label}`;

function thatOf({ hops, entity, node }: Extract<RowFilter, { is: 'that' }>, inner: (node: CheckedNode) => string): string {
  const who = hops.length === 0 ? entity.label : hops.map(({ name }) => name).join(' → ');
  return `${who} is one with: ${inner(node)}`;
}

const whenOf = (window: EventWindow) => (window.is === 'always' ? 'until now' : windowInWords(window));
