/** Conditions as sentences for people who have not written them: labels for names, words for operators. Pure. */
import type { Trait } from '../catalogue/catalogue.ts';
import type {
  CheckedNode,
  Comparison,
  Count,
  EventCondition,
  JsonOperand,
  JsonTest,
  Test,
  TimeWindow,
  TraitComparison,
  TraitCondition,
} from './checked.ts';

/** `titleOf`: the title of a segment. The sentence of a group only says how its parts are joined: each part has a sentence of its own. */
export function sentenceOf(node: CheckedNode, titleOf: (segment: string) => string): string {
  switch (node.kind) {
    case 'all':
      return node.children.length === 1 ? 'the one below' : `all ${node.children.length} of these`;
    case 'any':
      return node.children.length === 1 ? 'the one below' : `any of these ${node.children.length}`;
    case 'not': {
      const isGroup = node.child.kind === 'all' || node.child.kind === 'any';
      return isGroup ? `not ${sentenceOf(node.child, titleOf)}` : `not: ${sentenceOf(node.child, titleOf)}`;
    }
    case 'trait':
      return `${node.trait.label} ${traitAsked(node)}`;
    case 'event':
      return eventSentence(node);
    case 'sql':
      return node.isSelect ? 'is found by a query in SQL' : `in SQL: ${node.sql.replace(/\s+/g, ' ').trim()}`;
    case 'segment':
      return `is a member of ${titleOf(node.segment)}`;
  }
}

function traitAsked({ trait, test }: TraitCondition): string {
  if (test.is === 'trait') return compared(test, isTime(trait));
  return asked(test.is === 'json' ? test.test : test);
}

const isTime = ({ column }: Trait) => column.value.kind === 'date' || column.value.kind === 'time';

const ORDER: Readonly<Record<Comparison, string>> = { gt: 'is more than', gte: 'is at least', lt: 'is less than', lte: 'is at most' };
const TIME_ORDER: Readonly<Record<Comparison, string>> = {
  gt: 'is after',
  gte: 'is not before',
  lt: 'is before',
  lte: 'is not after',
};

function compared({ comparison, other }: TraitComparison, isDate: boolean): string {
  if (comparison === 'equal') return `is the same as ${other.label}`;
  if (comparison === 'different') return `is another than ${other.label}`;
  return `${(isDate ? TIME_ORDER : ORDER)[comparison]} ${other.label}`;
}

const SEARCH = {
  contains: (text: string) => `contains ${quoted(text)}, in capitals or not`,
  starts_with: (text: string) => `starts with ${quoted(text)}, in capitals or not`,
  ends_with: (text: string) => `ends with ${quoted(text)}, in capitals or not`,
  matches: (text: string) => `matches the pattern ${quoted(text)}`,
} as const;

function asked(test: Test | JsonTest): string {
  switch (test.is) {
    case 'in':
      return `is ${listed(test.values.map(shown), 'or')}`;
    case 'not_in':
      return `has a value other than ${listed(test.values.map(shown), 'or')}`;
    case 'has_any':
      return `has any of ${listed(test.values.map(shown), 'or')}`;
    case 'has_all':
      return `has all of ${listed(test.values.map(shown), 'and')}`;
    case 'has_none':
      return `has none of ${listed(test.values.map(shown), 'or')}`;
    case 'contains':
    case 'starts_with':
    case 'ends_with':
    case 'matches':
      return SEARCH[test.is](test.text);
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return `${ORDER[test.is]} ${test.number}`;
    case 'between':
      return `is from ${test.low} to ${test.high}`;
    case 'exists':
      return 'has a value';
    case 'missing':
      return 'has no value';
    case 'when':
      return 'isOutside' in test && test.isOutside ? `has a value that is not ${windowOf(test.window)}` : `is ${windowOf(test.window)}`;
  }
}

const quoted = (text: string) => `“${text}”`;

function shown(value: string | boolean | JsonOperand): string {
  if (typeof value !== 'object') return String(value);
  return value.is === 'text' ? value.text : value.is === 'number' ? value.number : String(value.boolean);
}

const MAX_SHOWN = 5;

function listed(values: readonly string[], word: 'and' | 'or'): string {
  const [last] = values.slice(-1);
  if (values.length <= 1) return last ?? '';
  if (values.length <= MAX_SHOWN) return `${values.slice(0, -1).join(', ')} ${word} ${last}`;
  return `${values.slice(0, MAX_SHOWN).join(', ')} ${word} ${(values.length - MAX_SHOWN).toLocaleString('en')} others`;
}

function eventSentence({ events, count, during, parts }: EventCondition): string {
  const names = listed(events, 'or');
  const when = during.is === 'always' ? '' : ` ${windowOf(during)}`;
  const filters = parts[0]?.filters ?? [];
  const where = filters
    .map((filter) => `${filter.is === 'json' ? filter.property.join('.') : filter.property.label} ${asked(filter.test)}`)
    .join(' and ');
  const isAbsent =
    (count.is === 'eq' && count.times === 0) || (count.is === 'lt' && count.times === 1) || (count.is === 'lte' && count.times === 0);
  const what = isAbsent ? `no ${names}` : `${names} ${timesOf(count)}`;
  return `${what}${when}${where === '' ? '' : `, where ${where}`}`;
}

const COUNT: Readonly<Record<Exclude<Count['is'], 'between'>, string>> = {
  eq: 'exactly',
  gt: 'more than',
  gte: 'at least',
  lt: 'less than',
  lte: 'at most',
};

function timesOf(count: Count): string {
  const times = (number: number) => (number === 1 ? 'once' : `${number.toLocaleString('en')} times`);
  return count.is === 'between' ? `${count.low.toLocaleString('en')} to ${times(count.high)}` : `${COUNT[count.is]} ${times(count.times)}`;
}

function windowOf(window: TimeWindow): string {
  switch (window.is) {
    case 'always':
      return 'at any time';
    case 'last':
      return `in the last ${lengthOf(window.seconds)}`;
    case 'next':
      return `in the next ${lengthOf(window.seconds)}`;
    case 'ago':
      return `between ${lengthOf(window.nearSeconds)} and ${lengthOf(window.farSeconds)} ago`;
    case 'dates':
      return datesOf(window);
  }
}

function datesOf({ from, after, until, before }: Extract<TimeWindow, { is: 'dates' }>): string {
  if (from !== undefined && from === until) return from.includes('T') ? `at ${from}` : `on ${from}`;
  const ends = [
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(after === undefined ? [] : [`after ${after}`]),
    ...(until === undefined ? [] : [`until ${until}`]),
    ...(before === undefined ? [] : [`before ${before}`]),
  ];
  return ends.join(' ');
}

function lengthOf(seconds: number): string {
  const [size, unit] = seconds % 86_400 === 0 ? [86_400, 'day'] : [3_600, 'hour'];
  const length = seconds / size;
  return `${length.toLocaleString('en')} ${unit}${length === 1 ? '' : 's'}`;
}
