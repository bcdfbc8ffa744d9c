/** What is asked of all events of a condition together, as the compiler takes it. Pure. */
import { readNumeral } from '../documents/numeral.ts';
import type { Path } from '../documents/problem.ts';
import { readCount } from './check-count.ts';
import { numberText, orderTest } from './check-operator.ts';
import type { CheckTools } from './check-tools.ts';
import { readWindow } from './check-window.ts';
import { type Aggregate, type AmountTest, AT_LEAST_ONCE, type ComparedMeasure, counts, type Measure } from './checked.ts';
import type { MeasuredColumn } from './language/column-measure.ts';
import { COUNT_OPERATORS, type Count } from './language/count.ts';
import { type EventNode, MEASURES } from './language/event.ts';
import type { Amounts, EventCount, OtherWindow, ValueCount } from './language/measure.ts';
import type { During } from './language/window.ts';
import { OperatorProblem } from './operator-problem.ts';

export const MAX_FRACTION_DIGITS = 20;

/** What the measure is of: a property or a column. Undefined for a measure of events. */
export interface MeasuredSubject {
  readonly measure: Aggregate | 'distinct' | 'repeats';
  readonly path: Path;
  readonly property?: string | undefined;
  readonly column?: string | undefined;
}

export const measureNameOf = (node: EventNode) => MEASURES.find((name) => node[name] !== undefined) ?? 'count';

export function subjectOf(node: EventNode, path: Path): MeasuredSubject | undefined {
  const measure = measureNameOf(node);
  if (measure === 'count' || measure === 'first' || measure === 'last') return undefined;
  const { property, column } = node[measure] ?? {};
  return { measure, path: [...path, measure], property, column };
}

/** Undefined when a problem was reported. */
export function readMeasure(node: EventNode, path: Path, tools: CheckTools): Measure | undefined {
  const measure = measureNameOf(node);
  const place = [...path, measure];
  switch (measure) {
    case 'count':
      return node.count === undefined ? { is: 'count', count: AT_LEAST_ONCE } : readEventCount(node, node.count, place, tools);
    case 'first':
    case 'last':
      return { is: measure, events: [node[measure]?.event ?? []].flat() };
    case 'distinct':
    case 'repeats':
      return readValueCount(measure, node[measure] ?? {}, place, tools);
    default:
      return readAmounts(node, measure, node[measure] ?? {}, place, tools);
  }
}

function readEventCount(node: EventNode, count: EventCount, path: Path, tools: CheckTools): Measure | undefined {
  const compared = comparedWith(count);
  if (compared) return readCompared(node, { is: 'count' }, compared, path, tools);
  return { is: 'count', count: readCount(count as Count, path, tools) };
}

function readValueCount(is: 'distinct' | 'repeats', asked: ValueCount, path: Path, tools: CheckTools): Measure | undefined {
  const { property, column, ...count } = asked;
  const read = readCount(count, path, tools);
  if (is === 'repeats' && !isOfOneOrMore(read))
    return tools.report(
      path,
      'a value that occurs does so at least once: ask for 1 or more; `missing: true` in `where` finds events without a value',
    );
  return { is, of: property ?? column ?? '', count: read };
}

const isOfOneOrMore = (count: Parameters<typeof counts>[0]) => {
  const ends = count.is === 'between' ? [count.low, count.high] : [count.times, count.times + 1, count.times - 1];
  return ends.some((times) => times >= 1 && counts(count, times));
};

function readAmounts(node: EventNode, is: Aggregate, asked: Amounts, path: Path, tools: CheckTools): Measure | undefined {
  const of = asked.property ?? asked.column ?? '';
  const compared = comparedWith(asked);
  if (compared) return readCompared(node, { is, of }, compared, path, tools);
  const operator = COUNT_OPERATORS.find((name) => asked[name] !== undefined) ?? 'gte';
  return tools.fitting([...path, operator], () => ({ is, of, test: amountTest(operator, [asked[operator]].flat()) }));
}

function amountTest(operator: (typeof COUNT_OPERATORS)[number], operands: readonly unknown[]): AmountTest {
  const numbers = operands.map((operand) => amountOf(operand));
  return operator === 'eq' ? { is: 'eq', number: numbers[0] ?? '0' } : orderTest(operator, numbers);
}

/** @throws OperatorProblem */
function amountOf(operand: unknown): string {
  const text = numberText(operand);
  const exact = text === undefined ? undefined : readNumeral(text);
  if (text === undefined || exact === undefined) throw new OperatorProblem(`expected a number, not ${JSON.stringify(operand)}`);
  if (exact.scale > MAX_FRACTION_DIGITS && Number(exact.units) !== 0)
    throw new OperatorProblem(`expected a number with at most ${MAX_FRACTION_DIGITS} digits after the point`);
  return text;
}

export interface Compared {
  readonly comparison: ComparedMeasure['comparison'];
  readonly other: OtherWindow;
}

/** The right side of a comparison, where it is another window. */
export function comparedWith(asked: Amounts | EventCount | MeasuredColumn): Compared | undefined {
  for (const comparison of ['eq', 'gte', 'lte', 'gt', 'lt'] as const) {
    const operand = asked[comparison];
    if (typeof operand === 'object' && 'of' in operand) return { comparison, other: operand };
  }
  return undefined;
}

/** Digits of a factor: more would let an exact product overflow. */
const MAX_FACTOR_DIGITS = 6;

export function readCompared<C>(
  node: { readonly during?: During | undefined },
  measure: ComparedMeasure<C>['measure'],
  { comparison, other }: Compared,
  path: Path,
  tools: CheckTools,
): ComparedMeasure<C> | undefined {
  const { times = 1, of } = other;
  const place = [...path, comparison];
  const text = numberText(times);
  const exact = text === undefined ? undefined : readNumeral(text);
  if (!text || !exact || exact.units <= 0n || exact.units >= 10n ** BigInt(MAX_FACTOR_DIGITS) || exact.scale > MAX_FACTOR_DIGITS)
    return tools.report([...place, 'times'], `a factor above 0 with at most ${MAX_FACTOR_DIGITS} digits, such as 0.5`);
  const during = readWindow(of.during, [...place, 'of', 'during'], tools);
  if (during.is === 'traits' || node.during?.since !== undefined || node.during?.until !== undefined)
    return tools.report(
      during.is === 'traits' ? [...place, 'of', 'during'] : [...path.slice(0, -1), 'during'],
      'windows of traits cannot be compared: use lengths, dates or periods',
    );
  return { is: 'compared', measure, comparison, during, times: text, per: of.per ?? 1 };
}
