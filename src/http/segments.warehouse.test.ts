import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idOf } from '../../test/segments/arbitrary.ts';
import { segmentRoom, type TestRoom } from '../../test/segments/deps.ts';
import { createWorld, fillWorld } from '../../test/segments/world.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import { publishSegment } from '../segments/publish.ts';
import type { ApiKeyScope } from '../store/api-keys.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { onError } from './error-reply.ts';
import { createRoutes } from './routes.ts';
import { segmentRoutes } from './segments.ts';

let warehouse: Warehouse;
let room: TestRoom;

const person = {
  profile_id: idOf(0),
  country_code: 'BE',
  city: 'Gent',
  email: 'jane@example.com',
  consent_email: true,
  first_seen_at: '2026-01-01T00:00:00.000Z',
  birthday_on: null,
  order_count: 0,
  lifetime_value: '0',
  score: null,
  last_order_at: null,
  tags: [],
  sizes: [],
  nickname: '',
};

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
  room = segmentRoom(warehouse, warehouse.prefix);
  await fillWorld(warehouse, [person], []);
  room.apply({ 'of-gent': { where: { trait: 'city', is: 'Gent' } } });
});
afterAll(async () => warehouse.close());

/** A key's plain text is its scope. */
const apiKeys = {
  verify: async (plain: string) =>
    ['collect', 'read', 'admin'].includes(plain) ? { id: plain, scopes: [plain as ApiKeyScope], source: null } : null,
};

/** test/api-world.ts has a control plane: src/http/api.warehouse.test.ts applies, removes and publishes over HTTP. */
const notUnderTest = {
  queue: () => Promise.reject(new Error('not under test')),
  kinds: async () => [],
  store: { resources: {} as Parameters<typeof segmentRoutes>[0]['store']['resources'] },
};

async function call(method: 'GET' | 'POST', path: string, key = 'read', document?: object) {
  const app = createRoutes();
  app.onError(onError);
  app.route('/api/segments', segmentRoutes({ apiKeys: { ...apiKeys, list: async () => [] }, segments: async () => room, ...notUnderTest }));
  const response = await app.request(`/api/segments${path}`, {
    method,
    headers: { ...(key !== '' && { authorization: `Bearer ${key}` }), ...(document && { 'content-type': 'application/json' }) },
    ...(document && { body: JSON.stringify(document) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('/api/segments', () => {
  test('shows the members’ count and version of what is published', async () => {
    await publishSegment(room, 'of-gent');
    expect(await call('GET', '')).toMatchObject({
      status: 200,
      body: { segments: [{ segment_id: 'of-gent', size: 1, failed_reason: null }] },
    });
    expect((await call('GET', '/of-gent')).body).toMatchObject({ size: 1, definition: { where: { trait: 'city', is: 'Gent' } } });
  });

  test('shows segments whose definition cannot be used, with the reason and as they are stored', async () => {
    const [gone, shapeless] = [{ where: { trait: 'citty', is: 'Gent' } }, { where: { trait: 5 } }];
    const ofGent = { where: { trait: 'city', is: 'Gent' } };
    room.apply({ 'of-gent': ofGent, gone, shapeless });
    const { segments } = (await call('GET', '')).body as { segments: { segment_id: string; failed_reason: string | null }[] };
    const reasons = Object.fromEntries(segments.map((one) => [one.segment_id, one.failed_reason]));
    expect(reasons).toMatchObject({ 'of-gent': null, gone: expect.stringContaining('citty'), shapeless: expect.stringContaining('where') });
    expect(await call('GET', '/shapeless')).toMatchObject({
      status: 200,
      body: { failed_reason: reasons.shapeless, definition: shapeless },
    });
    room.apply({ 'of-gent': ofGent });
  });

  test('answers SQL, size and a preview in which personal data is masked', async () => {
    expect((await call('GET', '/of-gent/sql')).body).toMatchObject({
      params: { p0: 'Gent' },
      sql: expect.stringContaining('{p0:String}') as string,
    });
    const size = { segment_id: 'of-gent', members: 1, is_exact: true, sample: null, destinations: [], warnings: [] };
    expect((await call('GET', '/of-gent/size')).body).toEqual({ ...size, ladder: [{ step: 'matched', members: 1 }] });
    expect((await call('GET', '/of-gent/size?estimate=true')).body).toMatchObject(size);
    expect((await call('GET', '/of-gent/preview?estimate=true')).body).toMatchObject({ is_exact: true, sampled: null });
    const { body } = await call('GET', '/of-gent/preview?sample=1');
    expect(body).toMatchObject({
      title: 'of-gent',
      entity: 'person',
      as_of: '2026-03-30T12:00:00.000Z',
      timezone: 'UTC',
      members: 1,
      conditions: [{ path: 'where', sentence: 'city is Gent', people: 1, is_of_now: true }],
      sample: [{ email: 'j•••@e•••' }],
    });
  });

  test.each([
    ['GET', '', '', 401],
    ['GET', '', 'collect', 403],
    ['POST', '/of-gent/publish', 'read', 403],
    ['POST', '/of-gent/publish', 'collect', 403],
  ] as const)('%s %s with the key "%s" is refused with %i', async (method, path, key, status) => {
    expect((await call(method, path, key)).status).toBe(status);
  });

  test('a segment that does not exist is 404, with the nearest name', async () => {
    expect(await call('GET', '/of-gnt/size')).toMatchObject({
      status: 404,
      body: { error: { code: 'segments.missing', message: expect.stringContaining('of-gent') as string } },
    });
  });

  test('a parameter that does not fit is 422', async () => {
    expect((await call('GET', '/of-gent/preview?sample=many')).status).toBe(422);
  });
});

test('a condition in SQL is read for an admin key alone, and only where the workspace allows it', async () => {
  const draft = { title: 'Draft', entity: 'person', where: { all: [{ sql: "city = 'Gent'" }] } };
  for (const path of ['/check', '/preview'])
    expect(await call('POST', path, 'read', draft), path).toMatchObject({ status: 403, body: { error: { code: 'http.key_scope' } } });
  expect((await call('POST', '/check', 'admin', draft)).body).toMatchObject({ is_valid: false });
  const app = room;
  room = { ...room, allowsSql: true };
  expect((await call('POST', '/preview', 'admin', draft)).body).toMatchObject({ members: 1 });
  room = app;
});
