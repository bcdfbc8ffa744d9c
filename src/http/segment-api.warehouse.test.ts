import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiCalls, openApiCalls } from '../../test/api-calls.ts';
import { ADA, type ApiWorld, openApiWorld } from '../../test/api-world.ts';
import { publishSegment } from '../segments/publish.ts';

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
    expect((await call('GET /api/segments/{id}/compare', { id: 'of-ghent' }, { key: 'read' })).body).toMatchObject({ leaving: 0 });
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
