/** `{ gte: 3 }` as a count that the compiler takes. Pure. */
import type { Path } from '../documents/problem.ts';
import type { CheckTools } from './check-tools.ts';
import { AT_LEAST_ONCE, type Count as CheckedCount } from './checked.ts';
import { COUNT_OPERATORS, type Count } from './language/count.ts';
import { OperatorProblem } from './operator-problem.ts';

/** At least once where a problem was reported. */
export function readCount(count: Count, path: Path, tools: CheckTools): CheckedCount {
  return tools.fitting(path, () => countOf(count)) ?? AT_LEAST_ONCE;
}

/** `count` has one comparison. @throws OperatorProblem */
export function countOf(count: Count): CheckedCount {
  const operator = COUNT_OPERATORS.find((name) => count[name] !== undefined);
  if (operator === undefined) throw new Error('a count without a comparison passed the schema');
  if (operator !== 'between') return { is: operator, times: count[operator] ?? 0 };
  const [low, high] = count.between ?? [0, 0];
  if (low > high) throw new OperatorProblem(`write the lower number first: [${high}, ${low}]`, ['between']);
  return { is: 'between', low, high };
}
