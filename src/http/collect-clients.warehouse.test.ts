/** The clients of others: where they call, what they ask first, and what becomes of what is refused. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testCollection } from '../../test/collection.ts';
import { readStatus } from '../status/status.ts';

let collection: Awaited<ReturnType<typeof testCollection>>;
beforeAll(async () => {
  collection = await testCollection();
});
afterAll(() => collection.close());

const track = (messageId: string) => ({ type: 'track', event: 'Order Completed', userId: 'u1', messageId });

describe('the addresses and keys of other clients', () => {
  test.each([
    ['/v1/batch/v1/batch', 'batch'],
    ['/v1/v1/batch/', 'batch'],
    ['/v1/v1/track', 'track'],
    ['/beacon/v1/batch', 'batch'],
    ['/api/s/page', 'page'],
    ['/api/s/track', 'track'],
    ['/api/s/identify/', 'identify'],
    ['/api/s/group', 'group'],
    ['/api/s/s2s/track', 'track'],
  ])('%s is served', async (path, call) => {
    const source = await collection.source(`served-${path.replaceAll('/', '-')}`);
    const message = { type: call, event: 'x', userId: 'u1', groupId: 'g1', messageId: path };
    const sent = call === 'batch' ? { batch: [track(path)] } : message;
    expect((await source.post(path, sent)).status).toBe(200);
    expect(await source.events()).toMatchObject([{ message_id: path }]);
  });

  test('the key is taken from X-Write-Key with or without its secret, and from the address; both go before a masked one in the body', async () => {
    const source = await collection.source('key-places');
    const send = (id: string, query: string, headers: Record<string, string>) =>
      collection.app.request(`/v1/batch${query}`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ writeKey: 'key:***', batch: [track(id)] }),
      });
    const replies = [
      await send('k1', '', { 'x-write-key': `${source.plain}:secret` }),
      await send('k2', '', { 'x-write-key': source.plain }),
      await send('k3', `?writeKey=${encodeURIComponent(source.plain)}`, {}),
      await send('k4', '?writeKey=wrong', { authorization: source.basic }),
    ];
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await source.events()).map(({ message_id }) => message_id)).toEqual(['k1', 'k2', 'k3', 'k4']);
  });

  test('a beacon is taken with credentials, as browsers send it', async () => {
    const source = await collection.source('beacon');
    const origin = 'https://shop.example.com';
    const reply = await collection.app.request(`/beacon/v1/batch?writeKey=${source.plain}`, {
      method: 'POST',
      headers: { origin, 'content-type': 'text/plain' },
      body: JSON.stringify({ batch: [track('beacon-1')] }),
    });
    expect([reply.status, reply.headers.get('access-control-allow-origin'), reply.headers.get('access-control-allow-credentials')]).toEqual(
      [200, origin, 'true'],
    );
  });
});

describe('what SDKs ask before they send', () => {
  test('Segment settings name the key and the address that was asked, and send nothing to the vendor', async () => {
    const source = await collection.source('settings');
    for (const path of [`/v1/projects/${source.plain}/settings`, `/v1/projects/${source.plain}/settings/`]) {
      const reply = await collection.app.request(`https://events.example.com${path}`, { headers: { origin: 'https://shop.example.com' } });
      expect([reply.status, reply.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
      expect(await reply.json()).toMatchObject({
        integrations: { 'Segment.io': { apiKey: source.plain, apiHost: 'events.example.com/v1', protocol: 'https' } },
        metrics: { sampleRate: 0 },
      });
    }
  });

  test('behind a proxy that ends TLS, settings say https', async () => {
    const source = await collection.source('settings-proxy');
    const ask = async (headers: Record<string, string>) => {
      const reply = await collection.app.request(`http://events.example.com/v1/projects/${source.plain}/settings`, { headers });
      return ((await reply.json()) as { integrations: { 'Segment.io': { protocol: string } } }).integrations['Segment.io'].protocol;
    };
    expect(await ask({ 'x-forwarded-proto': 'https' })).toBe('https');
    expect(await ask({ origin: 'https://shop.example.com' })).toBe('https');
    expect(await ask({ origin: 'http://localhost:3000' })).toBe('http');
  });

  test('RudderStack source configuration is served with its preflight, for a key in the header or in the address', async () => {
    const source = await collection.source('source-config');
    const preflight = await collection.app.request('/sourceConfig/?writeKey=x', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example.com',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([204, 'authorization']);
    for (const [path, headers] of [
      ['/sourceConfig/', { authorization: source.basic }],
      [`/sourceConfig?writeKey=${source.plain}`, {}],
    ] as const) {
      const reply = await collection.app.request(path, { headers });
      expect([reply.status, await reply.json()]).toMatchObject([200, { source: { writeKey: source.plain, enabled: true, config: {} } }]);
    }
  });

  test('are answered 401 for a key that is not valid, so that a page with a wrong key sends nothing anywhere', async () => {
    for (const path of ['/v1/projects/slk_wrong/settings', '/sourceConfig/?writeKey=slk_wrong', '/sourceConfig/']) {
      const reply = await collection.app.request(path);
      expect([reply.status, await reply.json()]).toMatchObject([401, { error: { code: 'collect.write_key' } }]);
    }
  });
});

describe('refused requests', () => {
  test('are counted by source, key and reason, where sluice status shows them; of a stranger’s key only its beginning is kept', async () => {
    const source = await collection.source('refused');
    const revoked = await collection.store.apiKeys.create({ name: 'old-shop', scopes: ['collect'], source: 'shop' });
    await collection.store.apiKeys.revoke(revoked.id);
    const post = (key: string, body: string) =>
      collection.app.request('/v1/batch', { method: 'POST', body, headers: { 'x-write-key': key } });
    for (let time = 0; time < 3; time += 1) await post('someVeryLongPassword1234', '{"batch": []}');
    await post(revoked.plain, '{"batch": []}');
    await post(source.plain, '{"batch": ');
    await post(source.plain, '[]');
    await collection.app.request(`/v1/projects/${revoked.plain}/settings`);
    await post(source.plain, JSON.stringify({ batch: 'x'.repeat(5 * 1024 * 1024) }));
    await collection.refusals.flush();

    const { refused } = await readStatus(await collection.statusDeps());
    const counts = refused.map(({ newest_at: _, ...one }) => one);
    const prefix = source.plain.slice(0, 10);
    for (const expected of [
      { source: '', key_prefix: 'some', key_name: null, reason: 'collect.write_key', requests_last_day: 3 },
      {
        source: '',
        key_prefix: revoked.plain.slice(0, 10),
        key_name: 'old-shop (revoked)',
        reason: 'collect.write_key',
        requests_last_day: 2,
      },
      { source: 'refused', key_prefix: prefix, key_name: 'refused', reason: 'collect.malformed_json', requests_last_day: 1 },
      { source: 'refused', key_prefix: prefix, key_name: 'refused', reason: 'collect.not_a_batch', requests_last_day: 1 },
      { source: 'refused', key_prefix: prefix, key_name: 'refused', reason: 'collect.body_too_large', requests_last_day: 1 },
    ]) {
      expect(counts).toContainEqual(expected);
    }
    expect(JSON.stringify(refused)).not.toContain('someVery');
  });
});
