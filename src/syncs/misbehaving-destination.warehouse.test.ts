import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ledgerOf, setUp as setUpIn } from '../../test/sync-trial.ts';
import { openSyncWorld, putWebhookSync, type SyncWorld, webhookSecret } from '../../test/sync-world.ts';
import { type Behaviour, type ReceivedRequest, startVendorServer, type VendorServer } from '../../test/vendor-server.ts';
import { type RunOptions, runSync } from './run-sync.ts';

let world: SyncWorld;
let server: VendorServer;
let syncId: string;

beforeAll(async () => {
  world = await openSyncWorld();
  await world.people(['a', 'b', 'c', 'd'].map((name) => ({ email: `${name}@example.com`, first_name: name })));
});
afterAll(() => world.close());
beforeEach(async () => {
  server = await startVendorServer();
  syncId = `s-${randomUUID().slice(0, 8)}`;
  putWebhookSync(world, server.url, { id: syncId });
});
afterEach(() => server.stop());

const run = (options: RunOptions = {}) => {
  const delivery = { ...world.deps.delivery, transport: { headersTimeoutMs: 300, bodyTimeoutMs: 300, totalTimeoutMs: 1_500 } };
  return runSync({ ...world.deps, delivery }, syncId, options);
};
const ids = () => server.requests.map(({ headers }) => headers['webhook-id']);
const rowsOf = (request: ReceivedRequest | undefined): { email: string }[] => JSON.parse(request?.body ?? '{}').data.rows;
/** Misbehaves the first time only. */
const once = (behaviour: Behaviour) => server.behave((_, count) => (count === 1 ? behaviour : undefined));
const all = { status: 'succeeded', planned: 4, accepted: 4, rejected: 0, unknown: 0 };

describe('a destination that', () => {
  test('answers 429 with Retry-After in seconds is left alone exactly as long', async () => {
    once({ status: 429, headers: { 'retry-after': '1' } });
    expect(await run()).toMatchObject(all);
    const [first, second] = server.requests;
    const waitedMs = (second?.atMs ?? 0) - (first?.atMs ?? 0);
    expect(waitedMs).toBeGreaterThanOrEqual(995);
    expect(new Set(ids()).size).toBe(1);
  });

  test('answers 429 with Retry-After as a date is left alone until then', async () => {
    const until = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 1_000);
    once({ status: 429, headers: { 'retry-after': until.toUTCString() } });
    expect(await run()).toMatchObject(all);
    expect(Date.now()).toBeGreaterThanOrEqual(until.getTime() - 5);
    expect(server.requests).toHaveLength(2);
  });

  test('answers 500 once gets the same rows again under the same id', async () => {
    once({ status: 500 });
    expect(await run()).toMatchObject(all);
    expect(ids()).toHaveLength(2);
    expect(new Set(ids()).size).toBe(1);
  });

  test('answers 500 for good fails the run after some tries; the next run delivers', async () => {
    server.behave(() => ({ status: 500 }));
    expect(await run()).toMatchObject({ status: 'failed', planned: 4, rejected: 4, message: 'transient: HTTP 500' });
    expect(server.requests).toHaveLength(world.deps.delivery.retry.maxAttempts);
    server.behave(() => undefined);
    expect(await run()).toMatchObject(all);
  });

  test.each<[string, Behaviour]>([
    ['hangs', 'hang'],
    ['closes the socket mid-body', 'break_off'],
    ['closes the socket without an answer', 'reset'],
  ])('%s gets the rows again under the same id: they may have arrived', async (_, behaviour) => {
    once(behaviour);
    expect(await run()).toMatchObject(all);
    expect(ids()).toHaveLength(2);
    expect(new Set(ids()).size).toBe(1);
  });

  test('hangs for good leaves rows unknown, and the next run sends them again', async () => {
    server.behave(() => 'hang');
    expect(await run()).toMatchObject({ status: 'failed', planned: 4, unknown: 4, accepted: 0 });
    server.behave(() => undefined);
    expect(await run()).toMatchObject(all);
  });

  test.each<[string, Behaviour]>([
    ['bytes that are not HTTP', 'garbage'],
    ['half a JSON document', { status: 200, headers: { 'content-type': 'application/json' }, body: '{"rejected":[{"ind' }],
    ['a web page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ])('answers garbage (%s) stops the run at once, and nothing is taken for delivered', async (_, behaviour) => {
    server.behave(() => behaviour);
    expect(await run()).toMatchObject({ status: 'failed', planned: 4, accepted: 0, unknown: 4, error_code: 'syncs.destination_failed' });
    expect(server.requests).toHaveLength(1);
    server.behave(() => undefined);
    expect(await run()).toMatchObject(all);
  });

  test('refuses two rows of a batch gets the other two once, and only the refused again', async () => {
    once({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"rejected":[{"index":0,"reason":"unknown address"},{"index":2,"reason":"unknown address"}]}',
    });
    expect(await run()).toMatchObject({ status: 'with_errors', planned: 4, accepted: 2, rejected: 2 });
    expect(await run()).toMatchObject({ status: 'succeeded', planned: 2, accepted: 2 });
    const [first, second] = server.requests.map(rowsOf);
    expect(second?.map(({ email }) => email).sort()).toEqual([first?.[0]?.email, first?.[2]?.email].sort());
  });

  test('refuses a batch as a whole for one bad row gets the rest without it', async () => {
    server.behave(({ body }) => (body.includes('"c@') ? { status: 422 } : undefined));
    expect(await run()).toMatchObject({ status: 'with_errors', accepted: 3, rejected: 1 });
  });

  test('finds 413 too large gets smaller batches', async () => {
    server.behave((request) => (rowsOf(request).length > 1 ? { status: 413 } : undefined));
    expect(await run()).toMatchObject(all);
  });

  test.each([401, 403, 404, 410, 302])(
    'answers %i stops the run after one request, and no row counts as sent or rejected',
    async (status) => {
      server.behave(() => ({ status }));
      expect(await run()).toMatchObject({ status: 'failed', accepted: 0, rejected: 0, skipped: 4 });
      expect(server.requests).toHaveLength(1);
    },
  );

  test('is not there is tried, then the run fails with nothing lost', async () => {
    await server.stop();
    expect(await run()).toMatchObject({ status: 'failed', rejected: 0, skipped: 4, message: expect.stringContaining('no connection') });
    server = await startVendorServer();
    putWebhookSync(world, server.url, { id: syncId });
    expect(await run()).toMatchObject(all);
  });
});

