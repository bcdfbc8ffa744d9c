/** Where each kind of fault leads, told from outside: what a delivery does when a destination fails once and is well afterwards. */
import { expect } from 'vitest';
import { deliverBatch } from '../../src/connector-kit/deliver.ts';
import type { FaultKind } from '../../src/connector-kit/fault.ts';
import type { Rows } from '../../src/connector-kit/row.ts';
import { isFault } from '../../src/connector-kit/transport.ts';
import type { Sender } from '../../src/connector-kit/transport-sender.ts';

/** What becomes of a batch of four rows whose first request met the fault. */
type Place = 'the run stops' | 'halved' | 'sent again' | 'held for a person';

export const PLACES: Readonly<Record<FaultKind, Place | { readonly idempotent: Place; readonly other: Place }>> = {
  config: 'the run stops',
  vendor_contract: 'the run stops',
  auth: 'the run stops',
  row_invalid: 'halved',
  row_conflict: 'halved',
  not_found: 'halved',
  too_large: 'halved',
  throttled: 'sent again',
  transient: 'sent again',
  unknown_result: { idempotent: 'sent again', other: 'held for a person' },
};

export async function expectPlace(sender: Sender, rows: Rows, kind: FaultKind, isIdempotent: boolean): Promise<void> {
  const sizes: number[] = [];
  const faults: FaultKind[] = [];
  const { outcomes, stop } = await deliverBatch(rows, 'run', {
    async attempt(part, batchId, step) {
      sizes.push(part.length);
      const result = await sender.attempt(part, batchId, step);
      if (isFault(result)) faults.push(result.kind);
      return result;
    },
    isIdempotent,
    isInDoubt: false,
    retry: { maxAttempts: 4, firstDelayMs: 1, maxDelayMs: 1, maxThrottledMs: 60_000 },
    clock: { now: () => new Date(), chance: () => 0, sleep: async () => undefined },
    signal: new AbortController().signal,
    pass: async () => undefined,
    onThrottled: () => undefined,
    longestJobMs: 60_000,
    submitted: { stepOf: () => undefined, keep: async () => undefined },
  });
  expect(faults[0], 'the kind of the fault').toBe(kind);
  const place = PLACES[kind];
  const n = rows.length;
  switch (typeof place === 'string' ? place : isIdempotent ? place.idempotent : place.other) {
    case 'the run stops':
      expect({ sizes, stop: stop?.kind, ok: outcomes.filter((one) => one?.ok).length }).toEqual({ sizes: [n], stop: kind, ok: 0 });
      return;
    case 'halved':
      expect({ sizes, stop, ok: outcomes.every((one) => one?.ok) }).toEqual({
        sizes: [n, Math.ceil(n / 2), Math.floor(n / 2)],
        stop: undefined,
        ok: true,
      });
      return;
    case 'sent again':
      expect({ sizes, stop, ok: outcomes.every((one) => one?.ok) }).toEqual({ sizes: [n, n], stop: undefined, ok: true });
      return;
    case 'held for a person':
      expect(sizes).toEqual([n]);
      expect(outcomes.map((one) => one && !one.ok && one.isInDoubt)).toEqual(rows.map(() => true));
  }
}
