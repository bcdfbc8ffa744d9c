import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutBatches, halves } from './batch.ts';
import type { BatchLimits } from './connector.ts';
import { OutgoingRow } from './row.ts';

const limits = (over: Partial<BatchLimits>): BatchLimits => ({
  maxRows: 3,
  maxBytes: 100,
  mixesOperations: false,
  source: { reason: 'test' },
  ...over,
});

const row = fc.record({
  operation: fc.constantFrom('upsert', 'delete'),
  list: fc.constantFrom('a', 'b'),
  text: fc.string({ maxLength: 60 }),
});
const rows = fc
  .array(row)
  .map((all) =>
    all.map(({ operation, list, text }, seq) => new OutgoingRow(seq, operation as 'upsert' | 'delete', JSON.stringify({ list, text }))),
  );

test('no batch exceeds a limit, mixes groups or operations, or loses or reorders a row', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 5 }), fc.boolean(), (all, maxRows, mixesOperations) => {
      const batches = [...cutBatches(all, limits({ maxRows, mixesOperations, groupBy: ['list'] }))];
      expect(batches.flat()).toEqual(all);
      for (const batch of batches) {
        expect(batch.length).toBeLessThanOrEqual(maxRows);
        const bytes = batch.reduce((sum, { json }) => sum + Buffer.byteLength(json) + 1, 0);
        expect(batch.length === 1 || bytes <= 100).toBe(true);
        expect(new Set(batch.map(({ fields }) => fields.list)).size).toBe(1);
        if (!mixesOperations) expect(new Set(batch.map(({ operation }) => operation)).size).toBe(1);
      }
    }),
  );
});

test('halves hold all rows, none of them empty', () => {
  const [first, second] = halves([0, 1, 2].map((seq) => new OutgoingRow(seq, 'upsert', '{}')) as [OutgoingRow, OutgoingRow, OutgoingRow]);
  expect([first, second].map((half) => half.map(({ seq }) => seq))).toEqual([[0, 1], [2]]);
});
