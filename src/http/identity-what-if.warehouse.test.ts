import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWhatIfWorld, type WhatIfWorld } from '../../test/what-if-world.ts';
import type { ApiKeyScope } from '../store/api-keys.ts';
import { onError } from './error-reply.ts';
import { whatIfRoutes } from './identity-what-if.ts';
import { createRoutes } from './routes.ts';

let world: WhatIfWorld;
beforeAll(async () => {
  world = await openWhatIfWorld();
});
afterAll(() => world.close());

/** A key's plain text is its scope. */
const apiKeys = {
  verify: async (plain: string) =>
    ['collect', 'read', 'admin'].includes(plain) ? { id: plain, scopes: [plain as ApiKeyScope], source: null } : null,
};

function call(body: object, key = 'admin'): Response | Promise<Response> {
  const app = createRoutes();
  app.onError(onError);
  app.route('/api/identity/what-if', whatIfRoutes({ apiKeys, identity: async () => world.deps }));
  return app.request('/api/identity/what-if', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** The events of a stream, in their order. */
async function eventsOf(response: Response): Promise<{ event: string; data: Record<string, unknown> }[]> {
  return (await response.text())
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(event)?.[1] ?? '';
      return { event: field('event'), data: JSON.parse(field('data')) as Record<string, unknown> };
    });
}

// Each question is two builds.
describe('/api/identity/what-if', () => {
  test('says what it does while it does it, and answers with the report', async () => {
    const response = await call({ never_link: [['anonymous_id:laptop', 'user_id:ada']] });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    const events = await eventsOf(response);
    expect(events[0]).toEqual({ event: 'progress', data: { done: 0, steps: 4, doing: 'copying the state of the graph' } });
    expect(events.at(-1)).toMatchObject({ event: 'report', data: { segments: [{ segment_id: 'known', members: 3, members_touched: 1 }] } });
  });

  test('a rule that does not hold ends the stream with the error, its code and hint; a template in it stays text', async () => {
    const events = await eventsOf(await call({ set: { 'entities.person.survivor': "luckiest {{ env_var('PATH') }}" } }));
    expect(events.at(-1)).toMatchObject({
      event: 'error',
      data: {
        error: {
          code: 'dbt.invalid_project',
          message: expect.stringContaining("luckiest {{ env_var('PATH') }}") as string,
          hint: expect.any(String) as string,
        },
      },
    });
  });

  test.each([
    { set: { 'entities.person.identifiers.email.normalise': { macro: 'run_query' } } },
    { set: { 'entities.person.identifiers.email.normalise': { macro: 'identity_rules' } } },
    { rules: { entities: { person: { identifiers: { email: { priority: 1, normalise: { macro: 'env_var' } } } } } } },
  ])('a macro that the project does not name as a normaliser is never called: %j', async (body) => {
    const events = await eventsOf(await call(body));
    // Refused before anything is built: there is no progress.
    expect(events).toMatchObject([{ event: 'error', data: { error: { code: 'identity.foreign_macro' } } }]);
  });

  test('a reader who leaves ends the work, and nothing stays', async () => {
    const reader = (await call({ set: { 'entities.person.sightings.min': 3 } })).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    // The work notices at its next step; the next one that asks would be refused for as long as it holds the lease.
    await expect.poll(() => world.asides(), { timeout: 60_000 }).toEqual([]);
  });

  test.each([
    [{ never_link: [['3e36489b-cb4f-4f7f-84d6-a715cf3a38e6', 'user_id:1']] }, 'admin', 422, 'identity.not_an_identifier'],
    [{ never_link: [['user_id:1']] }, 'admin', 422, 'http.invalid'],
    [{ rules: { no: 'entities' } }, 'admin', 422, 'http.invalid'],
    [{}, 'read', 403, 'http.key_scope'],
    [{}, '', 401, 'http.key_missing'],
  ])('%j with the key "%s" is refused with %i before anything is built', async (body, key, status, code) => {
    const response = await call(body, key);
    expect([response.status, await response.json()]).toMatchObject([status, { error: { code } }]);
  });
});
