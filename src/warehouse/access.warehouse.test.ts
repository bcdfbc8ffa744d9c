import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type TestDataDir, testDataDir } from '../../test/data-dir.ts';
import { runSql } from '../../test/warehouse.ts';
import { ClickHouseEndpoints } from '../embedded/clickhouse/endpoints.ts';
import { joinService } from '../embedded/join.ts';
import type { WarehouseClient } from './client.ts';
import { connectEmbedded, embeddedParameters } from './connect.ts';
import { defineQuery } from './query.ts';
import { refusedTables } from './readable.ts';
import { openWarehouse, type Warehouse } from './warehouse.ts';

// A server of its own with the whole prefix `sluice`: the shared server grants by pattern, which cannot tell databases apart.
let home: TestDataDir;
let warehouse: Warehouse;

const ask = (client: WarehouseClient, sql: string, settings = {}) =>
  client.ask(defineQuery({ name: 'test.ask', sql, params: z.object({}), row: z.looseObject({}) }), {}, { settings });
const run = (client: WarehouseClient, sql: string) => runSql(client, sql);
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'allowed',
    (error: { code?: string }) => error.code ?? String(error),
  );

async function endpoints(): Promise<z.output<typeof ClickHouseEndpoints>> {
  const service = await joinService({ name: 'clickhouse', dataDir: home.path, parameters: embeddedParameters(home.config) });
  await service.close();
  return ClickHouseEndpoints.parse(service.endpoints);
}

beforeAll(async () => {
  home = await testDataDir({
    SLUICE_SEGMENT_TIMEOUT_SECONDS: '2',
    SLUICE_MAX_QUERY_MEMORY_MB: '100',
    SLUICE_READER_QUERIES: '1',
    SLUICE_BI_DATABASES: 'marts',
  });
  warehouse = await openWarehouse(home.config, { embedded: { lingerMs: 0 } });
  const { owner } = warehouse;
  for (const table of ['sluice.people', 'sluice_raw.arrivals', 'sluice_identity.links', 'sluice_state.notes', 'sluice_audit.runs']) {
    await run(owner, `create table if not exists ${table} (id UInt64) engine MergeTree order by id`);
    await owner.insert(table, [{ id: 1 }]);
  }
  await run(owner, 'create view sluice.visits as select id from sluice_raw.arrivals');
  // Databases as a company's own dbt project makes them.
  for (const database of ['analytics', 'marts']) {
    await run(owner, `create database ${database}`);
    await run(owner, `create table ${database}.dim_customers engine MergeTree order by id as select 1::UInt64 as id`);
  }
  await run(owner, 'create view analytics.arrivals sql security invoker as select id from sluice_raw.arrivals');
});

afterAll(async () => {
  await warehouse?.close();
  await home?.remove();
});

