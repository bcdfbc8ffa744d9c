import fc from 'fast-check';
import { hc } from 'hono/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiCalls, openApiCalls } from '../../test/api-calls.ts';
import type { Operation, Schema } from '../../test/api-document.ts';
import { requestsOf } from '../../test/api-fuzz.ts';
import { ADA, type ApiWorld, openApiWorld } from '../../test/api-world.ts';
import { publishSegment } from '../segments/publish.ts';
import { runSync } from '../syncs/run-sync.ts';
import type { AppType } from './api.ts';

let world: ApiWorld;
let operations: readonly Operation[];
let call: ApiCalls['call'];
let pages: ApiCalls['pages'];

beforeAll(async () => {
  world = await openApiWorld();
  ({ operations, call, pages } = await openApiCalls(world));
});
afterAll(() => world?.close());

const UNKNOWN = '3e36489b-cb4f-4f7f-84d6-a715cf3a38e6';

describe('a sync over HTTP', () => {
  test('is planned, and run as one job, however often the same call is made', async () => {
    expect((await call('GET /api/syncs')).body).toMatchObject({ syncs: [{ sync_id: 'people', health: 'never', last_run: null }] });
    expect((await call('GET /api/syncs/{id}/plan', { id: 'people' }, { key: 'read' })).body).toMatchObject({ adds: 2, removes: 0 });

    const headers = { 'idempotency-key': 'one call' };
    const first = await call('POST /api/syncs/{id}/runs', { id: 'people' }, { headers });
    expect(first).toMatchObject({ status: 202, body: { is_new: true } });
    expect(await call('POST /api/syncs/{id}/runs', { id: 'people' }, { headers })).toEqual({
      ...first,
      body: { ...first.body, is_new: false },
    });
    // Another call finds the job waiting.
    expect((await call('POST /api/syncs/{id}/runs', { id: 'people' })).body).toEqual({ ...first.body, is_new: false });
    expect((await call('POST /api/syncs/{id}/runs', { id: 'people' }, { headers, body: { resync: true } })).body).toMatchObject({
      error: { code: 'schedule.key_reused' },
    });

    const id = String(first.body.job_id);
    expect((await call('GET /api/jobs')).body).toMatchObject({ jobs: [{ id, subject: 'sync:people', state: 'waiting' }] });
    expect((await call('POST /api/jobs/{id}/cancel', { id })).body).toMatchObject({ state: 'cancelled' });
    expect(await call('POST /api/jobs/{id}/cancel', { id })).toMatchObject({
      status: 409,
      body: { error: { code: 'schedule.job_over' } },
    });
    // Also when it is over, the same call is the same job.
    expect((await call('POST /api/syncs/{id}/runs', { id: 'people' }, { headers })).body).toEqual({ job_id: id, is_new: false });
    expect((await call('GET /api/jobs/{id}', { id: UNKNOWN })).status).toBe(404);
  });

  test('has runs that are listed, filtered, paged and shown', async () => {
    for (let run = 0; run < 3; run += 1) await runSync(world.syncs, 'people');
    const found = await pages('GET /api/runs', 'runs', { sync_id: 'people', limit: '2' });
    expect(found.map((page) => page.map((run) => (run as { run_number: number }).run_number))).toEqual([[3, 2], [1]]);
    const [newest] = found.flat() as { run_id: string }[];
    expect((await call('GET /api/runs/{id}', { id: newest?.run_id ?? '' })).body).toEqual(newest);
    expect((await call('GET /api/runs', { status: 'failed' })).body).toEqual({ runs: [], next: null });
    expect((await call('GET /api/runs/{id}/exceptions', { id: newest?.run_id ?? '' })).body).toEqual({ exceptions: [], next: null });
    expect(await call('GET /api/runs/{id}', { id: UNKNOWN })).toMatchObject({ status: 404, body: { error: { code: 'syncs.no_run' } } });
    expect((await call('GET /api/syncs/{id}', { id: 'people' })).body).toMatchObject({ health: 'healthy', definition: { mode: 'upsert' } });
    expect((await call('GET /api/schedules')).body).toMatchObject({ schedules: [{ subject: 'build' }, { subject: 'sync:people' }] });
  });
});

