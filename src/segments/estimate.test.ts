import { expect, test } from 'vitest';
import { divisorFor, isSampled, marginOf } from './estimate.ts';

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

test('a sample of all is everybody, and another one is of a hash of the key', () => {
  expect(isSampled(1, { keyType: 'UUID' })('t0.id').sql).toBe('true');
  expect(isSampled(8, { keyType: 'Nullable(UUID)' })('t0.id').sql).toBe('cityHash64(t0.id) % 8 = 0');
  expect(isSampled(8, { keyType: 'UInt32' })('t0.id').sql).toBe('cityHash64(toString(t0.id)) % 8 = 0');
});

test('a margin is that of a share of the sample, is not nothing where nobody was found, and is everybody where nobody was asked', () => {
  // 1.96 × √(0.1 × 0.9 / 20,000) = 0.416 %.
  expect(marginOf(2_000, 20_000, 1_000_000)).toBeGreaterThan(4_158);
  expect(marginOf(2_000, 20_000, 1_000_000)).toBeLessThan(4_300);
  expect(marginOf(0, 20_000, 1_000_000)).toBe(193);
  expect(marginOf(20_000, 20_000, 1_000_000)).toBe(193);
  expect(marginOf(0, 0, 1_000)).toBe(1_000);
});