describe('the reader', () => {
  test.each(['sluice.people', 'sluice_raw.arrivals', 'sluice_identity.links', 'sluice_state.notes', 'sluice_audit.runs'])(
    'reads %s',
    async (table) => {
      expect(await ask(warehouse.reader, `select count() as n from ${table}`)).toEqual([{ n: '1' }]);
    },
  );

  test('reads what a dbt project has made outside our databases, and so does the publisher', async () => {
    for (const client of [warehouse.reader, warehouse.publisher])
      expect(await ask(client, 'select id from analytics.dim_customers')).toEqual([{ id: '1' }]);
    expect(await refusedTables(warehouse, [{ database: 'analytics', table: 'dim_customers' }])).toEqual([]);
  });

  test('a view is as readable as the tables below it', async () => {
    const [refused] = await refusedTables({ ...warehouse, isEmbedded: false }, [{ database: 'analytics', table: 'arrivals' }]);
    expect(refused?.sentence).toMatch(/^sluice_publisher may not read analytics\.arrivals: sluice_raw is not for publishing/);
  });

  test.each([
    ['file()', `select * from file('/etc/passwd', 'LineAsString')`],
    ['url()', `select * from url('http://127.0.0.1:1/', 'LineAsString')`],
    ['s3()', `select * from s3('http://127.0.0.1:1/bucket/key', 'LineAsString')`],
    ['remote()', `select * from remote('127.0.0.1', 'system', 'one', 'sluice_reader', '')`],
    ['postgresql()', `select * from postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')`],
    ['mysql()', `select * from mysql('127.0.0.1:1', 'd', 't', 'u', 'p')`],
    ['executable()', `select * from executable('id', 'LineAsString', 's String')`],
    ['jdbc()', `select * from jdbc('x', 'y', 'z')`],
    ['other users’ queries', 'select query from system.query_log'],
    ['running queries of others', 'select query from system.processes'],
    ['users and grants', 'select * from system.users'],
  ])('is refused %s', async (_, sql) => {
    // query_log exists only after the first flush; until then its table is unknown, which is accepted here as well.
    expect(await refusal(ask(warehouse.reader, sql))).toMatch(/^warehouse\.(denied|unknown_table)$/);
  });

  // No grant guards these: the local mode of the embedded server would read any file for anybody.
  test.each([
    `select file('/etc/passwd') as line`,
    `select file('/etc/passwd') as line settings enable_analyzer = 0`,
    `select * apply(file) from (select '/etc/passwd' as line)`,
    `select * from format('LineAsString', file('/etc/passwd'))`,
    `select * from values('line String', (file('/etc/passwd')))`,
    `select * from sluice.people settings additional_table_filters = {'sluice.people': 'file(\\'/etc/passwd\\') != \\'\\''}`,
    `select 1 format Template settings format_template_row = '/etc/passwd'`,
    `select 1 format Template settings format_template_resultset = '/etc/passwd'`,
    `select 1 as a format Protobuf settings format_schema = '/etc/passwd:a'`,
    `select 1 as a format Protobuf settings output_format_schema = '/tmp/sluice-test.proto'`,
    `select 'x' as a format AvroConfluent settings format_avro_schema_registry_url = 'http://127.0.0.1:1'`,
  ])('cannot reach the server’s files by %s', async (sql) => {
    for (const client of [warehouse.reader, warehouse.publisher]) {
      const answer = await client.raw(sql, 'JSONEachRow').then(text, (error: Error) => error);
      expect(answer).toBeInstanceOf(Error);
      expect(String(answer)).not.toContain('root:');
    }
  });

  test.each([
    ['insert', 'insert into sluice.people values (2)'],
    ['create', 'create table sluice.mine (a UInt8) engine MergeTree order by a'],
    ['create a temporary table', 'create temporary table mine (a UInt8)'],
    ['drop', 'drop table sluice.people'],
    ['truncate', 'truncate table sluice.people'],
    ['alter', 'alter table sluice.people delete where 1'],
    ['insert into a file', `insert into function file('/tmp/out.csv', 'CSV', 'a UInt8') values (1)`],
    ['write a file by into outfile', `select 1 into outfile '/tmp/sluice-out.csv'`],
    ['start or stop things', 'system stop merges sluice.people'],
    ['create users', `create user mallory identified by 'x'`],
  ])('may not %s', async (_, sql) => {
    expect(await refusal(run(warehouse.reader, sql))).toMatch(/^warehouse\.(denied|failed|syntax|limit)$/);
    expect(await ask(warehouse.owner, 'select count() as n from sluice.people')).toEqual([{ n: '1' }]);
  });

  test.each([
    ['max_execution_time', 3_600],
    ['max_execution_time', 0],
    ['max_memory_usage', 0],
    ['max_memory_usage', '100000000000'],
    ['max_untracked_memory', '100000000000'],
    ['max_rows_to_read', 0],
    ['max_result_rows', 0],
    ['timeout_overflow_mode', 'break'],
    ['max_memory_usage_for_user', 0],
    ['max_concurrent_queries_for_user', 1_000],
    ['max_threads', 64],
    ['priority', 1],
    ['low_priority_query_wait_time_ms', 1],
    ['os_thread_priority', -20],
    ['os_threads_nice_value_query', -20],
    ['workload', 'sluice_everybody'],
    ['cancel_http_readonly_queries_on_client_close', 0],
    ['max_parser_depth', 0],
    ['max_parser_backtracks', 0],
    ['max_ast_elements', '100000000'],
    ['max_expanded_ast_elements', 0],
    ['readonly', 0],
    ['allow_ddl', 1],
    ['log_queries', 0],
  ])('may not set %s to %s', async (name, value) => {
    expect(await refusal(ask(warehouse.reader, 'select 1', { [name]: value }))).toMatch(/^warehouse\.(limit|denied)$/);
    expect(await refusal(ask(warehouse.reader, `select 1 settings ${name} = '${value}'`))).toMatch(/^warehouse\.(limit|denied)$/);
  });

  test('waits for its turn instead of being refused: no more of its queries run at once than it may', async () => {
    const waiting = Promise.all(Array.from({ length: 40 }, () => ask(warehouse.reader, 'select sleep(0.05) as slept')));
    let most = 0;
    const sql = `select count() as running from system.processes where user = 'sluice_reader'`;
    for (let looks = 0; looks < 20; looks += 1) most = Math.max(most, Number((await ask(warehouse.owner, sql))[0]?.running));
    expect(await waiting).toHaveLength(40);
    // SLUICE_READER_QUERIES plus one: a query that has given its place back stays in the list for an instant (seen: 3).
    expect(most).toBeGreaterThanOrEqual(2);
    expect(most).toBeLessThanOrEqual(4);
  });

  test('is not taken for lost while it waits for its turn, where no list of running queries has it', async () => {
    const queryId = crypto.randomUUID();
    const slow = 'select sleepEachRow(0.1) as slept from numbers(15)';
    const others = Promise.all([1, 2].map(() => ask(warehouse.reader, slow, { max_block_size: '1' })));
    const sql = `select count() as running from system.processes where user = 'sluice_reader'`;
    await expect.poll(async () => Number((await ask(warehouse.owner, sql))[0]?.running)).toBe(2);
    const waits = defineQuery({ name: 'test.waits', sql: 'select 1 as one', params: z.object({}), row: z.looseObject({}) });
    const answer = warehouse.reader.ask(waits, {}, { queryId });
    await expect.poll(() => warehouse.owner.isRunning(queryId, 'sluice_reader'), { interval: 20 }).toBe(true);
    // The queues of other users do not change this.
    expect(await warehouse.owner.isRunning(queryId, 'sluice_bi')).toBe(false);
    await Promise.all([answer, others]);
    expect(await warehouse.owner.isRunning(queryId, 'sluice_reader')).toBe(false);
  });

  test('is stopped at its time limit', async () => {
    expect(await refusal(ask(warehouse.reader, 'select count() as n from numbers(40000000000) where sipHash64(number) = 1'))).toBe(
      'warehouse.timeout',
    );
  });

  test('is stopped at its memory limit', async () => {
    expect(await refusal(ask(warehouse.reader, 'select length(groupArray(number)) as n from numbers(100000000)'))).toBe('warehouse.memory');
  });

  test('is stopped at a row limit that it lowers for itself', async () => {
    expect(await refusal(ask(warehouse.reader, 'select number from numbers(1000)', { max_result_rows: '10' }))).toBe(
      'warehouse.too_many_rows',
    );
    expect(await refusal(ask(warehouse.reader, 'select count() from numbers(1000)', { max_rows_to_read: '10' }))).toBe(
      'warehouse.too_many_rows',
    );
  });
});

