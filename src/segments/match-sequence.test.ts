import { expect, test } from 'vitest';
import { becauseOf } from './because.ts';
import type { SequenceCondition } from './checked.ts';
import { matchSequence, type SequenceEvent } from './match-sequence.ts';

const named = (index: number) => ({ path: ['where', 'sequence', index], events: [], parts: [] });
const condition = (more: Partial<SequenceCondition> = {}): SequenceCondition => ({
  kind: 'sequence',
  path: ['where'],
  steps: [0, 1].map((index) => ({ ...named(index), without: [] })),
  same: [],
  times: { is: 'gte', times: 1 },
  during: { is: 'always' },
  ...more,
});
const event = (ms: number, roles: readonly boolean[], groupedBy: readonly string[] = []): SequenceEvent => ({ ms, roles, groupedBy });
const [A, B, BOTH] = [
  [true, false],
  [false, true],
  [true, true],
];
const times = (of: SequenceCondition, events: readonly SequenceEvent[], limit = 9) => {
  const { runs, nearest } = matchSequence(of, events, { asOfMs: 100, timezone: 'UTC', limit });
  return nearest
    ? { missing: nearest.missing, ms: nearest.events.map((one) => one.event.ms) }
    : runs.map((run) => run.map((one) => one.event.ms));
};

test('runs do not overlap, the newest come first, and each step is strictly later than the one before', () => {
  expect(times(condition(), [event(1, A), event(2, B), event(3, A), event(4, B), event(4, A)])).toEqual([
    [3, 4],
    [1, 2],
  ]);
  expect(times(condition(), [event(1, BOTH), event(2, BOTH), event(3, BOTH)])).toEqual([[2, 3]]);
  expect(times(condition(), [event(5, A), event(5, B)])).toEqual({ missing: 'where.sequence[1]', ms: [5] });
  expect(times(condition(), [event(1, B)])).toEqual([]);
});

test('gaps, events in between, values and what follows decide as the language says', () => {
  const gap = (more: object) =>
    condition({
      steps: [
        { ...named(0), without: [] },
        { ...named(1), without: [], ...more },
      ],
    });
  expect(times(gap({ within: { seconds: 0.002 } }), [event(1, A), event(3, B)])).toEqual([[1, 3]]);
  expect(times(gap({ within: { seconds: 0.001 } }), [event(1, A), event(3, B)])).toMatchObject({ missing: 'where.sequence[1]' });
  expect(times(gap({ afterMs: 3 }), [event(1, A), event(2, A), event(4, B)])).toEqual([[1, 4]]);
  const between = gap({ without: [named(9)] });
  expect(times(between, [event(1, [true, false, false]), event(2, [false, false, true]), event(3, [false, true, false])])).toMatchObject({
    ms: [1],
  });
  expect(times(between, [event(1, [true, false, true]), event(3, [false, true, true])])).toEqual([[1, 3]]);
  const property = { name: 'sku', places: new Map() };
  expect(times(condition({ same: [property] }), [event(1, A, ['x']), event(2, A, ['y']), event(3, B, ['x'])])).toEqual([[1, 3]]);
  expect(times(condition({ different: property }), [event(1, A, ['x']), event(2, A, ['y']), event(3, B, ['y'])])).toEqual([[1, 3]]);
  const ended = condition({ ending: { ...named(2), within: { seconds: 0.01 } } });
  const roles = (a: boolean, b: boolean, end: boolean) => [a, b, end];
  expect(times(ended, [event(1, roles(true, false, false)), event(3, roles(false, true, false))])).toEqual([[1, 3]]);
  expect(
    times(ended, [event(1, roles(true, false, false)), event(3, roles(false, true, false)), event(13, roles(false, false, true))]),
  ).toEqual({
    missing: 'where.sequence[2]',
    ms: [1, 3, 13],
  });
  // The time has not passed.
  expect(times(ended, [event(91, roles(true, false, false)), event(93, roles(false, true, false))])).toEqual({
    missing: 'where.sequence[2]',
    ms: [91, 93],
  });
});

test('a sentence names the rows that count, or the nearest one and what it falls short of', () => {
  const row = { at: '2026-03-20T09:30:00.000Z', name: 'Order Completed', key: null, step: null, counts: true, falls_short_of: [] };
  const values = [{ name: 'revenue', value: '12.5' }];
  expect(becauseOf('trait', [], false)).toBeNull();
  expect(becauseOf('event', [], false)).toBe('There is no such event.');
  expect(becauseOf('event', [{ ...row, values }], false)).toBe('Counted: Order Completed of 2026-03-20 09:30 UTC (revenue 12.5).');
  const short = { ...row, values: [{ name: 'revenue', value: null }], counts: false, falls_short_of: ['where.during'] };
  expect(becauseOf('event', [short], false)).toBe(
    'None counts. The nearest is Order Completed of 2026-03-20 09:30 UTC (revenue without a value), which falls short of where.during.',
  );
  const related = { ...row, at: null, name: 'orders', key: 'a1', values: [] };
  expect(becauseOf('related', Array(5).fill(related), true)).toBe('Counted: orders a1; orders a1; orders a1 and at least 2 more.');
  const steps = [1, 2, 1, 2].map((step) => ({ ...row, step, values: [] }));
  expect(becauseOf('sequence', steps, false)).toBe(
    'In order: Order Completed of 2026-03-20 09:30 UTC, then Order Completed of 2026-03-20 09:30 UTC.',
  );
});
