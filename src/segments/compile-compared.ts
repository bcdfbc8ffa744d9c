/** A measure compared with the same measure over another window: for events and for rows. Pure. */
import { floorTo, readNumeral } from '../documents/numeral.ts';
import type { ComparedMeasure } from './checked.ts';
import { SYMBOL } from './compile-number.ts';
import { known, type Predicate, tight } from './predicate.ts';

/**
 * Both sides times what makes whole numbers of factor and periods: an exact product in place of a rounded quotient.
 * @param columns SQL of the measure, of an average its sum and its number of values; then the same of the other window.
 */
export function comparedHolds({ comparison, times, per }: ComparedMeasure<unknown>, columns: readonly string[]): Predicate {
  const [own = '', second = '', other = '', otherCount = ''] = columns;
  const { units, scale } = readNumeral(times) ?? { units: 1n, scale: 0 };
  const [left, right] = reduced(10n ** BigInt(scale) * BigInt(per), floorTo({ units, scale }, scale).steps);
  const product = (...factors: readonly (string | bigint)[]) => factors.filter((factor) => factor !== 1n).join(' * ');
  const symbol = comparison === 'eq' ? '=' : SYMBOL[comparison];
  // Two columns are one for each window, four are those of an average.
  const isAverage = columns.length === 4;
  return known(
    tight(
      isAverage
        ? `${product(own, otherCount, left)} ${symbol} ${product(other, second, right)}`
        : `${product(own, left)} ${symbol} ${product(second, right)}`,
    ),
  );
}

/** Without any event or row only the counts are there: none is as many as none. */
export const comparedHoldsForNone = ({ measure, comparison }: ComparedMeasure<unknown>): boolean =>
  measure.is === 'count' && ['eq', 'gte', 'lte'].includes(comparison);

function reduced(a: bigint, b: bigint): readonly [bigint, bigint] {
  let [larger, smaller] = [a, b];
  while (smaller > 0n) [larger, smaller] = [smaller, larger % smaller];
  return [a / larger, b / larger];
}
