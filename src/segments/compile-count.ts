/** A count as a condition on an aggregate. Pure. */
import { type Count, counts } from './checked.ts';
import { SYMBOL as COMPARISON_SYMBOL } from './compile-number.ts';
import { outside } from './compile-operator.ts';
import type { Asking } from './group-scan.ts';
import { type Predicate, tight } from './predicate.ts';

const SYMBOL: Readonly<Record<Exclude<Count['is'], 'between'>, string>> = { ...COMPARISON_SYMBOL, eq: '=' };

/** `sql`: the number of occurrences. Undefined when it holds for every group. Negations become the opposite count where there is one. */
export function countHolds(count: Count, sql: string, { isNegated, hasRows }: Asking): Predicate | undefined {
  const asked = isNegated ? opposite(count) : count;
  if (asked === undefined) return outside(comparison(count, sql));
  return hasRows && isAtLeastOnce(asked) ? undefined : comparison(asked, sql);
}

function comparison(count: Count, sql: string): Predicate {
  // Without brackets a reader could take the `and` of `between` for one that joins conditions.
  if (count.is === 'between') return { sql: `${sql} between ${count.low} and ${count.high}`, binds: 'and' };
  return tight(`${sql} ${SYMBOL[count.is]} ${count.times}`);
}

/** In a scan for one condition each group has at least one occurrence, so `count() > 0` is always true. */
const isAtLeastOnce = (count: Count) => count.is !== 'eq' && count.is !== 'between' && !counts(count, 0) && counts(count, 1);

/** The opposite count, when one comparison can express it. */
function opposite(count: Count): Count | undefined {
  switch (count.is) {
    case 'eq':
      return count.times === 0 ? { is: 'gt', times: 0 } : undefined;
    case 'gt':
      return { is: 'lte', times: count.times };
    case 'gte':
      return { is: 'lt', times: count.times };
    case 'lt':
      return { is: 'gte', times: count.times };
    case 'lte':
      return { is: 'gt', times: count.times };
    case 'between':
      return count.low === 0 ? { is: 'gt', times: count.high } : undefined;
  }
}
