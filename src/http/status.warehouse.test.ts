import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testCollection } from '../../test/collection.ts';

let collection: Awaited<ReturnType<typeof testCollection>>;
beforeAll(async () => {
  collection = await testCollection();
});
afterAll(() => collection.close());

async function ask(method: 'GET' | 'POST', path: string, scope?: 'read' | 'admin') {
  const key = scope && (await collection.store.apiKeys.create({ name: scope, scopes: [scope] })).plain;
  return collection.app.request(path, { method, headers: key === undefined ? {} : { authorization: `Bearer ${key}` } });
}

describe('/api/status', () => {
  test('says what has arrived, also when nothing was ever built or applied', async () => {
    const source = await collection.source('status');
    await source.post('/v1/track', { event: 'x', userId: 'u', messageId: 'status-1' });
    await source.post('/v1/track', { event: 'x', messageId: 'status-2' });
    const reply = await ask('GET', '/api/status', 'read');
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({
      sources: [{ source: 'status', table: 'events', rows: 1, rejected_last_day: 1 }],
      last_build: null,
      segments: [],
      syncs: [],
      jobs: { waiting: 0, running: 0, failed: 0, failures: [] },
      missed_slots: [],
    });
  });

  test('is for keys that may read', async () => {
    expect((await ask('GET', '/api/status')).status).toBe(401);
    const { plain } = await collection.source('only-collect');
    expect((await collection.app.request('/api/status', { headers: { authorization: `Bearer ${plain}` } })).status).toBe(403);
  });
});

describe('/api/syncs/{id}/runs', () => {
  test('queues one run, however often it is asked before that run begins', async () => {
    const document = {
      id: 'people',
      title: 'People',
      source: { table: 'profiles' },
      destination: 'crm',
      object: 'contact',
      mode: 'upsert',
      key: { id: 'profile_id' },
    };
    await collection.store.resources.put({ kind: 'sync', id: 'people', document }, 'test');
    const first = await ask('POST', '/api/syncs/people/runs', 'admin');
    const queued = (await first.json()) as { job_id: string };
    expect([first.status, queued]).toEqual([202, { job_id: expect.any(String), is_new: true }]);
    expect(await (await ask('POST', '/api/syncs/people/runs', 'admin')).json()).toEqual({ ...queued, is_new: false });
  });

  test('refuses a special permission while an ordinary run waits, which would not have it', async () => {
    const key = (await collection.store.apiKeys.create({ name: 'admin', scopes: ['admin'] })).plain;
    const post = (body: object) =>
      collection.app.request('/api/syncs/people/runs', {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await post({});
    for (const body of [{ allow_removals: 3 }, { resync: true }]) {
      const reply = await post(body);
      expect([reply.status, await reply.json()]).toMatchObject([409, { error: { code: 'syncs.run_waiting' } }]);
    }
    for (const wrong of [{ allow_removals: -1 }, { allow_removals: 1.5 }, { allow_removal: 1 }, { resync: 'yes' }])
      expect((await post(wrong)).status, JSON.stringify(wrong)).toBeGreaterThanOrEqual(400);
  });

  test('needs a key that may change things, and a sync that is there', async () => {
    expect((await ask('POST', '/api/syncs/people/runs', 'read')).status).toBe(403);
    expect((await ask('POST', '/api/syncs/nothing/runs', 'admin')).status).toBe(404);
  });
});
