/** What random segments and random data are drawn from: small pools, so that the two meet. */
import fc from 'fast-check';
import { Written } from './world.ts';

/** Quotes, braces, wildcards and letters that change length or shape with their case: none may mean anything to SQL. */
export const TEXTS = [
  'NL',
  'BE',
  'Gent',
  'gent',
  'Zürich',
  'ÅNGSTRÖM',
  'straße',
  '日本',
  '👩‍🚀 crew',
  "O'Brien",
  '"; drop table x --',
  '{p0:String}',
  '\\',
  '\\n',
  'a\tb',
  '100%',
  '_',
  '`',
  ' ',
];
export const NUMBERS = [0, 1, 2, 3, 20, -1, 0.1, 2.5, 250, 99.99, 1e6];
/** Neighbours that a JavaScript number cannot tell apart, ends of ClickHouse's types and what lies beyond, halves of a cent. Written in quotes. */
export const EXACT = [
  '9007199254740992',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551615',
  '18446744073709551616',
  '36893488147419103233',
  '-9007199254740993',
  '-9223372036854775809',
  '99.985',
  '99.995',
  '-0.005',
  '0.10',
  '12.50',
  '-0',
  '1e3',
];
/** Every one as JSON could have it: 1 is an integer, 1.0 a float. */
export const WRITTEN = [
  ...['0', '-0', '-0.0', '1', '1.0', '20', '0.1', '12.5', '2.50', '-1', '1e3', '9007199254740992', '9007199254740992.0'],
  ...['9007199254740993', '-9007199254740993', '9223372036854775807', '9223372036854775808', '18446744073709551615'],
].map((text) => new Written(text));
/** Some are numbers or dates, others only look like one. */
export const LOOKALIKES = [
  ...['1', '01', '1.0', '+1', '-0', '-1', '10', '12.50', ' 1', '1e3', '0x1', '1,5', 'inf', 'nan', 'true', 'false', 'True', '[1]'],
  ...['9007199254740993', '36893488147419103233', '-9007199254740993', '0.10000000000000000001'],
];
export const DATE_TEXTS = [
  ...['2026-03-28', '2026-03-29', '2026-02-28', '2026-02-30', '2026-02-29', '2025-10-26', '1900-01-01', '1899-12-31', '0000-00-00'],
  ...['2026', '2026-03', '10', '29/03/2026', '03-29-2026', 'May 5 2026', '20260329', '2026-W13', '1774742400', ' 2026-03-29', '12:30'],
  ...['2026-03-28T22:00:00Z', '2026-03-28T21:59:59.999Z', '2026-03-29T00:59:59Z', '2026-03-29T23:30:00+05:30', '2026-03-29T00:30+0200'],
  ...['2026-03-28T12:00:00-03', '2026-03-29T00:00:00', '2026-03-29 00:30', '2026-03-29T02:30:00', '2026-03-30T12:00:00.5'],
  ...['2026-03-29T24:00:00Z', '2026-03-29T25:00:00Z', '2026-13-01T00:00:00Z', '2026-02-30T00:00:00Z', '2026-03-29T10', '2026-03-29T10:60Z'],
];
/** Around the change to summer time in Amsterdam (2026-03-29 at 01:00 UTC) and the one that skips midnight in Beirut (2026-03-28 at 22:00 UTC). */
export const MOMENTS = [
  '2026-03-27T23:00:00.000Z',
  '2026-03-28T21:59:59.999Z',
  '2026-03-28T22:00:00.000Z',
  '2026-03-28T22:59:59.999Z',
  '2026-03-28T23:00:00.000Z',
  '2026-03-29T00:59:59.999Z',
  '2026-03-29T01:00:00.000Z',
  '2026-03-29T21:59:59.999Z',
  '2026-03-29T22:00:00.000Z',
  '2026-03-30T12:00:00.000Z',
  '2026-03-01T12:00:00.000Z',
  '2026-02-28T23:30:00.000Z',
  '2025-10-26T00:30:00.000Z',
  '2025-10-26T01:30:00.000Z',
  '2025-03-30T12:00:00.000Z',
  '2026-04-10T00:00:00.000Z',
  // Leap days, and a month before 29 March.
  '2024-02-29T11:00:00.000Z',
  '2026-02-28T11:59:59.999Z',
  '2026-02-28T12:00:00.000Z',
];
export const DATES = [
  '1900-01-01',
  '2299-12-31',
  '2026-03-28',
  '2026-03-29',
  '2026-03-30',
  '2026-03-01',
  '2025-10-26',
  '2026-02-28',
  '2026-04-06',
  '2024-02-29',
];
/** From the shortest to the longest. */
export const DURATIONS = ['30min', '1h', '23h', '1d', '2d', '4w', '30d', '1mo', '3mo', '2q', '365d', '1y'];
export const EVENTS = ['Order Completed', 'Page Viewed', 'Köp', "it's"];
export const SOURCES = ['web', 'app', ''];
export const APP_EVENTS = ['Order Completed', 'Page Viewed', 'App Opened'];

export const from = <T>(values: readonly T[]) => fc.constantFrom(...values);
export const orNull = <T>(values: readonly T[]) =>
  fc.oneof({ weight: 3, arbitrary: from(values) }, { weight: 1, arbitrary: fc.constant(null) });
export const text = fc.oneof(
  { weight: 5, arbitrary: from(TEXTS) },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 4, unit: 'grapheme' }).filter(isStored) },
);

/** What a ClickHouse text and a case mapping treat the same way everywhere; control characters other than tab are the transport's business. */
function isStored(value: string): boolean {
  return !/[\0\ud800-\udfff]/u.test(value) && value.trim() !== '';
}
