/** Stretches of time as conditions on a column. Pure. */
import { clickhouseTime } from '../sql/sql-text.ts';
import type { Interval } from './calendar.ts';
import type { Parameters } from './compile-parameters.ts';
import type { Living } from './living.ts';
import { both, type Condition, tight } from './predicate.ts';

/** The range of the column's type; an end beyond it is replaced by its meaning (always or never true). */
interface Ends<T> {
  readonly earliest: T;
  readonly latest: T;
  parameter(value: T, living: Living | undefined): string;
}

/** True when the window asks nothing of the column, false when no value of its type lies in between. */
export function interval<T>(column: string, { low, high }: Interval<T>, { earliest, latest, parameter }: Ends<T>): Condition {
  if ((low && low.value > latest) || (high && high.value < earliest)) return false;
  const ends = [
    ...(low && low.value >= earliest ? [tight(`${column} ${low.isIncluded ? '>=' : '>'} ${parameter(low.value, low.living)}`)] : []),
    ...(high && high.value <= latest ? [tight(`${column} ${high.isIncluded ? '<=' : '<'} ${parameter(high.value, high.living)}`)] : []),
  ];
  return ends.length === 0 || both(ends);
}

const EARLIEST_MS = Date.UTC(1900, 0, 1);
const LATEST_MS = Date.UTC(2299, 11, 31, 23, 59, 59, 999);

/** Moments, in milliseconds since 1970; DateTime64(3, 'UTC') holds 1900 to 2299. */
export function timeEnds(parameters: Parameters): Ends<number> {
  return {
    earliest: EARLIEST_MS,
    latest: LATEST_MS,
    parameter: (ms, living) => parameters.add("DateTime64(3, 'UTC')", clickhouseTime(ms), living),
  };
}
