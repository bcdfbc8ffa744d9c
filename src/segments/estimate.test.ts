import { expect, test } from 'vitest';
import { divisorFor, marginOf, sampleOf } from './estimate.ts';

test.each([
  [0, 1],
  [39_999, 1],
  [40_000, 2],
  [79_999, 2],
  [80_000, 4],
  [1_000_000, 32],
  [1_280_000, 64],
  [100_000_000, 64],
])('of %i entities one in %i is looked at, at least 20,000', (people, divisor) => {
  expect(divisorFor(people)).toBe(divisor);
  if (divisor > 1) expect(people / divisor).toBeGreaterThanOrEqual(20_000);
});

test('a sample is a stretch of keys where these are random, a hash elsewhere, and everybody where all are wanted', () => {
  const [least, width] = [2 ** 63, 2 ** 62];
  const random = { least, greatest: least + width, quartiles: [0.25, 0.5, 0.75].map((share) => least + share * width) };
  const sqlOf = (halves: typeof random | undefined, divisor = 8) =>
    sampleOf(halves ? { people: 1, halves } : { people: 1 }, divisor)('t0.id').sql;
  expect(sqlOf(random)).toBe("t0.id < toUUID('00000000-0000-0000-8800-000000000000')");
  expect(sqlOf(random, 1)).toBe('true');
  const hashed = 'cityHash64(t0.id) % 8 = 0';
  expect(sqlOf({ ...random, quartiles: [least, least, least + width] })).toBe(hashed);
  // Counted up from 1.
  expect(sqlOf({ least, greatest: least + 1e6, quartiles: [0.25, 0.5, 0.75].map((share) => least + share * 1e6) })).toBe(hashed);
  // Of keys that are no UUIDs, tables of one entity may have one number in two widths, which hash differently.
  expect(sqlOf(undefined)).toBe('cityHash64(toString(t0.id)) % 8 = 0');
});

test('a margin is that of a share of the sample, is not nothing where nobody was found, and is everybody where nobody was asked', () => {
  // 1.96 × √(0.1 × 0.9 / 20,000) = 0.416 %.
  expect(marginOf(2_000, 20_000, 1_000_000)).toBeGreaterThan(4_158);
  expect(marginOf(2_000, 20_000, 1_000_000)).toBeLessThan(4_300);
  expect(marginOf(0, 20_000, 1_000_000)).toBe(193);
  expect(marginOf(20_000, 20_000, 1_000_000)).toBe(193);
  expect(marginOf(0, 0, 1_000)).toBe(1_000);
});