describe('a profile over HTTP', () => {
  const who = ADA.profile_id;

  test('shows columns of all its tables, personal ones masked for a key that may only read', async () => {
    const { body } = await call('GET /api/profiles/{who}', { who }, { key: 'read' });
    expect(body.columns).toContainEqual(expect.objectContaining({ name: 'email', value: 'a•••@h•••', is_personal: true }));
    expect(body.columns).toContainEqual(expect.objectContaining({ name: 'order_count', value: 2, table: 'profile_traits' }));
    expect(body.consent).toEqual([{ name: 'consent_email', value: true }]);
    expect(JSON.stringify(body)).not.toContain('home.org');
    expect((await call('GET /api/profiles/{who}', { who, unmask: 'true' }, { key: 'read' })).status).toBe(403);
    const { body: plain } = await call('GET /api/profiles/{who}', { who, unmask: 'true' });
    expect(plain.columns).toContainEqual(expect.objectContaining({ name: 'email', value: 'ada@home.org' }));
    expect((await call('GET /api/profiles/{who}', { who: UNKNOWN })).status).toBe(404);
    expect((await call('GET /api/accounts/{who}', { who })).status).toBe(404);
  });

  test('tells its timeline page by page, each event once, also where several are of one moment', async () => {
    const found = await pages('GET /api/profiles/{who}/timeline', 'events', { who, limit: '2', unmask: 'true' });
    expect(found.map((page) => page.length)).toEqual([2, 2]);
    const places = found.flat().map((event) => (event as { properties: { place: string | number } }).properties.place);
    expect(places.map(Number).sort()).toEqual([0, 1, 2, 3]);
    const { body } = await call('GET /api/profiles/{who}/timeline', { who }, { key: 'read' });
    expect(JSON.stringify(body)).not.toMatch(/home\.org|4111/);
  });

  test('tells the segments that it is in, and what was sent of it where', async () => {
    await publishSegment(world.segments, 'known');
    expect((await call('GET /api/profiles/{who}/segments', { who })).body).toMatchObject({
      segments: [{ segment_id: 'known', title: 'Known' }],
      history: [{ segment_id: 'known', event: 'entered' }],
    });
    const { body } = await call('GET /api/profiles/{who}/sent', { who, unmask: 'true' });
    expect(body).toMatchObject({
      sent: [{ sync_id: 'people', operation: 'upsert', outcome: 'accepted', effect: 'there', fields: { email: 'ada@home.org' } }],
    });
    const masked = await call('GET /api/profiles/{who}/sent', { who }, { key: 'read' });
    expect(masked.body).toMatchObject({ sent: [{ fields: { email: 'a•••@h•••' } }] });
  });
});

describe('activations over HTTP', () => {
  const of = async (kind: 'destination' | 'segment' | 'sync') =>
    (await world.store.resources.list(kind)).map(({ document }) => ({ kind, document: { ...document } }));

  test('are planned and applied, of the folder or as they were posted', async () => {
    expect((await call('POST /api/activations/plan')).body).toMatchObject({ changes: [], unchanged: 3 });
    const documents = [...(await of('destination')), ...(await of('segment')), ...(await of('sync'))];
    const added = { kind: 'segment', document: { id: 'new', title: 'New', entity: 'person', where: { trait: 'city', exists: true } } };
    const plan = await call('POST /api/activations/plan', {}, { body: { documents: [...documents, added] } });
    expect(plan.body).toMatchObject({ changes: [{ action: 'create', kind: 'segment', id: 'new', file: 'segments/new' }] });
    expect((await call('POST /api/activations/plan', {}, { key: 'read' })).status).toBe(403);
    const applied = { documents: [...documents, added], world: plan.body.world };
    expect((await call('POST /api/activations/apply', {}, { body: applied })).status).toBe(200);
    expect(await world.store.resources.get('segment', 'new')).toMatchObject({ appliedBy: 'API key admin' });
    // What runs is another now than when the plan was made.
    expect(await call('POST /api/activations/apply', {}, { body: applied })).toMatchObject({
      status: 409,
      body: { error: { code: 'activations.plan_outdated' } },
    });
    const wrong = { kind: 'segment', document: { title: 'No id' } };
    expect(await call('POST /api/activations/apply', {}, { body: { documents: [wrong] } })).toMatchObject({ status: 422 });
    expect((await call('POST /api/activations/apply', {}, { body: { documents } })).body).toMatchObject({
      changes: [{ action: 'remove' }],
    });
    // An empty list, or one of segments alone, is more often a mistake than a wish.
    const planned = await call('POST /api/activations/plan', {}, { body: { documents: [] } });
    expect(planned.body).toMatchObject({ emptied: ['destination', 'segment', 'sync'] });
    for (const wanted of [{ documents: [] }, { documents: await of('segment') }, { documents: [], allow_removals: 2 }])
      expect(await call('POST /api/activations/apply', {}, { body: wanted })).toMatchObject({
        status: 409,
        body: { error: { code: 'activations.removals_not_allowed', message: expect.stringContaining('sync people') } },
      });
    expect((await call('POST /api/activations/apply', {}, { body: { documents: [], allow_removals: 3 } })).body.changes).toHaveLength(3);
    const back = await call('POST /api/activations/apply');
    expect(back.body.changes).toHaveLength(3);
    // A plan that was looked at says it as well.
    const { world: seen } = planned.body;
    expect(await call('POST /api/activations/apply', {}, { body: { documents: [], world: seen } })).toMatchObject({ status: 409 });
    const { body: fresh } = await call('POST /api/activations/plan', {}, { body: { documents: [] } });
    expect((await call('POST /api/activations/apply', {}, { body: { documents: [], world: fresh.world } })).status).toBe(200);
    expect((await call('POST /api/activations/apply')).status).toBe(200);
  });
});

