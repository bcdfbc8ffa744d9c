import fc from 'fast-check';
import { hc } from 'hono/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Operation, operationsOf } from '../../test/api-document.ts';
import { requestsOf } from '../../test/api-fuzz.ts';
import { type ApiWorld, openApiWorld } from '../../test/api-world.ts';
import type { AppType } from './api.ts';

let world: ApiWorld;
let operations: Operation[];

beforeAll(async () => {
  world = await openApiWorld();
  operations = operationsOf((await (await world.app.request('/openapi.json')).json()) as Parameters<typeof operationsOf>[0]);
});
afterAll(() => world?.close());

/** Works for as long as two builds take; src/http/identity-what-if.warehouse.test.ts calls it. */
const TOO_LONG = ['POST /api/identity/what-if'];

describe('any request that can be made of the description', () => {
  test('is answered as described, and never with 5xx', { timeout: 120_000 }, async () => {
    const known = ['known', 'people', 'folder', 'person', 'web', 'email:ada@home.org', 'user_id:bob', 'file'];
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
        { numRuns: 10 },
      );
    };
    // Several at once: while one waits for the warehouse, another is asked.
    const waiting = [...operations];
    const failures: unknown[] = [];
    const work = async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await fuzz(next).catch((error: unknown) => failures.push(error));
    };
    await Promise.all([work(), work(), work(), work()]);
    expect(failures.map((error) => (error instanceof Error ? `${error.message} ${String(error.cause)}` : error))).toEqual([]);
  });
});

test('a client that knows the types of the API asks and is answered in them', async () => {
  const client = hc<AppType>('http://sluice', {
    headers: { authorization: `Bearer ${world.keys.admin}` },
    fetch: (input: string | URL | Request, init?: RequestInit) => world.app.request(input instanceof Request ? input : String(input), init),
  });
  const reply = await client.api.syncs[':id'].$get({ param: { id: 'people' } });
  if (reply.status !== 200) throw new Error(`it is answered ${reply.status}`);
  const { health, runs }: { health: string; runs: { run_number: number }[] } = await reply.json();
  expect({ health, runs }).toEqual({ health: 'never', runs: [] });
});
