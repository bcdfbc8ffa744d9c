import { expect, test } from 'vitest';
import { isTimezone } from './timezone.ts';

test.each(['UTC', 'Europe/Amsterdam', 'America/Port-au-Prince', 'Etc/GMT+5', 'US/Eastern', 'EST', 'Asia/Calcutta'])(
  '%s is a time zone',
  (name) => {
    expect(isTimezone(name)).toBe(true);
  },
);

// JavaScript takes the first five; ClickHouse knows none of them.
test.each(['utc', 'europe/amsterdam', 'us/eastern', '+02:00', '-0330', 'GMT+2', 'Amsterdam', ''])('%j is none', (name) => {
  expect(isTimezone(name)).toBe(false);
});
