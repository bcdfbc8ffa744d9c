import { describe, expect, test } from 'vitest';
import { dateIn, daysOf, midnightsOf, momentsOf, startOfDay, wallTimesOf } from './calendar.ts';
import { shiftMonths } from './calendar-dates.ts';

const iso = (ms: number) => new Date(ms).toISOString();

describe('the start of a day', () => {
  test.each([
    ['2026-03-29', 'Europe/Amsterdam', '2026-03-28T23:00:00.000Z'],
    ['2026-03-30', 'Europe/Amsterdam', '2026-03-29T22:00:00.000Z'],
    // Clocks go from 00:00 to 01:00: the day has no midnight and starts an hour later.
    ['2026-03-29', 'Asia/Beirut', '2026-03-28T22:00:00.000Z'],
    ['2025-10-26', 'America/Los_Angeles', '2025-10-26T07:00:00.000Z'],
    ['2026-01-01', 'Pacific/Kiritimati', '2025-12-31T10:00:00.000Z'],
    ['2026-01-01', 'Etc/GMT+12', '2026-01-01T12:00:00.000Z'],
  ])('of %s in %s is %s', (date, timezone, expected) => {
    expect(iso(startOfDay(date, timezone))).toBe(expected);
    expect(dateIn(startOfDay(date, timezone), timezone)).toBe(date);
    expect(dateIn(startOfDay(date, timezone) - 1, timezone) < date).toBe(true);
  });
});

describe('a window', () => {
  const clock = { asOfMs: Date.parse('2026-03-29T12:00:00Z'), timezone: 'Europe/Amsterdam' };

  test('of rolling days is counted in hours, whatever the clocks did meanwhile', () => {
    expect(momentsOf({ is: 'last', length: { seconds: 86_400 } }, clock).low).toMatchObject({
      value: Date.parse('2026-03-28T12:00:00Z'),
      isIncluded: false,
    });
  });

  test('that meets another shares no moment with it', () => {
    const [recent, before] = [
      momentsOf({ is: 'last', length: { seconds: 3_600 } }, clock),
      momentsOf({ is: 'ago', near: { seconds: 3_600 }, far: { seconds: 7_200 } }, clock),
    ];
    expect(recent.low).toMatchObject({ value: before.high?.value, isIncluded: false });
    expect(before.high?.isIncluded).toBe(true);
  });

  test('until a date includes the whole of that day', () => {
    expect(momentsOf({ is: 'dates', until: '2026-03-29' }, clock).high).toEqual({
      value: Date.parse('2026-03-29T22:00:00Z'),
      isIncluded: false,
    });
  });

  test('over calendar days ends with the local day', () => {
    const night = { ...clock, asOfMs: Date.parse('2026-03-29T22:30:00Z') };
    expect(daysOf({ is: 'last', length: { seconds: 2 * 86_400 } }, night)).toMatchObject({
      low: { value: '2026-03-28', isIncluded: false },
      high: { value: '2026-03-30', isIncluded: true },
    });
  });

  test('after the last date that can be written has its end there, and is not without one', () => {
    expect(momentsOf({ is: 'dates', after: '9999-12-31' }, clock).low?.value).toBeGreaterThan(Date.UTC(9999, 0, 1));
  });

  test('is read off the wall for times without a zone, where midnight may not exist', () => {
    const beirut = { ...clock, timezone: 'Asia/Beirut' };
    // 2026-03-29 begins at 01:00 there; a time that is written as its midnight belongs to it.
    expect(wallTimesOf({ is: 'dates', from: '2026-03-29' }, beirut).low).toEqual({ value: Date.UTC(2026, 2, 29), isIncluded: true });
    expect(wallTimesOf({ is: 'dates', before: '2026-03-28T22:00:00Z' }, beirut).high?.value).toBe(Date.UTC(2026, 2, 29, 1));
  });

  test('of whole days is counted in days for dates without a time, one of hours is not', () => {
    const night = { ...clock, asOfMs: Date.parse('2026-03-29T22:30:00Z') };
    expect(midnightsOf({ is: 'last', length: { seconds: 86_400 } }, night)).toEqual({
      low: { value: Date.UTC(2026, 2, 29), isIncluded: false },
      high: { value: Date.UTC(2026, 2, 30), isIncluded: true },
    });
    expect(midnightsOf({ is: 'last', length: { seconds: 3_600 } }, night).low?.value).toBe(Date.UTC(2026, 2, 29, 23, 30));
  });
});

describe('a window of the calendar', () => {
  const at = (moment: string, timezone = 'Europe/Amsterdam') => ({ asOfMs: Date.parse(moment), timezone });
  const ends = (window: Parameters<typeof momentsOf>[0], clock: Parameters<typeof momentsOf>[1]) => {
    const { low, high } = momentsOf(window, clock);
    return [low && iso(low.value), high && iso(high.value)];
  };

  test.each([
    ['2026-03-31', -1, '2026-02-28'],
    ['2024-03-31', -1, '2024-02-29'],
    ['2024-02-29', 12, '2025-02-28'],
    ['2026-01-31', 3, '2026-04-30'],
    ['2026-01-15', -13, '2024-12-15'],
    ['2026-01-15', 99_999 * 12, '9999-12-15'],
    ['2026-01-15', -99_999 * 12, '1000-01-15'],
  ])('%s and %i months are %s', (date, months, expected) => {
    expect(shiftMonths(date, months)).toBe(expected);
  });

  test('of months begins at the same time on the clock, in summer as in winter', () => {
    expect(ends({ is: 'last', length: { months: 1 } }, at('2026-04-15T10:00:00Z'))).toEqual([
      '2026-03-15T11:00:00.000Z',
      '2026-04-15T10:00:00.000Z',
    ]);
  });

  test('begins when clocks go on, where they skip the time', () => {
    // On 29 March clocks in Amsterdam go from 02:00 to 03:00.
    expect(ends({ is: 'last', length: { months: 1 } }, at('2026-04-29T00:30:00Z'))[0]).toBe('2026-03-29T01:00:00.000Z');
  });

  test('begins with the first of two equal times on the clock', () => {
    expect(ends({ is: 'last', length: { months: 1 } }, at('2026-11-25T01:30:00Z'))[0]).toBe('2026-10-25T00:30:00.000Z');
  });

  test('of a period has all of its days', () => {
    const clock = at('2026-03-29T12:00:00Z');
    expect(ends({ is: 'periods', unit: 'day', first: 0, last: 0 }, clock)).toEqual([
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
    expect(daysOf({ is: 'periods', unit: 'week', first: 0, last: 0 }, clock)).toMatchObject({
      low: { value: '2026-03-23' },
      high: { value: '2026-03-29' },
    });
    expect(daysOf({ is: 'periods', unit: 'month', first: -3, last: -1 }, clock)).toMatchObject({
      low: { value: '2025-12-01' },
      high: { value: '2026-02-28' },
    });
    expect(daysOf({ is: 'periods', unit: 'quarter', first: -1, last: -1 }, clock)).toMatchObject({
      low: { value: '2025-10-01' },
      high: { value: '2025-12-31' },
    });
    expect(daysOf({ is: 'periods', unit: 'year', first: -2, last: -1 }, clock)).toMatchObject({
      low: { value: '2024-01-01' },
      high: { value: '2025-12-31' },
    });
  });
});