const INSERT_MEMBERS = `insert into sluice_state.segment_members (segment_id, version, member_uuid) select 'regulars', 1, generateUUIDv4()`;

describe('the publisher', () => {
  test('inserts segment members, and reads what they are made from', async () => {
    for (const table of ['sluice.people', 'analytics.dim_customers'])
      expect((await run(warehouse.publisher, `${INSERT_MEMBERS} from ${table}`)).writtenRows).toBe(1);
  });

  test.each([
    ['insert elsewhere in its database', 'insert into sluice_state.notes select 2'],
    ['insert into published tables', 'insert into sluice.people select 2'],
    ['read raw data', `${INSERT_MEMBERS} from sluice_raw.arrivals`],
    ['read files', `${INSERT_MEMBERS} from file('/etc/passwd', 'LineAsString')`],
    ['delete members', 'alter table sluice_state.segment_members delete where 1'],
    ['drop', 'drop table sluice_state.segment_members'],
    ['create', 'create table sluice_state.mine (a UInt8) engine MergeTree order by a'],
    ['lift its limits', `${INSERT_MEMBERS} settings max_execution_time = 0`],
  ])('may not %s', async (_, sql) => {
    expect(await refusal(run(warehouse.publisher, sql))).toMatch(/^warehouse\.(denied|limit)$/);
  });
});

