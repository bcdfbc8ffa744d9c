/** Medians and ratios of what a meter has read. Pure. */
import { median, rounded, sum } from '../statistics.ts';
import type { Measured } from './meter.ts';
import type { ComparedResult, FigureResult } from './result.ts';

/** Sums of the medians of each. */
export function figureOf(each: readonly (readonly Measured[])[]): FigureResult {
  const of = (figure: (one: Measured) => number) => rounded(sum(each.map((measured) => median(measured.map(figure)))));
  return { seconds: of(({ seconds }) => seconds), cpu_seconds: of(({ cpuSeconds }) => cpuSeconds) };
}

export function comparedOf(pairs: readonly (readonly [ours: readonly Measured[], other: readonly Measured[]])[]): ComparedResult {
  const ours = figureOf(pairs.map(([one]) => one));
  const other = figureOf(pairs.map(([, one]) => one));
  return {
    ours,
    other,
    ratio: rounded(ours.seconds / other.seconds),
    cpu_ratio: rounded(ours.cpu_seconds / other.cpu_seconds),
  };
}
