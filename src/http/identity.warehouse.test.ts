import { requestId } from 'hono/request-id';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operationsOf } from '../../test/api-document.ts';
import { openToldStory, type ToldStory } from '../../test/laboratory/told-story.ts';
import { worldCatalogue } from '../../test/segments/world.ts';
import { CdpError } from '../errors.ts';
import { decide } from '../identity/decisions.ts';
import { findNamed } from '../identity/profile.ts';
import type { ApiKeyScope } from '../store/api-keys.ts';
import { openApiInfo } from './documentation.ts';
import { onError } from './error-reply.ts';
import { explainRoutes } from './identity.ts';
import { createRoutes } from './routes.ts';

let story: ToldStory;

beforeAll(async () => {
  story = await openToldStory();
  await story.tell({ user: 'ada', device: 'laptop', email: 'ada@home.org' }, { user: 'bob', device: 'desktop' });
  await story.build();
});
afterAll(() => story?.close());

const ADA = { type: 'email', value: 'ada@home.org' };
const BOB = { type: 'user_id', value: 'bob' };
const DESKTOP = { type: 'anonymous_id', value: 'desktop' };
const QUERIES = {
  explain: { who: 'user_id:ada' },
  path: { a: 'user_id:ada', b: 'user_id:bob' },
  history: { who: 'user_id:ada' },
  report: {},
};
const DECIDED = { reason: 'they told us', by: 'support' };

/** A key's plain text is its scope. */
const apiKeys = {
  verify: async (plain: string) =>
    ['collect', 'read', 'admin'].includes(plain) ? { id: plain, scopes: [plain as ApiKeyScope], source: null } : null,
};

function routes() {
  const app = createRoutes();
  app.onError(onError);
  app.use(requestId());
  app.route('/api/identity', explainRoutes({ apiKeys, identity: async () => story.deps }));
  return app;
}

async function get(path: string, query: Readonly<Record<string, string>>, key = 'read') {
  const app = routes();
  const described = operationsOf(app.getOpenAPI31Document(openApiInfo) as unknown as Parameters<typeof operationsOf>[0]);
  const response = await app.request(`/api/identity/${path}?${new URLSearchParams(query)}`, {
    headers: key === '' ? {} : { authorization: `Bearer ${key}` },
  });
  // Each reply is one that the description names, to the last property.
  expect(await described.find(({ name }) => name === `GET /api/identity/${path}`)?.misfitOf(response.clone())).toBeUndefined();
  return {
    status: response.status,
    cache: response.headers.get('cache-control'),
    body: (await response.json()) as Record<string, unknown>,
  };
}