test('an API key is shown once, also when the call that makes it is repeated', async () => {
  const headers = { 'idempotency-key': 'my key' };
  const body = { name: 'page', scopes: ['collect'], source: 'web' };
  const made = await call('POST /api/keys', {}, { headers, body });
  expect(made).toMatchObject({ status: 201, body: { key: expect.stringMatching(/^slk_/), source: 'web' } });
  expect(await call('POST /api/keys', {}, { headers, body })).toMatchObject({ status: 409, body: { error: { code: 'store.key_made' } } });
  expect((await call('POST /api/keys', {}, { body: { name: 'page', scopes: ['collect'] } })).status).toBe(400);
  expect((await call('GET /api/keys', {}, { key: 'read' })).status).toBe(403);
  const { body: listed } = await call('GET /api/keys');
  expect(JSON.stringify(listed)).not.toContain(String(made.body.key));
  const id = String(made.body.id);
  expect((await call('DELETE /api/keys/{id}', { id })).body).toEqual({ id, revoked: true });
  expect(await world.store.apiKeys.verify(String(made.body.key))).toBeNull();
});

test('collected events and rejected messages are paged, and masked for a key that may only read', async () => {
  const found = await pages('GET /api/events', 'events', { source: 'web', limit: '2' });
  expect(found.map((page) => page.map((event) => (event as { message_id: string }).message_id))).toEqual([['m1', 'm2'], ['m3']]);
  const masked = await call('GET /api/events', { user_id: 'ada' }, { key: 'read' });
  expect(masked.body).toMatchObject({
    events: [{ message_id: 'm1', user_id: 'a•••', anonymous_id: '', message: { context: { ip: '1•••' } } }, {}, {}],
  });
  expect((await call('GET /api/events/rejected', {}, { key: 'read' })).body).toMatchObject({
    rejected: [{ reason: 'missing_user', message: null }],
  });
  expect((await call('GET /api/events/rejected', { unmask: 'true' })).body).toMatchObject({
    rejected: [{ message: expect.stringContaining('eve') }],
  });
  expect((await call('GET /api/events', { cursor: 'mine' })).status).toBe(422);
  // A filter that is misspelt would let everything through.
  expect((await call('GET /api/events', { usr_id: 'ada' })).status).toBe(422);
  expect(await call('GET /api/identity/explain', { who: 'email:ada@home.org' })).toMatchObject({
    status: 404,
    body: { error: { code: 'identity.no_graph' } },
  });
});

test('catalogue, builds, loads, sources, destinations and connectors are answered as described', async () => {
  expect((await call('GET /api/catalogue', { entity: 'person' })).body).toMatchObject({
    entities: [{ name: 'person', key: 'profile_id' }],
  });
  expect((await call('GET /api/catalogue', { entity: 'persn' })).status).toBe(404);
  const run = { run_id: UNKNOWN, started_at: '2026-03-01T09:00:00.000Z' };
  await world.warehouse.owner.insert(
    'sluice_audit.dbt_runs',
    [{ ...run, invocation_id: 'i', finished_at: '2026-03-01T09:01:00.000Z', status: 'success', models_built: 1 }],
    { columns: ['run_id', 'started_at', 'invocation_id', 'finished_at', 'status', 'models_built'] },
  );
  await world.warehouse.owner.insert(
    'sluice_audit.dbt_run_models',
    [
      {
        ...run,
        unique_id: 'model.shop.orders',
        database_name: 'sluice',
        table_name: 'orders',
        status: 'success',
        row_count: 3,
        seconds: 0.5,
      },
    ],
    { columns: ['run_id', 'started_at', 'unique_id', 'database_name', 'table_name', 'status', 'row_count', 'seconds'] },
  );
  expect((await call('GET /api/builds', { status: 'success' })).body).toMatchObject({ builds: [{ run_id: UNKNOWN }], next: null });
  expect((await call('GET /api/builds/{id}', { id: UNKNOWN })).body).toMatchObject({ models: [{ table: 'orders', rows: 3 }] });
  expect(await call('POST /api/builds/start')).toMatchObject({ status: 202, body: { is_new: true } });
  // One of some models waits beside it: it would not do what that one does.
  const some = { select: ['orders+'], exclude: ['tag:slow'] };
  const started = await call('POST /api/builds/start', {}, { body: some });
  expect(started).toMatchObject({ status: 202, body: { is_new: true } });
  expect((await call('POST /api/builds/start', {}, { body: some })).body).toEqual({ ...started.body, is_new: false });
  expect((await world.queue.find(String(started.body.job_id)))?.job).toEqual({ name: 'build', ...some });
  for (const wrong of [{ select: ['--vars'] }, { select: [] }, { selct: ['orders'] }])
    expect((await call('POST /api/builds/start', {}, { body: wrong })).status).toBe(422);
  expect((await call('GET /api/loads')).body).toEqual({ loads: [], next: null });
  expect((await call('GET /api/sources')).body).toMatchObject({ sources: [{ source: 'web', rows: 3 }] });
  expect((await call('GET /api/destinations/{id}', { id: 'folder' })).body).toMatchObject({ connector: 'file', syncs: ['people'] });
  expect((await call('GET /api/connectors/{id}', { id: 'webhook' })).body).toMatchObject({ slug: 'webhook', objects: { contact: {} } });
  expect((await call('GET /api/connectors')).status).toBe(200);
  expect((await call('GET /api/destinations')).status).toBe(200);
  expect((await call('GET /api/status')).body).toMatchObject({ syncs: [{ sync_id: 'people' }] });
});

