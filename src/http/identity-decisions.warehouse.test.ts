import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testWarehouse } from '../../test/warehouse.ts';
import type { DecisionDeps } from '../identity/decisions.ts';
import type { ApiKey, ApiKeyScope } from '../store/api-keys.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { onError } from './error-reply.ts';
import { decisionRoutes } from './identity-decisions.ts';
import { createRoutes } from './routes.ts';

let warehouse: Warehouse;
let deps: DecisionDeps;

beforeAll(async () => {
  warehouse = await testWarehouse();
  const types = new Map([['person', ['user_id', 'email', 'phone']]]);
  deps = { warehouse, types: async () => types, now: () => new Date() };
});
afterAll(() => warehouse.close());

/** A key's plain text is its scope. */
const apiKeys = {
  verify: async (plain: string) =>
    ['collect', 'read', 'admin'].includes(plain) ? { id: plain, scopes: [plain as ApiKeyScope], source: null } : null,
  list: async (): Promise<ApiKey[]> => [
    {
      id: 'admin',
      name: 'support-desk',
      prefix: 'slk_',
      scopes: ['admin'],
      source: null,
      maxMessagesPerSecond: null,
      createdAt: new Date(),
      lastUsedAt: null,
      revokedAt: null,
    },
  ],
};

async function call(method: 'GET' | 'POST' | 'DELETE', path: string, key: string, body?: object) {
  const app = createRoutes();
  app.onError(onError);
  app.route('/api/identity/decisions', decisionRoutes({ apiKeys, identity: async () => deps }));
  const response = await app.request(`/api/identity/decisions${path}`, {
    method,
    headers: { ...(key === '' ? {} : { authorization: `Bearer ${key}` }), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const neverLink = { kind: 'never_link', a: 'email:ada@example.com', b: 'user_id:7', reason: 'twins' };

describe('/api/identity/decisions', () => {
  test('takes a decision once, in the name of the key, shows it, and takes it back', async () => {
    const made = await call('POST', '', 'admin', neverLink);
    expect(made).toMatchObject({
      status: 201,
      body: {
        is_new: true,
        warnings: [],
        decision: { kind: 'never_link', a: neverLink.a, b: neverLink.b, decided_by: 'API key support-desk' },
      },
    });
    const { decision_id: id } = (made.body as { decision: { decision_id: string } }).decision;
    expect(await call('POST', '', 'admin', neverLink)).toMatchObject({
      status: 200,
      body: { is_new: false, decision: { decision_id: id } },
    });
    expect(await call('GET', '?kind=never_link', 'read')).toMatchObject({ body: { decisions: [{ decision_id: id, revoked: null }] } });
    const seen = async (query: string, key: string) => (await call('GET', query, key)).body;
    expect(await seen('', 'read')).toMatchObject({ decisions: [{ a: 'email:a•••@e•••', b: 'user_id:7•••' }] });
    expect(await seen('?unmask=true', 'admin')).toMatchObject({ decisions: [{ a: neverLink.a, b: neverLink.b }] });
    expect((await call('GET', '?unmask=true', 'read')).status).toBe(403);
    expect((await call('GET', '?kind=erase', 'read')).body).toEqual({ decisions: [] });

    const revoked = await call('DELETE', `/${id}?reason=a%20mistake&by=Ada`, 'admin');
    expect(revoked).toMatchObject({ status: 200, body: { revoked: { by: 'Ada (API key support-desk)', reason: 'a mistake' } } });
    expect((await call('GET', '', 'read')).body).toEqual({ decisions: [] });
    expect(await call('GET', '?revoked=true', 'read')).toMatchObject({ body: { decisions: [{ decision_id: id }] } });
  });

  test('warns when a never-link will win over the force-link that is taken', async () => {
    await call('POST', '', 'admin', neverLink);
    const { status, body } = await call('POST', '', 'admin', { ...neverLink, kind: 'force_link' });
    expect(status).toBe(201);
    expect(body.warnings).toEqual([expect.stringContaining('wins')]);
  });

  test('erases only what is confirmed', async () => {
    const erase = { kind: 'erase', a: 'email:ada@example.com', reason: 'asked to' };
    expect(await call('POST', '', 'admin', erase)).toMatchObject({ status: 422, body: { error: { code: 'identity.unconfirmed' } } });
    expect(await call('POST', '', 'admin', { ...erase, confirm: true })).toMatchObject({ status: 201 });
  });

  test.each([
    ['a profile id', { ...neverLink, a: '3e36489b-cb4f-4f7f-84d6-a715cf3a38e6' }, 'identity.not_an_identifier'],
    ['an unknown type', { ...neverLink, a: 'emial:ada@example.com' }, 'identity.unknown_type'],
    ['no reason', { ...neverLink, reason: undefined }, 'http.invalid'],
    ['one identifier of two', { ...neverLink, b: undefined }, 'http.invalid'],
    ['an unknown kind', { ...neverLink, kind: 'maybe_link' }, 'http.invalid'],
  ])('a decision with %s is 422, and repeats no value', async (_, body, code) => {
    const reply = await call('POST', '', 'admin', body);
    expect(reply).toMatchObject({ status: 422, body: { error: { code } } });
    expect(JSON.stringify(reply.body)).not.toContain('ada@');
  });

  test.each([
    ['GET', '', '', 401],
    ['GET', '', 'collect', 403],
    ['POST', '', 'read', 403],
    ['DELETE', '/3e36489b-cb4f-4f7f-84d6-a715cf3a38e6?reason=x', 'read', 403],
    ['DELETE', '/3e36489b-cb4f-4f7f-84d6-a715cf3a38e6?reason=x', 'admin', 404],
    ['DELETE', '/3e36489b-cb4f-4f7f-84d6-a715cf3a38e6', 'admin', 422],
  ] as const)('%s %s with the key "%s" is answered with %i', async (method, path, key, status) => {
    expect((await call(method, path, key, method === 'POST' ? neverLink : undefined)).status).toBe(status);
  });
});
