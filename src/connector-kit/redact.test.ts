import { expect, test } from 'vitest';
import { redact, valuesOf } from './redact.ts';
import { OutgoingRow } from './row.ts';

test('cuts out secrets, the values of the row, and whatever looks like an address or a long number', () => {
  const row = new OutgoingRow(1, 'upsert', '{"email":"ada@example.com","name":"Lovelace","tags":["vip-42"],"id":12345}');
  const message = 'whsec_abc: Lovelace (vip-42, 12345) wrote to ada@example.com and bob+x@sub.example.org from +31 6 1234 5678, code 422';
  expect(redact(message, ['whsec_abc'], valuesOf([row]))).toBe('…: … (…, …) wrote to … and …@… from …, code 422');
});

test('keeps messages short', () => {
  expect(redact('no '.repeat(1_000), []).length).toBeLessThanOrEqual(301);
});
