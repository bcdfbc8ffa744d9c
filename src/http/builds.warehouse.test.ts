import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testCollection } from '../../test/collection.ts';

let collection: Awaited<ReturnType<typeof testCollection>>;
beforeAll(async () => {
  collection = await testCollection();
  const document = { id: 'people', title: 'People', source: { table: 'profiles' }, destination: 'crm', object: 'contact', mode: 'upsert' };
  const scheduled = { ...document, key: { id: 'profile_id' }, schedule: { after: 'build' } };
  await collection.store.resources.put({ kind: 'sync', id: 'people', document: scheduled }, 'test');
});
afterAll(() => collection.close());

async function report(body: object, scope?: 'read' | 'admin') {
  const key = scope && (await collection.store.apiKeys.create({ name: scope, scopes: [scope] })).plain;
  const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) };
  return collection.app.request('/api/builds', { method: 'POST', headers, body: JSON.stringify(body) });
}

describe('POST /api/builds', () => {
  test('queues what is scheduled after a build, once for each invocation of dbt', async () => {
    const build = { invocation_id: randomUUID(), status: 'success' };
    const first = await report(build, 'admin');
    expect(first.status).toBe(202);
    expect(await first.json()).toEqual({ invocation_id: build.invocation_id, is_new: true, queued: ['sync:people'] });
    const again = await report(build, 'admin');
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ is_new: false, queued: [] });
  });

  test('is for keys that may write, and for reports that say which run it was', async () => {
    const build = { invocation_id: randomUUID(), status: 'success' };
    expect((await report(build)).status).toBe(401);
    expect((await report(build, 'read')).status).toBe(403);
    expect((await report({ status: 'success' }, 'admin')).status).toBe(422);
  });

  test('is described', async () => {
    const description = (await (await collection.app.request('/openapi.json')).json()) as { paths: object };
    expect(Object.keys(description.paths)).toContain('/api/builds');
  });
});