test('every request carries a signature that the library of Standard Webhooks accepts', async () => {
  await run();
  for (const { body, headers } of server.requests) {
    expect(() => new Webhook(webhookSecret).verify(body, headers as never)).not.toThrow();
  }
});

test('progress ends at the number of planned rows', async () => {
  const seen: { done: number; total: number }[] = [];
  await run({ onProgress: (progress) => seen.push(progress) });
  expect(seen.at(-1)).toEqual({ done: 4, total: 4 });
});

/** Treats an address as one contact whatever its case, and does removals after a pause, while other requests go on. */
function foldingReceiver() {
  const held = new Map<string, string>();
  server.behave(async ({ body }) => {
    const { data } = JSON.parse(body) as { data: { operation: string; rows: { email: string; first_name: string }[] } };
    if (data.operation === 'delete') await sleep(60);
    for (const { email, first_name } of data.rows) {
      if (data.operation === 'delete') held.delete(email.toLowerCase());
      else held.set(email.toLowerCase(), first_name);
    }
    return undefined;
  });
  return held;
}

describe('a destination that folds the case of its key and works on requests side by side', () => {
  const contacts = (changed: boolean) =>
    Array.from({ length: 3_000 }, (_, index) => ({
      email: `${changed ? 'person' : 'Person'}${index}@example.com`,
      first_name: changed && index < 1_500 ? 'changed' : 'as ever',
    }));

  test.each([
    ['a mirror that was told so: a change, and nothing is removed', {}, { adds: 0, changes: 3_000, removes: 0 }],
    [
      'a mirror that was not: every removal is done before the first write leaves',
      { compare: { email: 'exact' } },
      { adds: 3_000, changes: 0, removes: 3_000 },
    ],
  ])('keeps all of 3,000 contacts whose addresses come in another case, with %s', async (_, sync, planned) => {
    const id = `s-${randomUUID().slice(0, 8)}`;
    putWebhookSync(world, server.url, { id, ...sync });
    const held = foldingReceiver();
    await world.people(contacts(false));
    expect(await runSync(world.deps, id)).toMatchObject({ status: 'succeeded', adds: 3_000 });
    await world.people(contacts(true));
    expect(await runSync(world.deps, id)).toMatchObject({ status: 'succeeded', ...planned });
    expect(held).toEqual(new Map(contacts(true).map(({ email, first_name }) => [email, first_name])));
    const operations = server.requests.map(({ body }) => (JSON.parse(body) as { data: { operation: string } }).data.operation);
    expect(operations.slice(3)).toEqual([...operations.slice(3)].sort());
  });
});

