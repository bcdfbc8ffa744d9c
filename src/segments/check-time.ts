/** Dates and stretches of time as the compiler takes them. Pure. */
import type { TimeWindow } from './checked.ts';
import type { Operator } from './language/operators.ts';
import { isDate, isMoment, whenError } from './language/value.ts';
import { PERIODS_OF, type Within } from './language/window.ts';
import { isNeverShorter, readLength } from './length.ts';
import { OperatorProblem } from './operator-problem.ts';

/** `window` has one of the forms. @throws OperatorProblem */
export function readTimeWindow(window: Within): TimeWindow {
  if (window.last !== undefined) return { is: 'last', length: readLength(window.last) };
  if (window.next !== undefined) return { is: 'next', length: readLength(window.next) };
  if (window.between !== undefined) return readAgo(window.between);
  if (window.this !== undefined) return { is: 'periods', unit: window.this, first: 0, last: 0 };
  if (window.previous !== undefined) return readPrevious(window.previous);
  const { from, to } = window;
  if (from !== undefined && to !== undefined) {
    assertInOrder(from, to, `${to} is before ${from}`, ['to']);
    // A moment as `to` is not included.
    if (isMoment(from) && isMoment(to) && Date.parse(from) === Date.parse(to))
      throw new OperatorProblem('is the moment at which the window begins: nothing lies between the two', ['to']);
  }
  const end = to === undefined ? {} : to.includes('T') ? { before: to } : { until: to };
  return { is: 'dates', ...(from === undefined ? {} : { from }), ...end };
}

function readAgo([nearest, farthest]: readonly [string, string]): TimeWindow {
  const [near, far] = [readLength(nearest), readLength(farthest)];
  if (isNeverShorter(near, far)) throw new OperatorProblem(`write the shorter length first: [${farthest}, ${nearest}]`, ['between']);
  return { is: 'ago', near, far };
}

function readPrevious(previous: NonNullable<Within['previous']>): TimeWindow {
  if (typeof previous === 'string') return { is: 'periods', unit: previous, first: -1, last: -1 };
  const [[name, count] = ['days', 1] as const] = Object.entries(previous) as [keyof typeof PERIODS_OF, number][];
  return { is: 'periods', unit: PERIODS_OF[name], first: -count, last: -1 };
}

/** @throws OperatorProblem */
export function windowOf(operator: Operator, [first = '', second = '']: readonly string[]): TimeWindow {
  switch (operator) {
    case 'gt':
    case 'after':
      return { is: 'dates', after: first };
    case 'gte':
      return { is: 'dates', from: first };
    case 'lt':
    case 'before':
      return { is: 'dates', before: first };
    case 'lte':
      return { is: 'dates', until: first };
    case 'between':
      assertInOrder(first, second, `write the earlier date first: [${second}, ${first}]`);
      return { is: 'dates', from: first, until: second };
    default:
      return { is: 'dates', from: first, until: first };
  }
}

function assertInOrder(first: string, second: string, complaint: string, at: readonly string[] = []): void {
  const isWrong = isDate(first) && isDate(second) ? first > second : earliestOf(first) > latestOf(second);
  if (isWrong) throw new OperatorProblem(complaint, at);
}

const HOUR_MS = 3_600_000;
/** The day of a moment depends on the time zone: the first zone begins it 14 hours before UTC does, the last one ends it 12 hours after. */
const earliestOf = (when: string) => (isDate(when) ? Date.parse(when) - 14 * HOUR_MS : Date.parse(when));
const latestOf = (when: string) => (isDate(when) ? Date.parse(when) + 36 * HOUR_MS : Date.parse(when));

/** @throws OperatorProblem */
export function assertWhen(kind: 'date' | 'time', text: string): void {
  if (isDate(text) || (kind === 'time' && isMoment(text))) return;
  const words =
    kind === 'date'
      ? 'expected a date like 2026-03-31'
      : 'expected a date like 2026-03-31, or a moment with its offset like 2026-03-31T09:00:00Z';
  throw new OperatorProblem(whenError(text, words));
}
