import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testCollection } from '../../test/collection.ts';

let collection: Awaited<ReturnType<typeof testCollection>>;
beforeAll(async () => {
  collection = await testCollection();
});
afterAll(() => collection.close());

const track = (messageId: string, more: object = {}) => ({ type: 'track', event: 'Order Completed', userId: 'u1', messageId, ...more });

describe('collection', () => {
  test('acknowledges a batch when all of it can be read from the warehouse', async () => {
    const source = await collection.source('batch');
    const reply = await source.post('/v1/batch', { batch: [track('m1'), track('m2', { userId: null, anonymousId: 'a1' })] });
    expect([reply.status, await reply.json()]).toEqual([200, { success: true, accepted: 2, rejected: [] }]);
    expect(await source.events()).toMatchObject([
      { message_id: 'm1', type: 'track', event: 'Order Completed', user_id: 'u1', anonymous_id: '' },
      { message_id: 'm2', user_id: '', anonymous_id: 'a1' },
    ]);
  });

  test.each(['track', 'identify', 'page', 'screen', 'group', 'alias'])(
    'takes a single %s, with or without a slash at the end',
    async (call) => {
      const source = await collection.source(`single-${call}`);
      const message = { event: 'x', name: 'Home', userId: 'u1', groupId: 'g1', previousId: 'p1' };
      expect((await source.post(`/v1/${call}`, { ...message, messageId: `${call}-1` })).status).toBe(200);
      expect((await source.post(`/v1/${call}/`, { ...message, messageId: `${call}-2` })).status).toBe(200);
      expect((await source.events()).map(({ type }) => type)).toEqual([call, call]);
    },
  );

  test('takes gzip whatever the headers say, and any content type', async () => {
    const source = await collection.source('gzip');
    const packed = new Uint8Array(gzipSync(JSON.stringify({ batch: [track('g1')] })));
    expect((await source.post('/v1/batch', packed, { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(200);
    expect((await source.post('/v1/batch', JSON.stringify({ batch: [track('g2')] }), { 'content-type': 'text/plain' })).status).toBe(200);
    expect(await source.events()).toHaveLength(2);
  });

  test.each([
    ['/v1/b', { batch: [track('other-b')] }],
    ['/v1/import/', { batch: [track('other-import')] }],
    ['/v1/t', track('other-t')],
    ['/v1/i', { userId: 'u1', messageId: 'other-i' }],
    ['/v1/p', { userId: 'u1', messageId: 'other-p' }],
    ['/v1/s', { userId: 'u1', messageId: 'other-s' }],
    ['/v1/g', { userId: 'u1', groupId: 'g1', messageId: 'other-g' }],
    ['/v1/a', { userId: 'u1', previousId: 'a1', messageId: 'other-a' }],
  ])('takes %s, as some clients call it', async (path, body) => {
    const source = await collection.source(`other-${path.split('/')[2]}`);
    expect((await source.post(path, body)).status).toBe(200);
    expect(await source.events()).toHaveLength(1);
  });

  test('gives back from the warehouse what was sent, whatever the strings hold', async () => {
    const source = await collection.source('any');
    let count = 0;
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(text, fc.oneof(text, fc.double(), fc.boolean())), { minLength: 1, maxLength: 20 }),
        async (all) => {
          const batch = all.map((properties) => track(`any-${count++}`, { properties }));
          expect((await source.post('/v1/batch', { batch })).status).toBe(200);
          const stored = new Map((await source.events()).map(({ message_id, message }) => [message_id, message]));
          const sent = JSON.parse(JSON.stringify({ batch })) as { batch: typeof batch };
          for (const message of sent.batch) expect(JSON.parse(stored.get(message.messageId) ?? '')).toEqual(wellFormed(message));
        },
      ),
      { numRuns: 20 },
    );
  });

  test('stores no write key, wherever a client puts it, and everything else as it was sent', async () => {
    const source = await collection.source('no-keys');
    const { plain, basic } = source;
    const rest = '"event":"Order Completed","userId":"u1","properties":{"n":9007199254740993,"x":1.0,"writeKey":"ours","slk_":"c2xr"}';
    const copies = `"context":{"writeKey":"${plain}","page":{"url":"https://x.example/?k=${plain}&a=1"},"headers":{"authorization":"${basic}"}}`;
    await source.post('/v1/track', `{"messageId":"k1","writeKey":"${plain}",${rest}}`);
    await source.post('/v1/track', `{"messageId":"k2","writeKey":"a key of another tool",${rest},${copies}}`);
    const message = `{"type":"track","messageId":"k3","writeKey":"${plain}",${rest}}`;
    const batch = `{"writeKey":"${plain}","context":{"writeKey":"${plain}","locale":"nl"},"batch":[${message},{"writeKey":"${plain}","type":"track"}]}`;
    expect((await collection.app.request('/v1/batch', { method: 'POST', body: batch })).status).toBe(200);
    await source.post('/v1/batch', `{"writeKey":"${plain}","key":"${basic}","batch":[`);
    await source.post('/v1/batch', new Uint8Array(Buffer.from(`{"writeKey":"${plain}", caf\xe9`, 'latin1')));
    await source.post('/v1/batch', `{"writeKey":"another tool's","x":"${'x'.repeat(65_490)}${plain}`);

    const [events, rejected] = [await source.events(), await source.rejected()];
    const shown = `${plain.slice(0, 10)}***`;
    expect(events.map(({ message }) => message)).toEqual([
      `{"messageId":"k1",${rest}}`,
      `{"messageId":"k2",${rest},"context":{"page":{"url":"https://x.example/?k=${shown}&a=1"},"headers":{"authorization":"Basic c2xrX***"}}}`,
      `{"type":"track","messageId":"k3",${rest},"context":{"locale":"nl"}}`,
    ]);
    expect(rejected.map(({ reason }) => reason)).toEqual(['missing_id', 'malformed_json', 'malformed_json', 'malformed_json']);
    for (const { message } of rejected) {
      const read = message.startsWith('base64:') ? Buffer.from(message.slice(7), 'base64').toString('latin1') : message;
      expect(read).not.toContain(plain.slice(0, 12));
      expect(read).not.toContain(basic.slice(6, 30));
      expect(read).not.toContain('another tool');
    }
  });

  test('takes the write key from the body as well', async () => {
    const source = await collection.source('body-key');
    const reply = await collection.app.request('/v1/batch', {
      method: 'POST',
      body: JSON.stringify({ writeKey: source.plain, batch: [track('b1')] }),
    });
    expect(reply.status).toBe(200);
    expect(await source.events()).toHaveLength(1);
  });

  test('keeps a message of each source under one messageId, and of one source under a counter: only an identical retry counts once', async () => {
    const [first, second] = [await collection.source('counting-a'), await collection.source('counting-b')];
    const batch = [track('m1'), { ...track(''), messageId: 1 }, track('2')];
    for (const source of [first, second, first]) await source.post('/v1/batch', { batch });
    await first.post('/v1/batch', { batch: [{ ...track('', { event: 'Other' }), messageId: 1 }] });
    expect((await first.events()).map(({ message_id, event }) => [message_id.replace(/-content-.*/, ''), event]).sort()).toEqual([
      ['1', 'Order Completed'],
      ['1', 'Other'],
      ['2', 'Order Completed'],
      ['m1', 'Order Completed'],
    ]);
    expect(await second.events()).toHaveLength(3);
  });

  test('one bad message never fails its batch: it is kept aside with its reason', async () => {
    const source = await collection.source('mixed');
    const reply = await source.post('/v1/batch', { batch: [track('ok'), { type: 'track', event: 'x', messageId: 'bad' }, 'nonsense'] });
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({
      accepted: 1,
      rejected: [
        { index: 1, reason: 'missing_id' },
        { index: 2, reason: 'not_an_object' },
      ],
    });
    expect(await source.rejected()).toMatchObject([
      { message_id: 'bad', reason: 'missing_id', request_id: reply.headers.get('x-request-id') },
      { reason: 'not_an_object', message: '"nonsense"' },
    ]);
  });

  test('answers a preflight with whatever headers it asks for', async () => {
    const headers = {
      origin: 'https://shop.example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,x-retry-count',
    };
    const reply = await collection.app.request('/v1/batch', { method: 'OPTIONS', headers });
    expect(reply.status).toBe(204);
    expect(reply.headers.get('access-control-allow-headers')).toContain('x-retry-count');
    expect(Number(reply.headers.get('access-control-max-age'))).toBeGreaterThan(3_600);
  });
});

describe('bad input to collection', () => {
  test('malformed JSON without a key in the header is answered 400 too: whose it is cannot be known', async () => {
    const reply = await collection.app.request('/v1/batch', { method: 'POST', body: '{"writeKey": "' });
    expect([reply.status, await reply.json()]).toMatchObject([400, { error: { code: 'collect.malformed_json' } }]);
  });

  test('a key that sends more than it may is answered 429 with the seconds to wait, and other keys of its source are not', async () => {
    const source = await collection.source('too-fast');
    const slow = await collection.store.apiKeys.create({ name: 'page', scopes: ['collect'], source: 'too-fast', maxMessagesPerSecond: 1 });
    const headers = { authorization: `Basic ${Buffer.from(`${slow.plain}:`).toString('base64')}` };
    const batch = Array.from({ length: 40 }, (_, index) => track(`f${index}`));
    expect((await source.post('/v1/batch', { batch }, headers)).status).toBe(200);
    const reply = await source.post('/v1/batch', { batch: [track('late')] }, headers);
    expect([reply.status, await reply.json()]).toMatchObject([429, { error: { code: 'collect.rate_limited' } }]);
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(20);
    expect((await source.post('/v1/batch', { batch: [track('other')] })).status).toBe(200);
    expect(await source.events()).toHaveLength(41);
  });

  test('a batch of more messages than a body can honestly hold is answered 413', async () => {
    const source = await collection.source('many');
    const reply = await source.post('/v1/batch', { batch: Array.from({ length: 20_000 }, () => 0) });
    expect([reply.status, await reply.json()]).toMatchObject([413, { error: { code: 'collect.body_too_large' } }]);
  });

  test('pages of other origins can read why they were refused', async () => {
    const reply = await collection.app.request('/v1/track', {
      method: 'POST',
      body: '{}',
      headers: { origin: 'https://shop.example.com' },
    });
    expect(reply.status).toBe(401);
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    expect(reply.headers.get('access-control-expose-headers')).toMatch(/retry-after/i);
  });

  test('malformed JSON is answered 400 and kept among the rejected', async () => {
    const source = await collection.source('malformed');
    const reply = await source.post('/v1/batch', '{"batch": [');
    expect([reply.status, await reply.json()]).toMatchObject([400, { error: { code: 'collect.malformed_json' } }]);
    expect(await source.rejected()).toMatchObject([{ reason: 'malformed_json', message: '{"batch": [' }]);
  });

  test('of a body in gzip that is refused, all that unpacks is kept as it reads; else the bytes in base64, with a note', async () => {
    const source = await collection.source('packed-refusals');
    const text = `{"batch": [ 7, ${'é'.repeat(100_000)}`;
    const packed = new Uint8Array(gzipSync(text));
    const noise = randomBytes(120_000);
    const broken = new Uint8Array(gzipSync(`{"batch":[${noise.toString('hex')}`)).subarray(0, 60_000);
    for (const [body, status] of [
      [packed, 400],
      [broken, 400],
      [new Uint8Array([0x1f, 0x8b, 1, 2, 3]), 400],
      [new Uint8Array(gzipSync(Buffer.alloc(600_000, ' '))), 413],
      [new Uint8Array(Buffer.from('caf\xe9', 'latin1')), 400],
      [new Uint8Array(gzipSync(Buffer.from('caf\xe9', 'latin1'))), 400],
    ] as const) {
      expect((await source.post('/v1/batch', body)).status).toBe(status);
    }
    const kept = await source.rejected();
    expect(kept[0]?.message).toBe(text.slice(0, kept[0]?.message.length));
    expect(Buffer.byteLength(kept[0]?.message ?? '')).toBeGreaterThan(65_530);
    expect(kept[0]).toMatchObject({
      message_bytes: packed.byteLength,
      detail: 'The body is not JSON. It is kept unpacked, as far as it unpacks.',
    });
    expect(kept[1]?.message.length).toBe(65_536);
    expect(kept[1]?.message).toBe(`{"batch":[${noise.toString('hex')}`.slice(0, 65_536));
    expect(kept[2]).toMatchObject({ message: 'base64:H4sBAgM=', detail: expect.stringContaining('base64, because nothing of it unpacks') });
    expect(kept[3]).toMatchObject({ reason: 'body_too_large', message: ' '.repeat(65_536) });
    expect(kept[4]).toMatchObject({
      message: 'base64:Y2Fm6Q==',
      detail: 'The body is not JSON in UTF-8. It is kept as base64, because it is not UTF-8.',
    });
    expect(kept[5]).toMatchObject({ message: 'base64:Y2Fm6Q==', detail: expect.stringContaining('kept unpacked') });
  });

  test('a message with bytes that are not UTF-8 is kept aside as it reads, and the others of its batch are taken', async () => {
    const source = await collection.source('latin');
    const body = Buffer.from(JSON.stringify({ batch: [track('l1', { properties: { city: 'Orl\xe9ans' } }), track('l2')] }), 'latin1');
    expect(await (await source.post('/v1/batch', new Uint8Array(body))).json()).toMatchObject({
      accepted: 1,
      rejected: [{ index: 0, reason: 'not_utf8' }],
    });
    expect(await source.events()).toMatchObject([{ message_id: 'l2' }]);
    expect(await source.rejected()).toMatchObject([{ reason: 'not_utf8', message: expect.stringContaining('Orl\xe9ans') }]);
  });

  test('a wrong key is answered 401, and nothing of its request is stored', async () => {
    const source = await collection.source('wrong-key');
    for (const authorization of ['', 'Basic !!', `Basic ${Buffer.from('nobody:').toString('base64')}`]) {
      const reply = await source.post('/v1/batch', { batch: [track('w1')] }, { authorization });
      expect([reply.status, await reply.json()]).toMatchObject([401, { error: { code: 'collect.write_key' } }]);
    }
    expect(await source.events()).toEqual([]);
    expect(await source.rejected()).toEqual([]);
  });

  test('an admin key cannot collect, and a write key cannot read the API', async () => {
    const { plain } = await collection.store.apiKeys.create({ name: 'admin', scopes: ['admin'] });
    const source = await collection.source('scopes');
    const basic = `Basic ${Buffer.from(`${plain}:`).toString('base64')}`;
    expect((await source.post('/v1/batch', { batch: [track('s1')] }, { authorization: basic })).status).toBe(401);
  });

  test('a message without userId and anonymousId is kept aside', async () => {
    const source = await collection.source('nobody');
    await source.post('/v1/track', { event: 'x', userId: '', anonymousId: null, messageId: 'n1' });
    expect(await source.rejected()).toMatchObject([{ message_id: 'n1', reason: 'missing_id' }]);
  });

  test('a 600 kB body is answered 413, plain or packed, and recorded', async () => {
    const source = await collection.source('large');
    const body = JSON.stringify({ batch: [track('l1', { properties: { text: 'x'.repeat(600_000) } })] });
    for (const sent of [body, new Uint8Array(gzipSync(body))]) {
      const reply = await source.post('/v1/batch', sent, { 'content-length': String(sent.length) });
      expect([reply.status, await reply.json()]).toMatchObject([413, { error: { code: 'collect.body_too_large' } }]);
    }
    expect(await source.rejected()).toMatchObject([{ reason: 'body_too_large', message_bytes: body.length }, { reason: 'body_too_large' }]);
    expect(await source.events()).toEqual([]);
  });

  test('a message from 1970 and one from 2099 are taken at their time of arrival, with what they said kept beside', async () => {
    const source = await collection.source('times');
    await source.post('/v1/batch', {
      batch: [track('t1', { timestamp: '1970-01-01T00:00:00Z' }), track('t2', { timestamp: '2099-01-01T00:00:00Z' })],
    });
    const [first, second] = await source.events();
    expect(first).toMatchObject({ time_correction: 'implausible', original_timestamp: '1970-01-01T00:00:00.000Z' });
    expect(second).toMatchObject({ time_correction: 'implausible', original_timestamp: '2099-01-01T00:00:00.000Z' });
    for (const event of [first, second]) expect(Math.abs(Date.parse(event?.occurred_at ?? '') - Date.now())).toBeLessThan(60_000);
  });

  test('a time without a zone is UTC, and one that cannot be read is marked', async () => {
    const source = await collection.source('odd-times');
    await source.post('/v1/batch', {
      batch: [
        track('t1', { timestamp: '2026-01-02 03:04:05' }),
        track('t2', { timestamp: '2026-02-30T00:00:00Z' }),
        track('t3', { timestamp: {} }),
      ],
    });
    expect(await source.events()).toMatchObject([
      { occurred_at: '2026-01-02T03:04:05.000Z', time_correction: '' },
      { original_timestamp: null, time_correction: 'unreadable' },
      { original_timestamp: null, time_correction: 'unreadable' },
    ]);
  });

  test('a messageId that comes twice is stored once, also in one batch, and the first delivery stays', async () => {
    const source = await collection.source('twice');
    await source.post('/v1/batch', { batch: [track('d1', { event: 'First' }), track('d1', { event: 'First' })] });
    await source.post('/v1/batch', { batch: [track('d1', { event: 'Later' })] });
    expect(await source.events()).toMatchObject([{ message_id: 'd1', event: 'First' }]);
  });

  test('a body without a list of messages is answered 400', async () => {
    const source = await collection.source('no-list');
    for (const body of ['{}', '[]', '"x"', 'null', '{"batch":{}}']) {
      expect(await (await source.post('/v1/batch', body)).json()).toMatchObject({ error: { code: 'collect.not_a_batch' } });
    }
  });
});

describe('the service', () => {
  test('gives every error the same shape, with the request id of its header', async () => {
    for (const [path, method, status] of [
      ['/nope', 'GET', 404],
      ['/v1/batch', 'GET', 405],
      ['/v1/track', 'PUT', 405],
      ['/healthz', 'POST', 405],
      ['/docs/nope.js', 'GET', 404],
    ] as const) {
      const reply = await collection.app.request(path, { method });
      const body = (await reply.json()) as { error: Record<string, unknown> };
      expect([path, reply.status]).toEqual([path, status]);
      expect(Object.keys(body.error)).toEqual(['code', 'message', 'hint', 'request_id']);
      expect(body.error.request_id).toBe(reply.headers.get('x-request-id'));
    }
  });

  test('writes no personal data into its log', async () => {
    const source = await collection.source('private');
    await source.post('/v1/identify?email=query@example.com', {
      userId: 'jane@example.com',
      traits: { email: 'jane@example.com', phone: '+31612345678' },
    });
    await source.post('/v1/track', { userId: { email: 'jane@example.com' } });
    await source.post('/v1/batch', '{"email":"jane@example.com",');
    const log = collection.log.join('');
    expect(log).toContain('/v1/identify');
    expect(log).not.toMatch(/example\.com|31612345678/);
    expect(log).not.toContain(source.plain);
  });

  test('says that it is ready when warehouse and control plane answer', async () => {
    expect(await (await collection.app.request('/healthz')).json()).toEqual({ status: 'ok' });
    expect(await (await collection.app.request('/readyz')).json()).toEqual({
      ready: true,
      parts: { warehouse: 'ok', disk: 'ok', landing: 'ok', control_plane: 'ok' },
    });
  });

  test('describes itself, and serves the page that shows it without loading anything from elsewhere', async () => {
    const description = (await (await collection.app.request('/openapi.json')).json()) as { openapi: string; paths: object };
    expect(description.openapi).toBe('3.1.0');
    expect(Object.keys(description.paths)).toEqual(expect.arrayContaining(['/v1/batch', '/v1/track', '/healthz', '/readyz']));
    const page = await (await collection.app.request('/docs')).text();
    const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(assets.length).toBeGreaterThan(1);
    for (const path of assets) expect((await collection.app.request(path)).status).toBe(200);
  });
});

/** As a message is stored: a lone half of a surrogate pair has become U+FFFD. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name.toWellFormed(), wellFormed(member)]));
}
