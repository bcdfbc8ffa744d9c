import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { type ApiCalls, openApiCalls } from '../../test/api-calls.ts';
import { ADA, type ApiWorld, openApiWorld } from '../../test/api-world.ts';
import { askSql, runSql } from '../../test/warehouse.ts';
import { publishSegment } from '../segments/publish.ts';
import { startServer } from './server.ts';

let world: ApiWorld;
let call: ApiCalls['call'];

beforeAll(async () => {
  world = await openApiWorld();
  ({ call } = await openApiCalls(world));
});
afterAll(() => world?.close());

describe('a segment over HTTP', () => {
  const document = { title: 'Of Ghent', entity: 'person', where: { trait: 'city', is: 'Gent' } };

  test('is checked, previewed, applied, published as a job, and removed where nothing reads it', async () => {
    const wrong = { ...document, where: { trait: 'citty', is: 'Gent' } };
    expect((await call('POST /api/segments/check', {}, { key: 'read', body: wrong })).body).toMatchObject({
      is_valid: false,
      problems: [{ path: 'where.trait', suggestions: ['city'] }],
    });
    expect((await call('POST /api/segments/preview', {}, { key: 'read', body: document })).body).toMatchObject({ members: 2, people: 2 });
    expect((await call('PUT /api/segments/{id}', { id: 'of-ghent' }, { key: 'read', body: document })).status).toBe(403);
    expect(await call('PUT /api/segments/{id}', { id: 'of-ghent' }, { body: wrong })).toMatchObject({ status: 422 });
    expect((await call('PUT /api/segments/{id}', { id: 'of-ghent' }, { body: document })).body).toMatchObject({
      revision: 1,
      applied_by: 'API key admin',
    });
    expect((await call('PUT /api/segments/{id}', { id: 'of-ghent', expected_revision: '7' }, { body: document })).status).toBe(409);
    const published = await call('POST /api/segments/{id}/publish', { id: 'of-ghent', allow_shrink: 'true' });
    expect(published).toMatchObject({ status: 202, body: { is_new: true } });
    const job = await world.queue.find(String(published.body.job_id));
    expect(job?.job).toEqual({ name: 'segment.publish', id: 'of-ghent', allow_shrink: true });
    await publishSegment(world.segments, 'of-ghent');
    expect((await call('GET /api/segments/{id}/versions', { id: 'of-ghent' })).body).toMatchObject({ versions: [{ size: 2, entered: 2 }] });
    expect((await call('GET /api/segments/{id}/preview', { id: 'of-ghent' })).body).toMatchObject({ members: 2, entering: 0 });
    const listed = await call('GET /api/segments/{id}/members', { id: 'of-ghent', limit: '1' }, { key: 'read' });
    expect(listed.body).toMatchObject({ members: [{ member_id: ADA.profile_id }], next: expect.any(String) });
    expect((await call('GET /api/segments/{id}/changes', { id: 'of-ghent', event: 'entered' }, { key: 'read' })).body).toMatchObject({
      changes: [
        { member_id: ADA.profile_id, reason: 'data', version: '1' },
        { event: 'entered', version: '1' },
      ],
      next: null,
    });
    expect((await call('GET /api/segments/{id}/changes', { id: 'of-ghent', event: 'left' })).body).toMatchObject({ changes: [] });
    expect((await call('GET /api/segments/{id}/sizes', { id: 'of-ghent' })).body).toMatchObject({
      timezone: 'UTC',
      sizes: [{ members: 2, entered: 2, left: 0, publications: 1 }],
    });
    const who = ADA.profile_id;
    const spoken = await call('GET /api/segments/{id}/describe', { id: 'of-ghent', language: 'nl' }, { key: 'read' });
    expect(spoken.body).toMatchObject({ language: 'nl', condition: 'city is Gent', text: expect.stringMatching(/^Segment of-ghent/) });
    const said = { text: String(spoken.body.text) };
    const readBack = await call('POST /api/segments/read-sentence', { language: 'nl' }, { key: 'read', body: said });
    expect(readBack.body).toMatchObject({ is_valid: true, definition: { id: 'of-ghent', ...document } });
    expect((await call('POST /api/segments/describe', {}, { key: 'read', body: document })).body).toMatchObject({ language: 'en' });
    const slip = { text: 'citty is Gent' };
    expect((await call('POST /api/segments/read-sentence', {}, { key: 'read', body: slip })).body).toMatchObject({
      is_valid: false,
      definition: { where: { trait: 'citty' } },
      problems: [{ path: 'where.trait', suggestions: ['city'] }],
    });
    const nothing = { ...document, where: { trait: 'city', missing: true } };
    expect((await call('POST /api/segments/preview', { language: 'nl' }, { key: 'read', body: nothing })).body).toMatchObject({
      conditions: [{ sentence: 'city heeft geen waarde' }],
    });
    const why = await call('GET /api/segments/{id}/explain', { id: 'of-ghent', who }, { key: 'read' });
    expect(why.body).toMatchObject({ holds: true, conditions: [{ path: 'where', values: [{ value: 'Gent' }] }] });
    const then = { id: 'of-ghent', who, as_of: 'yesterday' };
    expect((await call('GET /api/segments/{id}/explain', then, { key: 'read' })).status).toBe(400);
    expect((await call('GET /api/segments/{id}/explain', { id: 'of-ghent', who, unmask: 'true' }, { key: 'read' })).status).toBe(403);
    const edit = { ...document, id: 'of-ghent', where: { trait: 'city', is: 'Bonn' } };
    expect((await call('POST /api/segments/explain', { who }, { key: 'read', body: edit })).body).toMatchObject({ holds: false });
    expect((await call('POST /api/segments/compare', {}, { key: 'read', body: edit })).body).toMatchObject({ entering: 0, leaving: 2 });
    expect((await call('GET /api/segments/{id}/compare', { id: 'of-ghent' }, { key: 'read' })).body).toMatchObject({
      leaving: 0,
      syncs: [],
    });
    expect((await call('GET /api/segments/{id}/size', { id: 'of-ghent', estimate: 'true' }, { key: 'read' })).body).toMatchObject({
      members: 2,
      is_exact: true,
      ladder: [{ step: 'matched', members: 2 }],
      destinations: [],
    });
    const outcome = { outcome: { event: 'Order Completed' }, days: 7, weeks: 2 };
    const tested = await call('POST /api/segments/{id}/backtest', { id: 'of-ghent' }, { key: 'read', body: outcome });
    expect(tested.body).toMatchObject({ outcome: { days: 7 }, sizes: [{ outcome: {} }, { outcome: {} }, { outcome: null }] });
    const ofNow = { ...outcome, outcome: { trait: 'city', is: 'Gent' } };
    expect((await call('POST /api/segments/{id}/backtest', { id: 'of-ghent' }, { key: 'read', body: ofNow })).status).toBe(422);
    await publishSegment(world.segments, 'known');
    const both = { segments: ['known', 'of-ghent'] };
    expect((await call('POST /api/segments/overlap', {}, { key: 'read', body: both })).body).toMatchObject({
      segments: [{ segment_id: 'known' }, { segment_id: 'of-ghent', members: 2 }],
    });
    expect((await call('POST /api/segments/waterfall', {}, { key: 'read', body: both })).body).toMatchObject({
      segments: [{ dropped: 0 }, { segment_id: 'of-ghent' }],
    });
    const reader = { ...document, where: { segment: 'of-ghent' } };
    await call('PUT /api/segments/{id}', { id: 'reader' }, { body: reader });
    expect(await call('DELETE /api/segments/{id}', { id: 'of-ghent' })).toMatchObject({
      status: 409,
      body: { error: { code: 'activations.in_use' } },
    });
    expect((await call('DELETE /api/segments/{id}', { id: 'reader' })).status).toBe(200);
    expect((await call('DELETE /api/segments/{id}', { id: 'of-ghent' })).status).toBe(200);
    expect((await call('GET /api/segments/{id}', { id: 'of-ghent' })).status).toBe(404);
  });

  test('has versions with sentences, dependants, an archive, drafts and a cost', async () => {
    const id = 'quiet';
    const draft = { body: { ...document, title: 'Quiet' } };
    expect((await call('PUT /api/segment-drafts/{id}', { id }, { ...draft, key: 'read' })).status).toBe(403);
    expect((await call('PUT /api/segment-drafts/{id}', { id }, draft)).body).toMatchObject({ segment_id: id, is_new: true });
    expect((await call('GET /api/segment-drafts')).body).toMatchObject({ drafts: [{ segment_id: id, saved_by: 'API key admin' }] });
    expect((await call('GET /api/segment-drafts/{id}', { id })).body).toMatchObject({ document: { title: 'Quiet' } });
    expect((await call('POST /api/segment-drafts/{id}/apply', { id, reason: 'asked for' })).body).toMatchObject({ revision: 1 });
    expect((await call('DELETE /api/segment-drafts/{id}', { id })).status).toBe(404);

    await call(
      'PUT /api/segments/{id}',
      { id, reason: 'another city' },
      { body: { ...document, title: 'Quiet', where: { trait: 'city', is: 'X' } } },
    );
    expect((await call('GET /api/segments/{id}/revisions', { id }, { key: 'read' })).body).toMatchObject({
      revisions: [
        { revision: 2, reason: 'another city', changes: [{ is: 'changed', sentence: 'Changed: “city is Gent” is now “city is X”.' }] },
        { revision: 1, reason: 'asked for', changes: [{ is: 'created' }] },
      ],
    });
    expect((await call('POST /api/segments/{id}/restore', { id }, { key: 'read' })).status).toBe(403);
    expect((await call('POST /api/segments/{id}/restore', { id }, { body: { revision: 1 } })).body).toMatchObject({ revision: 3 });
    expect((await call('POST /api/segments/{id}/restore', { id }, { body: { revision: 8 } })).body).toMatchObject({
      error: { code: 'segments.no_revision' },
    });
    expect((await call('GET /api/segments/{id}/dependants', { id })).body).toEqual({ segments: [], syncs: [], others: [], models: [] });

    await publishSegment(world.segments, id);
    const costs = await call('GET /api/segment-costs', { segment: id, days: '1' });
    expect(costs.body).toMatchObject({ days: 1, segments: [{ segment_id: id, publications: 1, failed: 0 }] });

    expect((await call('DELETE /api/segments/{id}', { id, reason: 'over' })).status).toBe(200);
    expect((await call('GET /api/archived-segments')).body.segments).toContainEqual(
      expect.objectContaining({ segment_id: id, archived_by: 'API key admin' }),
    );
    expect((await call('POST /api/segments/{id}/restore', { id })).body).toMatchObject({ revision: 5 });
    await call('DELETE /api/segments/{id}', { id });
  });

  test('with a text that no store takes is refused, however JSON is called, and so is one that is nested without end', async () => {
    const sent = { ...document, title: 'a\u0000b' };
    for (const type of ['application/vnd.api+json', 'Application/JSON; charset=utf-8'])
      expect((await call('PUT /api/segments/{id}', { id: 'odd' }, { body: sent, headers: { 'content-type': type } })).status).toBe(422);
    const deep = JSON.parse(`${'['.repeat(2_000)}${']'.repeat(2_000)}`) as object;
    expect(await call('POST /api/segments/check', {}, { body: { ...document, deep } })).toMatchObject({
      status: 422,
      body: { error: { message: expect.stringContaining('levels deep') } },
    });
    const untyped = await call('POST /api/segments/check', {}, { body: document, headers: { 'content-type': 'text/plain' } });
    expect(untyped).toMatchObject({ status: 422, body: { error: { message: expect.stringContaining('application/json') } } });
    for (const title of ['a\u0000b', 'a\ud800'])
      expect((await call('PUT /api/segments/{id}', { id: 'odd' }, { body: { ...document, title } })).status).toBe(422);
  });
});

