import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { encryptionKey, open, seal } from './encryption.ts';

const key = encryptionKey(randomBytes(32));

test('what was sealed opens again under the same key and name', () => {
  for (const plain of ['', 'x', 'pässwörd ✓', 'x'.repeat(100_000)]) expect(open(key, 'crm', seal(key, 'crm', plain))).toBe(plain);
});

test('the same text never seals to the same bytes twice', () => {
  expect(seal(key, 'crm', 'secret')).not.toBe(seal(key, 'crm', 'secret'));
});

test('another key does not open it', () => {
  expect(open(encryptionKey(randomBytes(32)), 'crm', seal(key, 'crm', 'secret'))).toBeUndefined();
});

test('a sealed text moved to another name does not open', () => {
  expect(open(key, 'ads', seal(key, 'crm', 'secret'))).toBeUndefined();
});

test('no flipped bit goes unnoticed', () => {
  const sealed = Buffer.from(seal(key, 'crm', 'secret'), 'base64');
  for (let byte = 0; byte < sealed.length; byte++) {
    const altered = Buffer.from(sealed);
    altered[byte] = (altered[byte] ?? 0) ^ 1;
    expect(open(key, 'crm', altered.toString('base64'))).toBeUndefined();
  }
});

test('a text too short to have been sealed does not open', () => {
  expect(open(key, 'crm', '')).toBeUndefined();
  expect(open(key, 'crm', 'AAAA')).toBeUndefined();
});

test('a key names itself without giving itself away', () => {
  expect(key.id).toMatch(/^[0-9a-f]{16}$/);
  expect(key.bytes.toString('hex')).not.toContain(key.id);
});
