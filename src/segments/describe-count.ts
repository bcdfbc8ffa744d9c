/** Counts in words. Pure. */
import type { Count } from './checked.ts';

export const isAbsent = (count: Count) =>
  (count.is === 'eq' && count.times === 0) || (count.is === 'lt' && count.times === 1) || (count.is === 'lte' && count.times === 0);

export const COUNT: Readonly<Record<Exclude<Count['is'], 'between'>, string>> = {
  eq: 'exactly',
  gt: 'more than',
  gte: 'at least',
  lt: 'less than',
  lte: 'at most',
};

export function timesOf(count: Count): string {
  const times = (number: number) => (number === 1 ? 'once' : `${number.toLocaleString('en')} times`);
  return count.is === 'between' ? `${count.low.toLocaleString('en')} to ${times(count.high)}` : `${COUNT[count.is]} ${times(count.times)}`;
}

export const countInWords = (count: Count) =>
  count.is === 'between'
    ? `${count.low.toLocaleString('en')} to ${count.high.toLocaleString('en')}`
    : `${COUNT[count.is]} ${count.times.toLocaleString('en')}`;

export function itemsInWords(count: Count): string {
  const items = (number: number) => `${number.toLocaleString('en')} item${number === 1 ? '' : 's'}`;
  return count.is === 'between' ? `${count.low.toLocaleString('en')} to ${items(count.high)}` : `${COUNT[count.is]} ${items(count.times)}`;
}