describe('sluice_bi', () => {
  let bi: ReturnType<typeof createClient>;
  beforeAll(async () => {
    const { httpPort, passwords } = await endpoints();
    bi = createClient({
      url: `http://127.0.0.1:${httpPort}`,
      username: 'sluice_bi',
      password: passwords.bi,
      log: { level: ClickHouseLogLevel.OFF },
    });
  });
  afterAll(() => bi?.close());
  const count = async (table: string) => (await bi.query({ query: `select count() as n from ${table}`, format: 'JSONEachRow' })).json();

  test.each(['sluice.people', 'sluice_audit.runs', 'marts.dim_customers'])('reads %s', async (table) => {
    expect(await count(table)).toEqual([{ n: 1 }]);
  });

  test('finds in information_schema what it may read, and nothing else', async () => {
    const found = async (sql: string) => (await bi.query({ query: sql, format: 'JSONEachRow' })).json<{ name: string }>();
    expect(await found('select distinct database as name from system.parts order by name')).toEqual(
      ['marts', 'sluice', 'sluice_audit'].map((name) => ({ name })),
    );
    for (const schema of ['information_schema', 'INFORMATION_SCHEMA']) {
      const sql = `select table_schema || '.' || table_name as name from ${schema}.tables where table_schema not ilike 'information_schema'`;
      const names = (await found(sql)).map(({ name }) => name).filter((name) => !name.startsWith('system.'));
      expect(names).toEqual(expect.arrayContaining(['marts.dim_customers', 'sluice.people', 'sluice.visits', 'sluice_audit.runs']));
      expect(names.filter((name) => !/^(marts|sluice|sluice_audit)\./.test(name))).toEqual([]);
    }
  });

  test('reads a published view over a table that it may not read', async () => {
    expect(await count('sluice.visits')).toEqual([{ n: 1 }]);
  });

  test.each([
    'sluice_raw.arrivals',
    'sluice_identity.links',
    'sluice_state.segment_members',
    'sluice_state.migrations',
    'analytics.dim_customers',
  ])('is refused %s', async (table) => {
    await expect(count(table)).rejects.toMatchObject({ code: '497' });
  });
});

describe('a stranger on this machine, and a web page that is open on it', () => {
  let url: string;
  beforeAll(async () => {
    const connected = await connectEmbedded(home.config, {});
    url = connected.url;
    await connected.close();
  });

  const FROM_A_PAGE = { origin: 'https://evil.example', 'content-type': 'text/plain' };
  const post = async (sql: string, { headers = {}, query = '' }: { headers?: Record<string, string>; query?: string } = {}) => {
    const response = await fetch(`${url}/${query}`, { method: 'POST', body: sql, headers });
    return response.headers.get('x-clickhouse-exception-code') ?? `${response.status}`;
  };
  /** USER_SESSION_LIMIT_EXCEEDED: the login was refused, and nothing of the query was read. */
  const NO_SESSION = '700';

  // What each of these did without the guard: answered, ended the listener, or stayed.
  test.each([
    'select 1',
    'select sleep(3)',
    'system stop listen http',
    'system start listen tcp',
    'select count() from sluice_raw.arrivals',
    `select * from file('/etc/passwd', 'LineAsString')`,
    'kill query where 1',
    'this is no SQL',
  ])('gets nothing for %s without a password', async (sql) => {
    expect(await post(sql)).toBe(NO_SESSION);
    expect(await post(sql, { headers: FROM_A_PAGE })).toBe(NO_SESSION);
    expect(await post('', { query: `?query=${encodeURIComponent(sql)}` })).toBe(NO_SESSION);
    expect(await post(sql, { query: '?user=default&session_id=mine&max_sessions_for_user=0' })).toBe(NO_SESSION);
  });

  test('cannot fill the server with sleepers: all are refused, and everybody else is served meanwhile', async () => {
    const sleepers = Promise.all(Array.from({ length: 300 }, () => post('select sleep(3)', { headers: FROM_A_PAGE })));
    expect(await ask(warehouse.reader, 'select 1 as one')).toEqual([{ one: 1 }]);
    await warehouse.owner.insert('sluice_raw.arrivals', [{ id: 2 }]);
    expect(new Set(await sleepers)).toEqual(new Set([NO_SESSION]));
    expect(await ask(warehouse.owner, `select query from system.processes where user not in ('sluice_owner', '')`)).toEqual([]);
  });

  test.each(['sluice_owner', 'sluice_reader', 'sluice_publisher', 'sluice_bi'])(
    'cannot log in as %s without its password',
    async (user) => {
      expect(await post('select 1', { query: `?user=${user}` })).toBe('516');
      const hash = /<sluice_owner><password_sha256_hex>(\w+)</.exec(
        await readFile(join(home.path, 'clickhouse', 'users.xml'), 'utf8'),
      )?.[1];
      expect(await post('select 1', { query: `?user=${user}&password=${hash}` })).toBe('516');
    },
  );
});

test('a view does not lift the limits of who reads it', async () => {
  await run(warehouse.owner, 'create view sluice.slow as select count() as n from numbers(40000000000) where sipHash64(number) = 1');
  expect(await refusal(ask(warehouse.reader, 'select n from sluice.slow'))).toBe('warehouse.timeout');
});
