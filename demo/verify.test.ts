import { expect, it } from 'vitest';
import { assertDelivered } from './verify.ts';

const report = { id: 'a', round: 2, planned: 6, accepted: 6, rejected: 0, unknown: 0, removed: 3 } as const;

it('accepts a sync whose every row is seen to have arrived', () => {
  expect(() => assertDelivered([{ report, travelled: { added: 1, changed: 2, removed: 3 } }])).not.toThrow();
});

it('names a sync that reported more than arrived', () => {
  expect(() => assertDelivered([{ report, travelled: { added: 1, changed: 1, removed: 3 } }])).toThrow(
    'a, round 2: 6 rows accepted, 5 seen to arrive',
  );
});

it('names a sync that removed less than it reported', () => {
  expect(() => assertDelivered([{ report, travelled: { added: 2, changed: 2, removed: 2 } }])).toThrow('3 removals accepted, 2 seen');
});

it('names a sync that does not add up', () => {
  const lost = { ...report, planned: 7 };
  expect(() => assertDelivered([{ report: lost, travelled: { added: 1, changed: 2, removed: 3 } }])).toThrow('planned 7, but 6 + 0 + 0');
});
