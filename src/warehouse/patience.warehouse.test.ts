/** Connections to a real server that go silent behind a proxy, and how each class of queries reacts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type SilentProxy, silentProxy } from '../../test/silent-proxy.ts';
import { runSql, testWarehouse } from '../../test/warehouse.ts';
import type { CdpError } from '../errors.ts';
import { createWarehouseClient, type WarehouseClient } from './client.ts';
import { PATIENCE } from './patience.ts';
import { defineQuery, defineStatement } from './query.ts';
import type { Warehouse } from './warehouse.ts';

let warehouse: Warehouse;
let proxy: SilentProxy;
let client: WarehouseClient;

beforeAll(async () => {
  warehouse = await testWarehouse();
  const { host, port, user, password } = warehouse.dbtConnection;
  proxy = await silentProxy(`http://${host}:${port}`);
  // Shorter than the real limits, in the same order.
  const patience = {
    probe: { ...PATIENCE.probe, silentMs: 200 },
    landing: { ...PATIENCE.landing, silentMs: 500 },
    read: { ...PATIENCE.read, silentMs: 250 },
    work: { ...PATIENCE.work, silentMs: 300 },
  };
  const { prefix } = warehouse;
  client = createWarehouseClient({
    ...{ url: proxy.url, user, password, prefix, patience },
    isEmbedded: true,
    settings: {},
    whenReady: () => Promise.resolve(),
  });
  await run('create table sluice_raw.silent (id UInt64) engine = MergeTree order by id settings non_replicated_deduplication_window = 100');
});
afterEach(() => proxy.silenceAfter(undefined));
afterAll(async () => {
  await client?.close();
  await proxy?.close();
  await warehouse?.close();
});

const run = (sql: string) => runSql(warehouse.owner, sql);
const numbers = defineQuery({
  name: 'test.numbers',
  sql: 'select number from numbers({count:UInt64}) where sleepEachRow({pause:Float64}) = 0 settings max_block_size = 1',
  params: z.object({ count: z.number(), pause: z.number() }),
  row: z.object({ number: z.coerce.number() }),
});
const one = { count: 1, pause: 0 };
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('it should have failed'),
    (error: CdpError) => error,
  );
/** Takes a connection to the server from the pool, and silences it. */
async function silenceAfterUse(): Promise<void> {
  await client.ask(numbers, one);
  expect(proxy.silence()).toBeGreaterThan(0);
}

test('no class waits longer than 20 s without asking, and one that a person waits for waits less', () => {
  for (const { silentMs } of Object.values(PATIENCE)) expect(silentMs).toBeLessThanOrEqual(20_000);
  expect(PATIENCE.landing).toEqual({ silentMs: 12_000, isAsked: false });
  expect(PATIENCE.probe.silentMs).toBeLessThan(PATIENCE.read.silentMs);
});

describe('when a connection goes silent', () => {
  test('a read is asked again over a new one', async () => {
    await silenceAfterUse();
    expect(await client.ask(numbers, one)).toEqual([{ number: 0 }]);
  });

  test('a probe fails fast when every connection is silent', async () => {
    proxy.silenceAfter(0);
    const startedMs = performance.now();
    expect((await failure(client.ask(numbers, one, { class: 'probe' }))).code).toBe('warehouse.unreachable');
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });

  test('a text of lines is asked for again over a new one', async () => {
    await silenceAfterUse();
    const lines = defineStatement({ name: 'test.lines', sql: 'select number from numbers(3)', params: z.object({}) });
    expect(await client.lines(lines, {})).toBe('0\n1\n2\n');
  });

  test('a statement fails, since it may have been applied, and says that the server did not answer', async () => {
    await silenceAfterUse();
    const statement = defineStatement({ name: 'test.statement', sql: 'insert into sluice_raw.silent select 1', params: z.object({}) });
    expect((await failure(client.run(statement, {}))).code).toBe('warehouse.unreachable');
  });

  test('a stream whose answer stops half-way is an error, not an end', async () => {
    proxy.silenceAfter(500_000);
    const wide = { ...numbers, sql: "select number, repeat('x', 1000) from numbers({count:UInt64}) settings max_block_size = 1000" };
    const read = async () => {
      for await (const _ of client.stream(wide, { count: 100_000, pause: 0 }));
    };
    expect((await failure(read())).code).toBe('warehouse.unreachable');
  });

  test('an insert of the landing fails after its time, and its retry with the same token doubles nothing', async () => {
    const insert = () => client.insert('sluice_raw.silent', [{ id: 7 }], { class: 'landing', dedupToken: 'seven' });
    // The rows arrive; the answer does not.
    proxy.silenceAfter(0);
    expect((await failure(insert())).code).toBe('warehouse.unreachable');
    proxy.silenceAfter(undefined);
    await insert();
    const count = defineQuery({
      name: 'test.count',
      sql: 'select count() as n from sluice_raw.silent where id = 7',
      params: z.object({}),
      row: z.object({ n: z.coerce.number() }),
    });
    expect(await warehouse.owner.ask(count, {})).toEqual([{ n: 1 }]);
  });
});

describe('what works on is not cut', () => {
  test('a read that says nothing for several times its patience', async () => {
    expect(await client.ask(numbers, { count: 1, pause: 1 })).toEqual([{ number: 0 }]);
  });

  test('a stream whose rows come slowly', async () => {
    let rows = 0;
    for await (const block of client.stream(numbers, { count: 3, pause: 0.4 })) rows += block.length;
    expect(rows).toBe(3);
  });

  test('a stream that is taken slowly', async () => {
    let rows = 0;
    const wide = { ...numbers, sql: "select number, repeat('x', 1000) from numbers({count:UInt64}) settings max_block_size = 1000" };
    for await (const block of client.stream(wide, { count: 20_000, pause: 0 })) {
      if (rows === 0) await sleep(1_000);
      rows += block.length;
    }
    expect(rows).toBe(20_000);
  });

  test('a statement', async () => {
    const slow = 'insert into sluice_raw.silent select number + sleepEachRow(1) from numbers(1)';
    const { writtenRows } = await client.run(defineStatement({ name: 'test.slow', sql: slow, params: z.object({}) }), {});
    expect(writtenRows).toBe(1);
  });
});
