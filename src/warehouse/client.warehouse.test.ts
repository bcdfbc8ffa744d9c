import { execFile } from 'node:child_process';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { testWarehouse } from '../../test/warehouse.ts';
import type { CdpError } from '../errors.ts';
import { defineQuery, defineStatement } from './query.ts';
import type { Warehouse } from './warehouse.ts';

let warehouse: Warehouse;

beforeAll(async () => {
  warehouse = await testWarehouse();
  await run(`
    create table sluice_raw.people (id UInt64, email String, seen_at DateTime64(3, 'UTC'))
    engine = MergeTree order by id settings non_replicated_deduplication_window = 100`);
});
afterAll(() => warehouse?.close());

const run = (sql: string, signal?: AbortSignal) =>
  warehouse.owner.run(defineStatement({ name: 'test.run', sql, params: z.object({}) }), {}, signal === undefined ? {} : { signal });

const countPeople = defineQuery({
  name: 'test.count_people',
  sql: 'select count() as people from sluice_raw.people where id >= {from:UInt64}',
  params: z.object({ from: z.number() }),
  row: z.object({ people: z.coerce.number() }),
});

const numbers = defineQuery({
  name: 'test.numbers',
  sql: 'select number from numbers({count:UInt64})',
  params: z.object({ count: z.number() }),
  row: z.object({ number: z.coerce.number() }),
});

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('it should have failed'),
    (error: CdpError) => error,
  );

describe('ask', () => {
  test('parses parameters on the way in and rows on the way out', async () => {
    await warehouse.owner.insert('sluice_raw.people', [{ id: 1, email: 'a@example.com', seen_at: '2026-02-03T04:05:06.789Z' }]);
    const everyType = defineQuery({
      name: 'test.types',
      sql: `select id, seen_at, 18446744073709551615 as big, toDecimal64(12.34, 2) as amount, {tags:Array(String)} as tags
            from sluice_raw.people where id = {id:UInt64}`,
      params: z.object({ id: z.number(), tags: z.array(z.string()) }),
      row: z.object({
        id: z.coerce.number(),
        seen_at: z.coerce.date(),
        big: z.coerce.bigint(),
        amount: z.number(),
        tags: z.array(z.string()),
      }),
    });
    expect(await warehouse.reader.ask(everyType, { id: 1, tags: ["it's", 'a "tag"', '\\'] })).toEqual([
      { id: 1, seen_at: new Date('2026-02-03T04:05:06.789Z'), big: 18446744073709551615n, amount: 12.34, tags: ["it's", 'a "tag"', '\\'] },
    ]);
  });

  test('takes parameters that are too long for an address', async () => {
    const query = defineQuery({
      name: 'test.many',
      sql: 'select length({ids:Array(UInt64)}) as n',
      params: z.object({ ids: z.array(z.number()) }),
      row: z.object({ n: z.coerce.number() }),
    });
    expect(await warehouse.reader.ask(query, { ids: Array.from({ length: 20_000 }, (_, index) => index) })).toEqual([{ n: 20_000 }]);
  });

  test('names the query and the field, never a value, when a row has another shape than declared', async () => {
    const query = { ...countPeople, name: 'test.shape', row: z.object({ people: z.email() }) };
    const error = await failure(warehouse.reader.ask(query, { from: 0 }));
    expect(error.code).toBe('warehouse.unexpected_rows');
    expect(error.message).toBe('The rows of test.shape do not have the declared shape (people: invalid_format).');
  });

  test('leaves its name in the server’s log', async () => {
    await warehouse.reader.ask(countPeople, { from: 0 });
    const logged = defineQuery({
      name: 'test.logged',
      sql: `select count() as n from system.query_log
            where log_comment = 'test.count_people' and startsWith(query_id, 'test.count_people.') and event_time > now() - 60`,
      params: z.object({}),
      row: z.object({ n: z.coerce.number() }),
    });
    // Written every 2 s; on a new server that also creates the table.
    const findsIt = async () => (await warehouse.owner.ask(logged, {}).catch(() => []))[0]?.n ?? 0;
    await expect.poll(findsIt, { timeout: 30_000, interval: 200 }).toBeGreaterThan(0);
  });
});

