/** Measures of related rows that look at when they happened: the first and the last row, and the same measure over another window. */
import { compareTo, scaled } from './oracle-numbers.ts';

export interface Other {
  readonly is: 'count' | 'sum' | 'avg' | 'min' | 'max';
  readonly comparison: string;
  readonly column: string;
  readonly during: object;
  readonly times: string;
  readonly per: number;
}

/** The measure whose right side is another window. */
export function otherOf(node: object): Other | undefined {
  for (const is of ['count', 'sum', 'avg', 'min', 'max'] as const) {
    const asked = (node as Record<string, Record<string, unknown> | undefined>)[is] ?? {};
    for (const [comparison, operand] of Object.entries(asked)) {
      if (typeof operand !== 'object' || operand === null || !('of' in operand)) continue;
      const { times = 1, of } = operand as { times?: number | string; of: { during: object; per?: number } };
      return { is, comparison, column: String(asked.column), during: of.during, times: String(times), per: of.per ?? 1 };
    }
  }
  return undefined;
}

/** `own` against `theirs · times / per`: of whole numbers of the smallest step where the values are exact, of floats otherwise. */
export function otherHolds({ is, comparison, times, per }: Other, own: Sized, theirs: Sized, isFloat: boolean): boolean {
  const [digits = '', decimals = ''] = times.split('.');
  const [left, right] = reduced(10n ** BigInt(decimals.length) * BigInt(per), BigInt(digits + decimals));
  if (is !== 'count' && (own.values.length === 0 || theirs.values.length === 0)) return false;
  if (isFloat) {
    const [one, other] = [own, theirs].map(({ values }) => floatOf(is, values.map(Number))) as [number, number];
    return inOrder(comparison, one * Number(left) - other * Number(right));
  }
  const [one, other] = [own, theirs].map((rows) => exactOf(is, rows)) as [Fraction, Fraction];
  const difference = one[0] * other[1] * left - other[0] * one[1] * right;
  return inOrder(comparison, difference > 0n ? 1 : difference < 0n ? -1 : 0);
}

/** Rows, and the values that are there of those measured. */
export interface Sized {
  readonly rows: number;
  readonly values: readonly (string | number)[];
}

type Fraction = readonly [bigint, bigint];

function exactOf(is: Other['is'], { rows, values }: Sized): Fraction {
  if (is === 'count') return [BigInt(rows), 1n];
  if (is === 'min' || is === 'max') {
    const sign = is === 'min' ? 1 : -1;
    const [best = 0] = [...values].sort((a, b) => sign * compareTo({ text: String(a), isWhole: false }, String(b)));
    return [scaled(String(best)) ?? 0n, 1n];
  }
  const sum = values.reduce<bigint>((total, value) => total + (scaled(String(value)) ?? 0n), 0n);
  return [sum, is === 'avg' ? BigInt(values.length) : 1n];
}

function floatOf(is: Other['is'], values: readonly number[]): number {
  if (is === 'min') return Math.min(...values);
  if (is === 'max') return Math.max(...values);
  const sum = values.reduce((total, value) => total + value, 0);
  return is === 'avg' ? sum / values.length : sum;
}

function inOrder(comparison: string, difference: number): boolean {
  if (comparison === 'eq') return difference === 0;
  if (comparison.startsWith('g')) return comparison === 'gte' ? difference >= 0 : difference > 0;
  return comparison === 'lte' ? difference <= 0 : difference < 0;
}

function reduced(a: bigint, b: bigint): Fraction {
  let [larger, smaller] = [a, b];
  while (smaller > 0n) [larger, smaller] = [smaller, larger % smaller];
  return [a / larger, b / larger];
}
