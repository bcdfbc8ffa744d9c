/** `sum: { column: amount, gte: 200 }` as a measure that the compiler takes. Pure. */

import type { ColumnKind } from '../catalogue/column-kind.ts';
import { floorTo, readNumeral } from '../documents/numeral.ts';
import type { Path } from '../documents/problem.ts';
import { readCount } from './check-count.ts';
import { listed, readTest } from './check-operator.ts';
import type { CheckTools } from './check-tools.ts';
import { type Count, counts, type Test } from './checked.ts';
import { MEAN_DIGITS, summaryOf } from './compile-row-measure.ts';
import { type CountedColumn, MEASURE_OPERATORS, type MeasuredColumn } from './language/column-measure.ts';
import { OperatorProblem } from './operator-problem.ts';

/** `path`: of the measure; `name`: of its column. Undefined when a problem was reported. */
export function readSummary(
  is: 'sum' | 'avg' | 'min' | 'max',
  measured: Omit<MeasuredColumn, 'column'>,
  column: { readonly name: string; readonly kind: ColumnKind },
  path: Path,
  tools: CheckTools,
): Test | undefined {
  const kind = summaryOf(is, column.kind);
  if (kind === undefined) {
    const wanted = is === 'min' || is === 'max' ? 'numbers, dates or moments' : 'numbers';
    return tools.report([...path, 'column'], `${is} needs ${wanted}, and ${column.name} is a ${column.kind.kind}`);
  }
  const operator = MEASURE_OPERATORS.find((name) => measured[name] !== undefined) ?? 'gte';
  const operandOf = measured[operator] as unknown;
  return tools.fitting([...path, operator], () => {
    if (kind.kind === 'number' && (operator === 'before' || operator === 'after'))
      throw new OperatorProblem(`${operator} does not fit a number; these do: eq, gt, gte, lt, lte, between`);
    const test = readTest(kind, operator === 'eq' ? 'is' : operator, operandOf);
    if (is === 'avg') for (const value of listed(operandOf)) assertFewDigits(String(value));
    return test;
  });
}

function assertFewDigits(text: string): void {
  const exact = readNumeral(text);
  if (exact && !floorTo(exact, MEAN_DIGITS).isExact)
    throw new OperatorProblem(`an average is compared with at most ${MEAN_DIGITS} digits behind the point`);
}

/** Of `distinct` and `repeats`. */
export function readOccurrences(
  is: 'distinct' | 'repeats',
  { column: _, ...count }: CountedColumn,
  column: { readonly name: string; readonly kind: ColumnKind },
  path: Path,
  tools: CheckTools,
): Count | undefined {
  if (column.kind.kind === 'list') return tools.report([...path, 'column'], `${is} needs single values, and ${column.name} is a list`);
  const asked = readCount(count, path, tools);
  if (is === 'distinct' || !counts(asked, 0)) return asked;
  return tools.report(path, 'counts a value that occurs, so 0 is never the number: write `count: { eq: 0 }`, or put `not` before it');
}