test('the catalogue and values to pick from are answered to a builder, personal ones to those with the right', async () => {
  const read = { key: 'read' } as const;
  expect((await call('GET /api/catalogue', { entity: 'person' }, read)).body).toMatchObject({
    entities: [{ name: 'person', entities: 2, segments: expect.arrayContaining([expect.objectContaining({ segment_id: 'known' })]) }],
  });
  const city = { entity: 'person', trait: 'city' };
  expect((await call('GET /api/catalogue/{entity}/traits/{trait}/values', { ...city, search: 'GE' }, read)).body).toMatchObject({
    values: [{ value: 'Gent', kind: 'text', count: 2 }],
    is_sample: false,
  });
  const email = { entity: 'person', trait: 'email' };
  const refused = await call('GET /api/catalogue/{entity}/traits/{trait}/values', email, read);
  expect(refused).toMatchObject({ status: 403, body: { error: { code: 'catalogue.personal_values' } } });
  expect((await call('GET /api/catalogue/{entity}/traits/{trait}/values', { ...email, unmask: 'true' }, read)).status).toBe(403);
  expect((await call('GET /api/catalogue/{entity}/traits/{trait}/values', { ...email, unmask: 'true' })).body).toMatchObject({
    values: [{ value: 'ada@home.org', count: 1 }],
    missing: 1,
  });
  const place = { entity: 'person', event: 'Order Completed', property: 'place', unmask: 'true' };
  expect((await call('GET /api/catalogue/{entity}/events/{event}/properties/{property}/values', place)).body).toMatchObject({
    values: [{ value: '1', kind: 'number', count: 1 }],
  });
  expect((await call('GET /api/catalogue/{entity}/traits/{trait}/values', { entity: 'persn', trait: 'x' })).status).toBe(404);
  const schema = await call('GET /api/segment-schema', { names: 'true' }, read);
  expect(JSON.stringify(schema.body).includes('"Order Completed"')).toBe(true);
});

