/** `{ gte: 3 }` as a count that the compiler takes. Pure. */
import type { Path } from '../documents/problem.ts';
import type { CheckTools } from './check-tools.ts';
import type { Count as CheckedCount } from './checked.ts';
import { COUNT_OPERATORS, type Count } from './language/count.ts';

export function readCount(count: Count, path: Path, tools: CheckTools): CheckedCount {
  const operator = COUNT_OPERATORS.find((name) => count[name] !== undefined) ?? 'gte';
  if (operator !== 'between') return { is: operator, times: count[operator] ?? 1 };
  const [low, high] = count.between ?? [0, 0];
  if (low > high) tools.report([...path, 'between'], `write the lower number first: [${high}, ${low}]`);
  return { is: 'between', low, high };
}