describe('stream', () => {
  test('a million rows of 300 bytes pass through a process that may hold 48 MB', async () => {
    const script = `
      const { testWarehouse } = await import(${JSON.stringify(new URL('../../test/warehouse.ts', import.meta.url).href)});
      const { defineQuery } = await import(${JSON.stringify(new URL('./query.ts', import.meta.url).href)});
      const z = await import('zod');
      const warehouse = await testWarehouse();
      const query = defineQuery({
        name: 'test.wide', sql: "select number, repeat('x', 300) as text from numbers(1000000)",
        params: z.object({}), row: z.object({ number: z.coerce.number(), text: z.string() }),
      });
      let rows = 0, blocks = 0;
      for await (const block of warehouse.reader.stream(query, {})) {
        rows += block.length;
        // A slow consumer: the server has to wait.
        if (++blocks % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await warehouse.close();
      console.log(rows);`;
    const args = ['--max-old-space-size=48', '--input-type=module', '-e', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: fileURLToPath(new URL('../..', import.meta.url)) });
    expect(stdout.trim()).toBe('1000000');
  });

  test('a failure in the middle is an error, not an end', async () => {
    const query = { ...numbers, sql: 'select number, throwIf(number = 900000) from numbers({count:UInt64}) settings max_threads = 1' };
    const read = async () => {
      let rows = 0;
      for await (const block of warehouse.reader.stream(query, { count: 1_000_000 })) rows += block.length;
      return rows;
    };
    expect((await failure(read())).context.clickhouse_code).toBe(395);
  });

  test('a reader that leaves early ends the query', async () => {
    for await (const _ of warehouse.reader.stream(numbers, { count: 1_000_000_000 })) break;
    expect(await hasEnded('test.numbers')).toBe(true);
  });
});

test.each(['reader', 'publisher'] as const)('aborting a query of the %s ends it on the server', async (user) => {
  const stop = new AbortController();
  const slow = {
    ...countPeople,
    name: `test.slow_${user}`,
    sql: 'select count() as people from numbers(40000000000) where sipHash64(number) = 1',
  };
  const asked = failure(warehouse[user].ask(slow, { from: 0 }, { signal: stop.signal }));
  await expect.poll(() => isRunning(slow.name)).toBe(true);
  stop.abort();
  expect((await asked).code).toBe('warehouse.cancelled');
  expect(await hasEnded(slow.name)).toBe(true);
});

describe('run', () => {
  test('says how many rows were written and read', async () => {
    await run('create table sluice_raw.copies (id UInt64) engine = MergeTree order by id');
    const result = await run('insert into sluice_raw.copies select number from numbers(1000)');
    expect(result).toMatchObject({ writtenRows: 1000, readRows: 1000 });
    expect(result.queryId).toMatch(/^test\.run\.[0-9a-f-]{36}$/);
  });

  test('fails when the statement fails late, after the status was sent', async () => {
    const late = `insert into sluice_raw.copies select number + throwIf(number = 6000000) from numbers(8000000)
      settings max_threads = 1, http_headers_progress_interval_ms = 10`;
    expect((await failure(run(late))).context.clickhouse_code).toBe(395);
  });

  test('aborting also kills the query on the server', async () => {
    const stop = new AbortController();
    const running = failure(
      run('insert into sluice_raw.copies select sipHash64(number) from numbers(100000000000) where sipHash64(number) = 1', stop.signal),
    );
    await expect.poll(() => isRunning('test.run')).toBe(true);
    stop.abort();
    expect((await running).code).toBe('warehouse.cancelled');
    expect(await hasEnded('test.run')).toBe(true);
  });
});

