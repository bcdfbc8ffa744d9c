import { expect, test } from 'vitest';
import { scorePartition } from './partition-score.ts';

test('a partition like the truth is perfect', () => {
  expect(
    scorePartition([
      ['a', '1'],
      ['a', '1'],
      ['b', '2'],
    ]),
  ).toEqual({
    identifiers: 3,
    persons: 2,
    profiles: 2,
    pair_precision: 1,
    pair_recall: 1,
    b_cubed_precision: 1,
    b_cubed_recall: 1,
    cluster_f1: 1,
  });
});

test('what is joined wrongly costs precision, what is left apart recall', () => {
  // profiles {1 1 2} and {2}; truth {1 1} and {2 2}
  const score = scorePartition([
    ['a', '1'],
    ['a', '1'],
    ['a', '2'],
    ['b', '2'],
  ]);
  expect(score.pair_precision).toBeCloseTo(1 / 3);
  expect(score.pair_recall).toBeCloseTo(1 / 2);
  expect(score.b_cubed_precision).toBeCloseTo((2 * (2 / 3) + 1 / 3 + 1) / 4);
  expect(score.b_cubed_recall).toBeCloseTo((2 * 1 + 1 / 2 + 1 / 2) / 4);
  expect(score.cluster_f1).toBe(0);
});

test('nothing at all is not wrong', () => {
  expect(scorePartition([]).pair_precision).toBe(1);
});