test('the description says of no shape as such that it may be null, and of every call with a key how it is refused', async () => {
  const { components } = (await (await world.app.request('/openapi.json')).json()) as { components: { schemas: Record<string, Schema> } };
  const nullable = Object.entries(components.schemas).filter(([, { type }]) => Array.isArray(type) && type.includes('null'));
  expect(nullable.map(([name]) => name)).toEqual([]);
  for (const operation of operations.filter(({ isSecured }) => isSecured))
    expect(operation.statuses, operation.name).toEqual(expect.arrayContaining(['401', '403', '422', '500', '503']));
  expect(operations.filter(({ path, isSecured }) => path.startsWith('/api/') && !isSecured)).toEqual([]);
});

test('a client that knows the types of the API asks and is answered in them', async () => {
  const client = hc<AppType>('http://sluice', {
    headers: { authorization: `Bearer ${world.keys.admin}` },
    fetch: (input: string | URL | Request, init?: RequestInit) => world.app.request(input instanceof Request ? input : String(input), init),
  });
  const reply = await client.api.syncs[':id'].$get({ param: { id: 'people' } });
  if (reply.status !== 200) throw new Error(`it is answered ${reply.status}`);
  const { health, runs }: { health: string; runs: { run_number: number }[] } = await reply.json();
  expect({ health, runs: runs.length }).toEqual({ health: 'healthy', runs: 3 });
  // @ts-expect-error there is no such call
  expect(client.api.syncs.every).toBeDefined();
});

/** Works for as long as two builds take; src/http/identity-what-if.warehouse.test.ts calls it. */
const TOO_LONG = ['POST /api/identity/what-if'];

describe('any request that can be made of the description', () => {
  test('is answered as described, and never with 5xx', { timeout: 120_000 }, async () => {
    const known = ['known', 'people', 'folder', 'person', 'web', 'email:ada@home.org', ADA.profile_id, 'file', 'segment', 'sync'];
    const { read, admin } = world.keys;
    const fuzz = async (operation: Operation) => {
      const keys = TOO_LONG.includes(operation.name) ? [undefined, read] : [undefined, 'slk_none', read, admin, admin, admin, admin];
      await fc.assert(
        fc.asyncProperty(requestsOf(operation, known, keys), async ({ path, init }) => {
          const reply = await world.app.request(path, init);
          const said = await reply.clone().text();
          expect(reply.status, `${init.method} ${path} ${String(init.body)}: ${said}`).toBeLessThan(500);
          expect(await operation.misfitOf(reply), said).toBeUndefined();
          const { authorization } = init.headers as Record<string, string>;
          if (operation.isSecured && authorization === undefined) expect(reply.status).toBe(401);
        }),
        { numRuns: 12 },
      );
    };
    // Several at once: while one waits for the warehouse, another is asked.
    const waiting = [...operations];
    const failures: unknown[] = [];
    const work = async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
        await fuzz(next).catch((error: unknown) => failures.push(error));
    };
    await Promise.all([work(), work(), work(), work()]);
    expect(failures.map((error) => (error instanceof Error ? `${error.message} ${String(error.cause)}` : error))).toEqual([]);
  });
});