describe('a question that takes long', () => {
  const PATIENCE = { timeout: 15_000 };
  const slowly = { title: 'Slowly', entity: 'person', where: { trait: 'city', is: 'Gent' } };

  beforeAll(async () => {
    await runSql(world.warehouse.owner, 'rename table sluice.profiles to sluice.profiles_kept');
    await runSql(
      world.warehouse.owner,
      'create view sluice.profiles as select * from sluice.profiles_kept where 1 not in (select number + 2 from numbers(400) where sleepEachRow(0.05) = 0 settings max_block_size = 1)',
    );
  });
  afterAll(async () => {
    await runSql(world.warehouse.owner, 'drop view sluice.profiles');
    await runSql(world.warehouse.owner, 'rename table sluice.profiles_kept to sluice.profiles');
  });

  const running = async () =>
    (
      await askSql(
        world.warehouse.owner,
        `select query_id from system.processes where query like '%city%' and query not like '%system.processes%' and current_database = '${world.warehouse.prefix}'`,
        z.object({ query_id: z.string() }),
      )
    ).map(({ query_id }) => query_id);
  const ask = (path: string, text: string) => world.call('POST', path, { key: 'read', body: slowly, headers: { 'sluice-replaces': text } });
  const wrong = { ...slowly, where: { trait: 'citty', is: 'x' } };
  const refused = (text: string, key: 'read' | 'admin' = 'read') =>
    world.call('POST', '/api/segments/size', { key, body: wrong, headers: { 'sluice-replaces': text } });

  test('is ended in the warehouse by a newer one with the same Sluice-Replaces, and by none with another', async () => {
    const first = ask('/api/segments/size', 'editor 1');
    const other = ask('/api/segments/size', 'editor 2');
    await expect.poll(async () => (await running()).length, PATIENCE).toBe(2);
    const before = await running();
    // Another key of the API has texts of its own.
    expect((await refused('editor 1', 'admin')).status).toBe(422);
    expect(await running()).toEqual(before);
    // Refused before it asks anything, and the newest all the same.
    expect((await refused('editor 1')).status).toBe(422);
    expect(await first).toMatchObject({ status: 409, body: { error: { code: 'http.replaced' } } });
    await expect.poll(async () => (await running()).length, PATIENCE).toBe(1);
    const preview = ask('/api/segments/preview', 'editor 2');
    expect(await other).toMatchObject({ status: 409 });
    await expect.poll(async () => (await running()).some((id) => id.includes('segments.preview')), PATIENCE).toBe(true);
    await refused('editor 2');
    expect(await preview).toMatchObject({ status: 409 });
    await expect.poll(running, PATIENCE).toEqual([]);
  });

  test('is ended by a newer one that another process of the service takes', async () => {
    const old = ask('/api/segments/size', 'shared');
    await expect.poll(async () => (await running()).length, PATIENCE).toBe(1);
    vi.resetModules();
    const [{ createHttpApp }, { createLogger }] = await Promise.all([import('./app.ts'), import('../log.ts')]);
    const logger = createLogger({ SLUICE_LOG_LEVEL: 'silent' });
    const elsewhere = createHttpApp({ ...world.parts, logger } as never);
    const reply = await elsewhere.request('/api/segments/size', {
      method: 'POST',
      headers: { authorization: `Bearer ${world.keys.read}`, 'content-type': 'application/json', 'sluice-replaces': 'shared' },
      body: JSON.stringify(wrong),
    });
    // What it is told apart by, the classes of errors, is of another process.
    expect(reply.status).toBeGreaterThanOrEqual(422);
    expect(await old).toMatchObject({ status: 409, body: { error: { code: 'http.replaced' } } });
    expect(await running()).toEqual([]);
  });

  test('is ended in the warehouse when its client leaves', async () => {
    const server = await startServer(world.app, { host: '127.0.0.1', port: 0 });
    const leave = new AbortController();
    const asked = fetch(`${server.url}/api/segments/size`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.keys.read}`, 'content-type': 'application/json' },
      body: JSON.stringify(slowly),
      signal: leave.signal,
    });
    await expect.poll(async () => (await running()).length, PATIENCE).toBe(1);
    leave.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(running, PATIENCE).toEqual([]);
    await server.stop();
  });
});
