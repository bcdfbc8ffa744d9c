import { describe, expect, test } from 'vitest';
import { nextStep } from './fault.ts';
import { faultOfStatus, longestRetryAfterMs, retryAfterMs } from './http-fault.ts';
import { backoffMs, defaultRetryPolicy } from './retry.ts';

const now = new Date('2026-11-25T03:00:00Z');

describe('Retry-After', () => {
  test.each([
    ['120', 120_000],
    ['0', 0],
    ['1.5', 1_500],
    ['Wed, 25 Nov 2026 03:00:30 GMT', 30_000],
    ['Wed, 25 Nov 2026 02:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    ['999999', longestRetryAfterMs],
  ])('%s means %s ms', (value, expected) => {
    expect(retryAfterMs({ 'retry-after': value }, now)).toBe(expected);
  });
});

test.each([
  [400, 'row_invalid', 'reject_row'],
  [401, 'auth', 'pause_connection'],
  [403, 'auth', 'pause_connection'],
  [404, 'config', 'stop_run'],
  [408, 'transient', 'wait_and_retry'],
  [409, 'row_conflict', 'reject_row'],
  [410, 'config', 'stop_run'],
  [413, 'too_large', 'split_batch'],
  [418, 'config', 'stop_run'],
  [422, 'row_invalid', 'reject_row'],
  [423, 'transient', 'wait_and_retry'],
  [429, 'throttled', 'wait_and_retry'],
  [301, 'config', 'stop_run'],
  [500, 'transient', 'wait_and_retry'],
  [501, 'vendor_contract', 'stop_run'],
  [502, 'transient', 'wait_and_retry'],
  [503, 'transient', 'wait_and_retry'],
  [504, 'transient', 'wait_and_retry'],
])('HTTP %s is %s, so %s', (status, kind, step) => {
  const fault = faultOfStatus({ status, headers: {}, body: 'someone@example.com' }, now);
  expect(fault.kind).toBe(kind);
  expect(nextStep(fault, true)).toBe(step);
  expect(fault.message).not.toContain('@');
});

test('503 with Retry-After waits as told', () => {
  expect(faultOfStatus({ status: 503, headers: { 'retry-after': '7' }, body: '' }, now)).toMatchObject({
    kind: 'throttled',
    retryAfterMs: 7_000,
  });
});

test('waits grow to the limit, and chance spreads each over half of its step', () => {
  const steps = [1, 2, 3, 4, 5, 6, 7].map((attempt) => [
    backoffMs(defaultRetryPolicy, attempt, 0),
    backoffMs(defaultRetryPolicy, attempt, 0.999),
  ]);
  expect(steps.map(([least]) => least)).toEqual([250, 500, 1_000, 2_000, 4_000, 7_500, 7_500]);
  for (const [least = 0, most = 0] of steps) expect(most).toBeLessThan(2 * least);
});
