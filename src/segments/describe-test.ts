/** One test of a value in words: `is at least 20`. Pure. */
import type { Comparison, JsonOperand, JsonTest, Test } from './checked.ts';
import { itemsInWords } from './describe-count.ts';
import { lengthInWords, windowInWords } from './describe-window.ts';

export const ORDER: Readonly<Record<Comparison, string>> = {
  gt: 'is more than',
  gte: 'is at least',
  lt: 'is less than',
  lte: 'is at most',
};

const SEARCH = {
  contains: (text: string) => `contains ${quoted(text)}, in capitals or not`,
  starts_with: (text: string) => `starts with ${quoted(text)}, in capitals or not`,
  ends_with: (text: string) => `ends with ${quoted(text)}, in capitals or not`,
  matches: (text: string) => `matches the pattern ${quoted(text)}`,
} as const;

export function testInWords(test: Test | JsonTest): string {
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
    case 'anniversary':
      return `has its anniversary ${test.when === 'today' ? 'today' : `in the ${test.when.is} ${lengthInWords({ seconds: test.when.days * 86_400 })}`}`;
    case 'size':
      return `has ${itemsInWords(test.count)}`;
    case 'when':
      return 'isOutside' in test && test.isOutside
        ? `has a value that is not ${windowInWords(test.window)}`
        : `is ${windowInWords(test.window)}`;
  }
}

const quoted = (text: string) => `“${text}”`;

function shown(value: string | boolean | JsonOperand): string {
  if (typeof value !== 'object') return String(value);
  return value.is === 'text' ? value.text : value.is === 'number' ? value.number : String(value.boolean);
}

const MAX_SHOWN = 5;

export function listed(values: readonly string[], word: 'and' | 'or'): string {
  const [last] = values.slice(-1);
  if (values.length <= 1) return last ?? '';
  if (values.length <= MAX_SHOWN) return `${values.slice(0, -1).join(', ')} ${word} ${last}`;
  return `${values.slice(0, MAX_SHOWN).join(', ')} ${word} ${(values.length - MAX_SHOWN).toLocaleString('en')} others`;
}
