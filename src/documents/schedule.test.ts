import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { describeSchedule, nextSlots, Schedule, slotsBetween } from './schedule.ts';

const parse = (value: unknown) => Schedule.parse(value);
const between = (schedule: unknown, since: string, until: string, timezone = 'UTC') =>
  slotsBetween(parse(schedule), new Date(since), new Date(until), timezone).map((slot) => slot.toISOString());

describe('a schedule is', () => {
  test.each([{ cron: '*/15 * * * *' }, { cron: '0 3 * * mon' }, { every: '15m' }, { every: '2h' }, { every: '1d' }, { after: 'source' }])(
    '%o',
    (value) => {
      expect(Schedule.safeParse(value).success).toBe(true);
    },
  );

  test.each([
    [{ cron: '0 */15 * * * *' }, 'five fields'],
    [{ cron: '61 * * * *' }, 'minute'],
    [{ cron: 'often' }, 'five fields'],
    [{ cron: '0 3 * * mom' }, 'the weekday mom cannot be read'],
    [{ cron: '0 3 1 1-13 *' }, 'the month 1-13 cannot be read: it is *, or 1 to 12'],
    [{ cron: '*/0 * * * *' }, 'the minute */0'],
    [{ every: '15' }, '15m'],
    [{ every: '0m' }, '15m'],
    [{ every: '30s' }, '15m'],
    [{ cron: '0 0 31 2 *' }, 'never due'],
    [{ after: 'lunch' }, 'segment:<id>'],
    [{ after: [] }, ''],
    [{ cron: '* * * * *', every: '1m' }, ''],
    [{}, ''],
  ])('not %o', (value, words) => {
    const result = Schedule.safeParse(value);
    expect(result.success).toBe(false);
    expect(JSON.stringify(result.error)).toContain(words);
  });

  test('one parent or several', () => {
    expect(parse({ after: 'build' })).toEqual({ after: ['build'] });
    expect(parse({ after: ['segment:regulars', 'sync:crm'] })).toEqual({ after: ['segment:regulars', 'sync:crm'] });
  });
});

describe('it is due', () => {
  test('at the multiples of its interval, the end of the span included, its beginning not', () => {
    expect(between({ every: '15m' }, '2026-03-01T10:00:00Z', '2026-03-01T10:45:00Z')).toEqual([
      '2026-03-01T10:15:00.000Z',
      '2026-03-01T10:30:00.000Z',
      '2026-03-01T10:45:00.000Z',
    ]);
  });

  test('when the cron expression says so in the time zone of the workspace', () => {
    expect(between({ cron: '30 3 * * *' }, '2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z', 'Asia/Kolkata')).toEqual([
      '2026-01-01T22:00:00.000Z',
      '2026-01-02T22:00:00.000Z',
    ]);
  });

  test('every day once around a change of the clocks, at local time', () => {
    expect(between({ cron: '0 12 * * *' }, '2026-03-28T00:00:00Z', '2026-03-30T23:00:00Z', 'Europe/Berlin')).toEqual([
      '2026-03-28T11:00:00.000Z',
      '2026-03-29T10:00:00.000Z',
      '2026-03-30T10:00:00.000Z',
    ]);
  });

  test.each([
    ['30 2 * * *', '2026-03-29T00:00:00Z', ['2026-03-29T01:00:00.000Z']],
    ['30 2 * * *', '2026-10-25T00:00:00Z', ['2026-10-25T00:30:00.000Z']],
    ['0,30 2 * * *', '2026-03-29T00:00:00Z', ['2026-03-29T01:00:00.000Z', '2026-03-30T00:00:00.000Z']],
    ['0,30 2 * * *', '2026-10-25T00:00:00Z', ['2026-10-25T00:30:00.000Z']],
    ['0 0 29 2 *', '2028-02-28T00:00:00Z', ['2028-02-28T23:00:00.000Z']],
  ])('%s on the day after %s in Berlin: at %j', (cron, since, slots) => {
    const until = new Date(Date.parse(since) + 24 * 3_600_000).toISOString();
    expect(between({ cron }, since, until, 'Europe/Berlin')).toEqual(slots);
  });

  test('never by itself when it follows something else', () => {
    expect(between({ after: 'source' }, '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z')).toEqual([]);
  });

  test('the same whether a span is looked at whole or in two parts', () => {
    const schedules = fc.constantFrom({ every: '7m' }, { every: '3h' }, { cron: '*/7 * * * *' }, { cron: '5 */2 * * *' });
    const start = Date.UTC(2026, 2, 28, 22);
    const minutes = fc.integer({ min: 0, max: 600 });
    fc.assert(
      fc.property(schedules, minutes, minutes, (value, first, second) => {
        const [middle, end] = [start + first * 61_000, start + (first + second) * 61_000];
        const span = (since: number, until: number) => slotsBetween(parse(value), new Date(since), new Date(until), 'Europe/Berlin');
        expect([...span(start, middle), ...span(middle, end)]).toEqual(span(start, end));
      }),
      { numRuns: 50 },
    );
  });
});

describe('the next five times', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('are those at which it will be due', () => {
    vi.useFakeTimers({ now: new Date('2026-03-28T23:07:00Z') });
    for (const value of [{ cron: '*/20 * * * *' }, { cron: '0 4 * * *' }, { every: '45m' }, { every: '1d' }]) {
      const next = nextSlots(parse(value), 'Europe/Berlin');
      expect(next).toHaveLength(5);
      expect(next).toEqual(slotsBetween(parse(value), new Date(), next[4] as Date, 'Europe/Berlin'));
    }
    expect(nextSlots(parse({ after: 'build' }), 'UTC')).toEqual([]);
  });
});

test('a schedule is described in words', () => {
  expect(describeSchedule(parse({ cron: '0 3 * * *' }), 'Europe/Berlin')).toBe('cron 0 3 * * * (Europe/Berlin)');
  expect(describeSchedule(parse({ every: '15m' }), 'UTC')).toBe('every 15m');
  expect(describeSchedule(parse({ after: ['build', 'sync:crm'] }), 'UTC')).toBe('after build, sync:crm');
});