describe('/api/identity', () => {
  test('explains a profile, and lets no cache keep the answer', async () => {
    const { status, cache, body } = await get('explain', { who: 'email: Ada@home.org' });
    expect({ status, cache }).toEqual({ status: 200, cache: 'no-store' });
    expect(body).toMatchObject({ entity: 'person', nobody_because: null, identifiers: [{ identifier_value: 'a•••' }, {}, {}] });
    expect(await get('explain', { who: String(body.profile_id) })).toMatchObject({ status: 200, body });
    const plain = await get('explain', { who: 'email: Ada@home.org', unmask: 'true' }, 'admin');
    expect(plain.body).toMatchObject({ profile_id: body.profile_id, identifiers: [{ identifier_value: 'ada' }, {}, {}] });
  });

  test('gives the chain between two identifiers, or why there is none', async () => {
    expect(await get('path', { a: 'anonymous_id:laptop', b: 'email:ada@home.org', unmask: 'true' }, 'admin')).toMatchObject({
      status: 200,
      body: { is_one: true, chain: [{ from: 'anonymous_id:laptop', to: 'user_id:ada', why_not: null }, { to: 'email:ada@home.org' }] },
    });
    expect(await get('path', { a: 'user_id:bob', b: 'user_id:ada' })).toMatchObject({
      body: { is_one: false, chain: null, reasons: [expect.stringContaining('Nothing connects them')] },
    });
  });

  test('tells the history, and reports on the graph', async () => {
    expect(await get('history', { who: 'user_id:ada' })).toMatchObject({ status: 200, body: { entries: [{ kind: 'create' }] } });
    expect(await get('report', {})).toMatchObject({ status: 200, body: { quarantined: 0, unexplained_changes: null } });
  });

  test.each([
    ['explain', { who: '3e36489b-cb4f-4f7f-84d6-a715cf3a38e6' }, 404, 'identity.unknown_subject'],
    ['explain', { who: 'emial:ada@home.org' }, 422, 'identity.unknown_type'],
    ['explain', { who: 'ada@home.org' }, 422, 'identity.not_an_identifier'],
    ['explain', {}, 422, 'http.invalid'],
    ['path', { a: 'email:ada@home.org' }, 422, 'http.invalid'],
    ['history', { who: 'user_id:nobody-ada@home.org' }, 404, 'identity.unknown_subject'],
    ['report', { since: 'ada@home.org' }, 422, 'identity.not_a_time'],
    ['report', { since: '1e3' }, 422, 'identity.not_a_time'],
    ['explain', { who: `email:ada@home${'x'.repeat(1_000)}.org` }, 422, 'identity.not_an_identifier'],
  ] as const)('%s of %j is %i, and repeats no value', async (path, query, status, code) => {
    const reply = await get(path, query);
    expect(reply).toMatchObject({ status, body: { error: { code } } });
    expect(JSON.stringify(reply.body)).not.toContain('ada@home');
  });

  test.each(['explain', 'path', 'history', 'report'] as const)('%s needs a key that may read', async (path) => {
    const query = QUERIES[path];
    expect(await get(path, query, '')).toMatchObject({ status: 401 });
    expect(await get(path, query, 'collect')).toMatchObject({ status: 403 });
  });

  test('masks identifiers, within sentences too, for whoever does not ask for them or may not', async () => {
    const deps = { ...story.deps, warehouse: story.warehouse, now: () => new Date() };
    await decide(deps, { ruling: { kind: 'never_link', identifiers: [ADA, BOB] }, ...DECIDED });
    await decide(deps, { ruling: { kind: 'never_use', identifiers: [DESKTOP] }, ...DECIDED });
    await story.build();
    const pair = { a: 'email:ada@home.org', b: 'user_id:bob' };
    const [path, blocked] = [await get('path', pair), await get('path', { a: 'anonymous_id:desktop', b: 'user_id:bob' })];
    expect(path.body).toMatchObject({ a: 'email:a•••@h•••', reasons: [expect.stringContaining('user_id:b••• and email:a•••@h•••')] });
    expect(blocked.body).toMatchObject({ chain: [{ to: 'user_id:b•••', why_not: expect.stringContaining('anonymous_id:d•••') }] });
    const masked = [path, blocked];
    for (const who of ['user_id:ada', 'user_id:bob', 'anonymous_id:desktop']) masked.push(await get('explain', { who }));
    for (const who of ['user_id:ada', 'user_id:bob']) masked.push(await get('history', { who }));
    expect(masked.map(({ status }) => status)).toEqual(masked.map(() => 200));
    expect(JSON.stringify(masked)).not.toMatch(/:(ada|bob|laptop|desktop)|home\.org/);
    for (const asked of ['explain', 'path', 'history', 'report'] as const)
      expect((await get(asked, { ...QUERIES[asked], unmask: 'true' })).status).toBe(403);
  });

  test('describes itself', () => {
    const { paths, components } = routes().getOpenAPI31Document(openApiInfo);
    expect(Object.keys(paths ?? {})).toEqual(['explain', 'path', 'history', 'report'].map((path) => `/api/identity/${path}`));
    expect(Object.keys(components?.schemas ?? {})).toEqual(
      expect.arrayContaining(['IdentityExplanation', 'IdentityPath', 'IdentityReport']),
    );
  });
});

test('a profile is found by any identifier and by its id, and by no other', async () => {
  const deps = { ...story.deps, catalogue: async () => worldCatalogue(story.warehouse.prefix) };
  const { id } = await findNamed(deps, 'person', 'email: Ada@home.org');
  for (const asked of ['user_id:ada', 'anonymous_id:laptop', id]) expect(await findNamed(deps, 'person', asked)).toMatchObject({ id });
  for (const asked of ['email:nobody@home.org', '3e36489b-cb4f-4f7f-84d6-a715cf3a38e6', 'someone'])
    await expect(findNamed(deps, 'person', asked)).rejects.toThrow(CdpError);
});

test('one of an entity that the graph does not resolve is found by its key, whatever it looks like', async () => {
  const world = worldCatalogue(story.warehouse.prefix);
  const person = world.entities.get('person');
  if (!person) throw new Error('the world has no people');
  const numbered = { ...person, keyType: 'Nullable(Int64)' };
  const store = { ...person, name: 'store' };
  const catalogue = async () => ({
    ...world,
    entities: new Map([
      ['person', numbered],
      ['store', store],
    ]),
  });
  for (const asked of ['9007199254740993', 'email:ada@home.org', 'ada'])
    for (const entity of ['person', 'store']) expect((await findNamed({ ...story.deps, catalogue }, entity, asked)).id).toBe(asked);
});