describe('insert', () => {
  test('a retry with the same token changes nothing', async () => {
    const rows = [{ id: 1_000, email: 'x@example.com', seen_at: new Date().toISOString() }];
    for (let attempt = 0; attempt < 3; attempt += 1) await warehouse.owner.insert('sluice_raw.people', rows, { dedupToken: 'batch-1' });
    expect(await warehouse.reader.ask(countPeople, { from: 1_000 })).toEqual([{ people: 1 }]);
    await warehouse.owner.insert('sluice_raw.people', rows, { dedupToken: 'batch-2' });
    expect(await warehouse.reader.ask(countPeople, { from: 1_000 })).toEqual([{ people: 2 }]);
  });

  test('takes a stream of rows, and a stream of bytes in any format', async () => {
    async function* rows() {
      for (let id = 2_000; id < 2_500; id += 1) yield { id, email: '', seen_at: '2026-01-01T00:00:00.000Z' };
    }
    await warehouse.owner.insert('sluice_raw.people', Readable.from(rows()));
    await warehouse.owner.insert('sluice_raw.people', Readable.from(['2500,"a,b"\n', '2501,c\n'], { objectMode: false }), {
      format: 'CSV',
      columns: ['id', 'email'],
    });
    expect(await warehouse.reader.ask(countPeople, { from: 2_000 })).toEqual([{ people: 502 }]);
  });

  test('a field that no column has is an error, not a loss', async () => {
    const error = await failure(warehouse.owner.insert('sluice_raw.people', [{ id: 1, e_mail: 'someone@example.com' }]));
    expect(error.message).toContain('The table has no column `e_mail`.');
    expect(error.message).not.toContain('someone@example.com');
  });

  test.each([
    ['UInt64', 'Jane'],
    ['DateTime64(3)', 'Jane'],
    ['UUID', 'Jane'],
    ["Enum8('a' = 1)", 'Jane'],
    ['Bool', 'Jane'],
    ['IPv4', 'Jane'],
    ['Decimal(9, 2)', 'Jane'],
    ['Decimal(9, 2)', 987654321987654],
    ['FixedString(2)', 'Jane'],
    ['Array(String)', 'Jane'],
    ['Map(String, UInt8)', { Jane: 'Jane' }],
  ])('a value that is no %s is reported without the value', async (type, value) => {
    await run('drop table if exists sluice_raw.typed');
    await run(`create table sluice_raw.typed (field ${type}) engine = MergeTree order by tuple()`);
    const error = await failure(warehouse.owner.insert('sluice_raw.typed', [{ field: value }]));
    expect(error.code).toBe('warehouse.bad_data');
    expect(JSON.stringify([error.message, error.hint, error.context, String(error.cause)])).not.toMatch(/Jane|98765/);
  });
});

describe('raw', () => {
  test('gives the bytes of a format', async () => {
    expect(await text(await warehouse.reader.raw('select 1 as a, 2 as b', 'CSVWithNames'))).toBe('"a","b"\n1,2\n');
  });

  test('never gives half an answer', async () => {
    const error = await failure(warehouse.reader.raw('select throwIf(number = 900000) from numbers(1000000)', 'CSV'));
    expect(error.context.clickhouse_code).toBe(395);
  });
});

test('a message does not quote parameters', async () => {
  const query = defineQuery({
    name: 'test.quote',
    sql: 'select nothing_here from sluice_raw.people where email = {email:String}',
    params: z.object({ email: z.string() }),
    row: z.object({}),
  });
  const error = await failure(warehouse.reader.ask(query, { email: 'someone@example.com' }));
  expect(error.code).toBe('warehouse.unknown_name');
  expect(error.message).toContain('nothing_here');
  expect(error.message).not.toContain('someone');
});

test('a server that is not there is a clear error', async () => {
  const { createWarehouseClient } = await import('./client.ts');
  const client = createWarehouseClient({
    url: 'http://127.0.0.1:1',
    user: 'nobody',
    password: '',
    prefix: 'sluice',
    isEmbedded: false,
    settings: {},
    whenReady: () => Promise.resolve(),
  });
  const error = await failure(client.ask(numbers, { count: 1 }));
  expect(error).toMatchObject({
    code: 'warehouse.unreachable',
    message: 'ClickHouse did not answer the query test.numbers (ECONNREFUSED).',
  });
  await client.close();
});

/** Whether a query of this name is running. */
async function isRunning(name: string): Promise<boolean> {
  const running = defineQuery({
    name: 'test.is_alive',
    sql: 'select count() as n from system.processes where startsWith(query_id, {name:String})',
    params: z.object({ name: z.string() }),
    row: z.object({ n: z.coerce.number() }),
  });
  const [row] = await warehouse.owner.ask(running, { name });
  return row?.n !== 0;
}

/** A kill takes effect at the query's next block. */
async function hasEnded(name: string): Promise<boolean> {
  for (let waited = 0; waited < 3_000; waited += 50) {
    if (!(await isRunning(name))) return true;
    await sleep(50);
  }
  return false;
}