test('a rejection that names a number past 2^53 is recorded at that row, whatever its neighbours are', async () => {
  await world.execute('create or replace table sluice.accounts (id UInt64, name String) engine = MergeTree order by id');
  const account = fc
    .oneof(fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 8n }), fc.bigInt({ min: 2n ** 64n - 8n, max: 2n ** 64n - 1n }))
    .map(String);
  const accounts = fc.uniqueArray(fc.record({ id: account, isBad: fc.boolean() }), {
    selector: ({ id }) => id,
    minLength: 4,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(accounts, fc.constantFrom('number', 'text', 'index'), async (rows, naming) => {
      const id = `s-${randomUUID().slice(0, 8)}`;
      putWebhookSync(world, server.url, { id, source: { table: 'accounts' }, object: 'row', key: { id: 'id' }, fields: { name: 'name' } });
      await world.execute('truncate table sluice.accounts');
      await world.execute(`insert into sluice.accounts values ${rows.map((row) => `(${row.id}, 'x')`).join(', ')}`);
      const bad = new Set(rows.flatMap((row) => (row.isBad ? [row.id] : [])));
      server.behave(({ body }) => {
        const sent = [...body.matchAll(/"id":(\d+)/g)].map(([, digits]) => digits ?? '');
        const rejected = sent.flatMap((digits, index) => {
          if (!bad.has(digits)) return [];
          return [naming === 'index' ? `{"index":${index}}` : `{"key":{"id":${naming === 'text' ? `"${digits}"` : digits}}}`];
        });
        return { status: 200, headers: { 'content-type': 'application/json' }, body: `{"rejected":[${rejected.join(',')}]}` };
      });
      await runSync(world.deps, id);
      expect(await rejectedKeys(id)).toEqual([...bad].map((digits) => `{"id":${digits}}`).sort());
    }),
    { numRuns: 10 },
  );
});

async function rejectedKeys(id: string): Promise<string[]> {
  const rows = await ledgerOf(world, id);
  return rows.flatMap(({ outcome, key }) => (outcome === 'rejected' ? [key] : [])).sort();
}

test('an address may have letters of any script, and a person whose address is invalid is sent without it', async () => {
  const id = `s-${randomUUID().slice(0, 8)}`;
  const addresses = [
    'ада@пример.рф',
    'josé@example.com',
    "o'neil+tag@münchen.example",
    'user@xn--e1afmkfd.xn--p1ai',
    'no address',
    'a@b',
    'a..b@example.com',
  ];
  await world.people(addresses.map((email, index) => ({ email, first_name: `p${index}`, score: index })));
  putWebhookSync(world, server.url, { id, key: { id: 'first_name' }, fields: { email: 'email', score: 'score' } });
  expect(await runSync(world.deps, id)).toMatchObject({ status: 'with_errors', accepted: 7, invalid: 0, fields_withheld: 3 });
  const rows = server.requests.flatMap(({ body }) => (JSON.parse(body) as { data: { rows: { id: string; email?: string }[] } }).data.rows);
  const sent = new Map(rows.map((row) => [row.id, row.email]));
  expect(addresses.map((_, index) => sent.get(`p${index}`))).toEqual([...addresses.slice(0, 4), undefined, undefined, undefined]);
  expect(rows.filter((row) => 'email' in row)).toHaveLength(4);
});

test('a value that JSON cannot carry keeps its field back however deep it lies, and the rest of the row is sent', async () => {
  const types = {
    pair: 'Tuple(`a b` Float64, b String)',
    table: 'Array(Array(Float64))',
    map: 'Map(String, Array(Nullable(Float64)))',
    names: 'Map(LowCardinality(String), UInt8)',
    list: "Array(Tuple(Enum8('a(b' = 1, ', Float64' = 2), Float32))",
    either: 'Variant(Float64, String)',
    place: 'Polygon',
  };
  await world.execute(`
    create or replace table sluice.nested (email String, ${Object.entries(types).map(([name, type]) => `\`${name}\` ${type}`)})
    engine = MergeTree order by tuple()`);
  const bad = `(1, unhex('ff')), [[1], [inf]], map('k', [1, null, nan]), map(unhex('ff'), 1), [('a(b', nan)], nan::Float64, [[(1, inf)]]`;
  const good = `(1, 'ü'), [[1], []], map('k', [1, null]), map('ü', 1), [('a(b', 1)], 1::Float64, [[(1, 2)]]`;
  await world.execute(`insert into sluice.nested values ('bad', ${bad}), ('good', ${good})`);
  const trial = setUpIn(world, { source: { table: 'nested' }, fields: Object.fromEntries(Object.keys(types).map((name) => [name, name])) });
  expect(await trial.run()).toMatchObject({ accepted: 2, invalid: 0, fields_withheld: 7 });
  expect(trial.destination.applied.map(({ json }) => json).sort()).toEqual([
    '{"email":"bad"}',
    '{"email":"good","pair":{"a b":1,"b":"ü"},"table":[[1],[]],"map":{"k":[1,null]},"names":{"ü":1},"list":[["a(b",1]],"either":1,"place":[[[1,2]]]}',
  ]);
  expect((await ledgerOf(world, trial.id)).map(({ message }) => message).sort()).toEqual([
    '',
    'left out: pair is not valid UTF-8 text; table is NaN or infinite, which is not a number; map is NaN or infinite, which is not a number; names is not valid UTF-8 text; list is NaN or infinite, which is not a number; either is NaN or infinite, which is not a number; place is NaN or infinite, which is not a number',
  ]);
});
