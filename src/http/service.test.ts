import { createRoute, z } from '@hono/zod-openapi';
import { describe, expect, test } from 'vitest';
import { createCollector } from '../collect/collector.ts';
import { errors as collectErrors } from '../collect/errors.ts';
import { createLogger } from '../log.ts';
import type { ApiKeyScope } from '../store/api-keys.ts';
import type { ApiDependencies } from './api.ts';
import { createHttpApp } from './app.ts';
import { requireScope } from './authentication.ts';
import { onError } from './error-reply.ts';
import { createRoutes } from './routes.ts';

const keys = new Map<string, ApiKeyScope>([
  ['collecting', 'collect'],
  ['reading', 'read'],
  ['ruling', 'admin'],
]);
const apiKeys = {
  async verify(plain: string) {
    const scope = keys.get(plain);
    return scope === undefined ? null : { id: plain, scopes: [scope], source: scope === 'collect' ? 'web' : null };
  },
};

/** Opened by nobody. */
const notUnderTestAtAll = {} as ApiDependencies['store'];
const notUnderTest = () => Promise.reject(new Error('not under test'));

describe('an API key', () => {
  const app = createRoutes();
  app.onError(onError);
  app.use('/read', requireScope(apiKeys, 'read'));
  app.use('/change', requireScope(apiKeys, 'admin'));
  app.get('/read', (context) => context.json({ by: context.get('apiKey').id }));
  app.get('/change', (context) => context.json({ by: context.get('apiKey').id }));

  test.each([
    ['collecting', '/read', 403],
    ['collecting', '/change', 403],
    ['reading', '/read', 200],
    ['reading', '/change', 403],
    ['ruling', '/read', 200],
    ['ruling', '/change', 200],
    ['unknown', '/read', 401],
  ])('for %s that calls %s is answered %i, and no cache may keep the answer', async (key, path, status) => {
    const reply = await app.request(path, { headers: { authorization: `Bearer ${key}` } });
    expect(reply.status).toBe(status);
    expect(reply.headers.get('cache-control')).toBe('no-store');
  });

  test('is needed, and not taken from anywhere but the header', async () => {
    for (const [path, headers] of [
      ['/read', {}],
      ['/read?key=ruling', {}],
      ['/read', { authorization: 'ruling' }],
      ['/read', { authorization: `Basic ${Buffer.from('ruling:').toString('base64')}` }],
    ] as const) {
      const reply = await app.request(path, { headers });
      expect([reply.status, await reply.json()]).toMatchObject([401, { error: { code: 'http.key_missing' } }]);
    }
  });
});

describe('a request that does not fit its description', () => {
  test('is refused in the common shape, by place, without its values', async () => {
    const app = createRoutes();
    app.onError(onError);
    const body = { content: { 'application/json': { schema: z.object({ limit: z.number() }) } } };
    app.openapi(createRoute({ method: 'post', path: '/x', request: { body }, responses: { 200: { description: 'ok' } } }), (context) =>
      context.body(null, 200),
    );
    const headers = { 'content-type': 'application/json' };
    const reply = await app.request('/x', { method: 'POST', headers, body: '{"limit":"jane@example.com"}' });
    const text = await reply.text();
    expect([reply.status, JSON.parse(text)]).toMatchObject([422, { error: { code: 'http.invalid' } }]);
    expect(text).toContain('limit');
    expect(text).not.toContain('example.com');
  });
});

describe('collection without a warehouse', () => {
  test.each([
    ['that does not take what comes', collectErrors.not_durable('The warehouse did not take the messages')],
    ['that is too slow', collectErrors.overloaded('Too many messages are waiting to be stored')],
  ])('%s acknowledges nothing: 503, and when to try again', async (_, failure) => {
    const landing = { land: () => Promise.reject(failure), close: () => Promise.resolve() };
    const logger = createLogger({ SLUICE_LOG_LEVEL: 'silent' });
    const app = createHttpApp({
      logger,
      collector: createCollector({ apiKeys, landing, refusals: { count: () => undefined } }),
      probes: {},
      api: {
        apiKeys: { ...apiKeys, list: notUnderTest, create: notUnderTest, revoke: notUnderTest },
        store: notUnderTestAtAll,
        warehouse: {} as ApiDependencies['warehouse'],
        profiles: notUnderTest,
        kinds: notUnderTest,
        activations: notUnderTest,
        config: { SLUICE_TIMEZONE: 'UTC', SLUICE_BUILD_SCHEDULE: undefined },
        isRunning: notUnderTest,
        sources: notUnderTest,
        identity: notUnderTest,
        segments: notUnderTest,
        syncs: notUnderTest,
        queue: notUnderTest,
        followBuild: notUnderTest,
        status: notUnderTest,
      },
    });
    const reply = await app.request('/v1/track', {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('collecting:').toString('base64')}` },
      body: JSON.stringify({ userId: 'u1', event: 'x', messageId: 'm1' }),
    });
    expect([reply.status, await reply.json()]).toMatchObject([503, { error: { code: failure.code } }]);
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
