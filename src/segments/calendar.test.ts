import { describe, expect, test } from 'vitest';
import { dateIn, daysOf, midnightsOf, momentsOf, startOfDay, wallTimesOf } from './calendar.ts';

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
    expect(momentsOf({ is: 'last', seconds: 86_400 }, clock).low).toEqual({ value: Date.parse('2026-03-28T12:00:00Z'), isIncluded: false });
  });

  test('that meets another shares no moment with it', () => {
    const [recent, before] = [
      momentsOf({ is: 'last', seconds: 3_600 }, clock),
      momentsOf({ is: 'ago', nearSeconds: 3_600, farSeconds: 7_200 }, clock),
    ];
    expect(recent.low).toEqual({ value: before.high?.value, isIncluded: false });
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
    expect(daysOf({ is: 'last', seconds: 2 * 86_400 }, night)).toEqual({
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
    expect(midnightsOf({ is: 'last', seconds: 86_400 }, night)).toEqual({
      low: { value: Date.UTC(2026, 2, 29), isIncluded: false },
      high: { value: Date.UTC(2026, 2, 30), isIncluded: true },
    });
    expect(midnightsOf({ is: 'last', seconds: 3_600 }, night).low?.value).toBe(Date.UTC(2026, 2, 29, 23, 30));
  });
});
