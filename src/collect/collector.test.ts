/**
 * What a collector does with a request before anything is stored: which senders it reads, what it parses, and how it treats a body that
 * announces more than it sends.
 */

import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createAdmission, DEFAULT_LIMITS } from './admission.ts';
import type { CollectRequest } from './collect-request.ts';
import { createCollector } from './collector.ts';
import type { LandingRows } from './landing.ts';
import type { Refusal } from './refusals.ts';

/** 32 bytes in base64url have 43 characters. */
const KEY = `slk_${'k'.repeat(43)}`;
const STRANGE = `slk_${'s'.repeat(43)}`;

function collection(verify = async (plain: string) => (plain === KEY ? { id: 'web', scopes: ['collect' as const], source: 'web' } : null)) {
  const landed: LandingRows[] = [];
  const refused: Refusal[] = [];
  let readBytes = 0;
  const collector = createCollector({
    apiKeys: { verify },
    landing: {
      land: async (rows) => void landed.push(rows),
      close: () => Promise.resolve(),
    },
    refusals: { count: (refusal) => void refused.push(refusal) },
    admission: createAdmission({ ...DEFAULT_LIMITS, maxRejectedBytesPerSecond: 10_000 }),
  });
  return {
    landed,
    refused,
    readBytes: () => readBytes,
    send(body: string | Uint8Array, { call = 'batch', key }: Partial<CollectRequest> = {}) {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      const read = async (maxBytes: number) => {
        readBytes += Math.min(maxBytes, bytes.byteLength);
        return { bytes: bytes.subarray(0, maxBytes), isWhole: bytes.byteLength <= maxBytes };
      };
      return collector.collect({ call, key, requestId: 'r', body: { length: bytes.byteLength, isPacked: false, read } });
    },
  };
}

test('where the models read the raw data of another installation, every message is refused unread, and the sentence says why', async () => {
  let isRead = false;
  const read = async () => {
    isRead = true;
    return { bytes: Buffer.from('{"batch":[]}'), isWhole: true };
  };
  const collector = createCollector({
    apiKeys: { verify: async () => ({ id: 'web', scopes: ['collect'], source: 'web' }) },
    landing: { land: () => Promise.reject(new Error('nothing may land')), close: () => Promise.resolve() },
    refusals: { count: () => undefined },
    foreignRaw: 'sluice_raw',
  });
  const request = { call: 'batch', key: KEY, requestId: 'r', body: { length: 12, isPacked: false, read } } as const;
  await expect(collector.collect(request)).rejects.toMatchObject({
    code: 'collect.foreign_raw',
    status: 503,
    message: 'The models of this service read sluice_raw, and no messages are taken here',
  });
  expect(isRead).toBe(false);
});

describe('a request', () => {
  test('with a key that is not valid is refused before its body is read', async () => {
    const { send, readBytes, refused } = collection();
    await expect(send('{"batch":[]}', { key: STRANGE })).rejects.toMatchObject({ code: 'collect.write_key' });
    expect(readBytes()).toBe(0);
    expect(refused).toEqual([{ source: '', keyPrefix: 'slk_ssssss', reason: 'collect.write_key' }]);
  });

  test('of announced 600 kB is read no further than what is kept of it, and without a key in the header not at all', async () => {
    const { send, readBytes } = collection();
    const body = ' '.repeat(600_000);
    await expect(send(body)).rejects.toMatchObject({ code: 'collect.body_too_large', status: 413 });
    expect(readBytes()).toBe(0);
    await expect(send(body, { key: KEY })).rejects.toMatchObject({ code: 'collect.body_too_large' });
    expect(readBytes()).toBe(64 * 1024);
  });

  test('takes the key that its body names, not one that a message holds', async () => {
    const { send, landed } = collection();
    const message = { type: 'track', event: 'x', userId: 'u', messageId: 'm' };
    await send(JSON.stringify({ batch: [{ ...message, writeKey: STRANGE }], writeKey: KEY }));
    expect(landed[0]?.events).toHaveLength(1);
    await expect(send(JSON.stringify({ batch: [{ ...message, writeKey: KEY }] }))).rejects.toMatchObject({ code: 'collect.write_key' });
    await expect(send(JSON.stringify({ batch: [{ ...message, writeKey: KEY }], writeKey: STRANGE }))).rejects.toMatchObject({
      code: 'collect.write_key',
    });
  });

  test('whose key cannot be checked is told so without a word about the control plane', async () => {
    const { send } = collection(() => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:5432')));
    const error = await send('{"batch":[]}', { key: KEY }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'collect.key_unchecked', status: 503, fault: 'transient' });
    expect(`${error.message} ${error.hint}`).not.toMatch(/10\.0|5432|ECONN/);
  });
});

describe('little that says it is much', () => {
  test('a context that a batch gives to each message is counted before it is: 1,248 bytes do not become 270 MB', async () => {
    const { send, landed } = collection();
    const body = gzipSync(JSON.stringify({ context: { a: 'x'.repeat(30_000) }, batch: Array.from({ length: 9_000 }, () => ({})) }));
    expect(body.byteLength).toBeLessThan(1_500);
    const before = process.memoryUsage().heapUsed;
    await expect(send(body, { key: KEY })).rejects.toMatchObject({ code: 'collect.body_too_large', status: 413 });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
    expect(landed.flatMap(({ events }) => events)).toEqual([]);
  });

  test('gzip that says at its end that it is short is unpacked to what one body may hold, and no further', async () => {
    const { send } = collection();
    const liar = gzipSync(' '.repeat(2_000_000));
    liar.writeUInt32LE(10, liar.byteLength - 4);
    await expect(send(liar, { key: KEY })).rejects.toMatchObject({ code: 'collect.body_too_large' });
    const parts = Buffer.concat([gzipSync('{"batch":['), gzipSync(']}')]);
    expect(await send(parts, { key: KEY })).toMatchObject({ accepted: 0 });
  });

  test('gzip within gzip is unpacked once', async () => {
    const { send } = collection();
    await expect(send(gzipSync(gzipSync('{"batch":[]}')), { key: KEY })).rejects.toMatchObject({ code: 'collect.malformed_json' });
  });

  test('of ten thousand invalid messages a thousand at most are answered and kept, and all are counted', async () => {
    const { send, landed, refused } = collection();
    const reply = await send(JSON.stringify({ batch: Array.from({ length: 10_000 }, () => 0) }), { key: KEY });
    expect([reply.accepted, reply.rejected.length, reply.unlisted]).toEqual([0, 1_000, 9_000]);
    // 10,000 bytes a second for a minute, of rows that count a kilobyte at least.
    const kept = landed[0]?.rejected.length ?? 0;
    expect(kept).toBeGreaterThan(500);
    expect(kept).toBeLessThan(600);
    expect(refused).toEqual([{ source: 'web', keyPrefix: 'slk_kkkkkk', reason: 'rejected_not_kept', count: 10_000 - kept }]);
  });

  test('a large body of a stranger is never parsed, however many objects it holds', async () => {
    const { send } = collection();
    const body = gzipSync(`{"writeKey":"${STRANGE}","batch":[${'{"a":0},'.repeat(60_000)}{}]`);
    // It is not JSON, which is only seen by parsing it.
    await expect(send(body)).rejects.toMatchObject({ code: 'collect.write_key' });
  });
});
