import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClientObject, WriteSession } from '../../src/connector-kit/connector.ts';
import { type Operation, OutgoingRow, type Rows } from '../../src/connector-kit/row.ts';
import { describeContract } from '../../test/connector-contract.ts';
import { findPostgres, startEmbeddedPostgres, startPostgres } from '../../test/postgres.ts';
import { postgres } from './index.ts';
import { createTableSql, upsertSql } from './statements.ts';

const object = postgres.objects.row as ClientObject<(typeof postgres)['config']>;
const programs = await findPostgres();

const servers: readonly { name: string; start(): Promise<{ url: string; stop(): Promise<void> }> }[] = [
  { name: 'PGlite', start: startEmbeddedPostgres },
  ...(programs === undefined ? [] : [{ name: 'PostgreSQL', start: () => startPostgres(programs) }]),
];

const rowsOf = (operation: Operation, rows: readonly object[]) =>
  rows.map((row, index) => new OutgoingRow(index + 1, operation, JSON.stringify(row))) as unknown as Rows;
/** As the driver throws it: the server's text and detail quote the values of the row. */
const driverError = (code: string, quoted: string) => Object.assign(new Error(`refused: ${quoted}`), { code, detail: `Key (${quoted})` });
const faults = (outcomes: Awaited<ReturnType<WriteSession['write']>>) =>
  outcomes.map((outcome) => (outcome.ok ? 'ok' : `${outcome.fault.kind}: ${outcome.fault.message}`));

describe.each(servers)('rows in a table of $name', ({ start }) => {
  let url: string;
  let stop: () => Promise<void>;
  let client: pg.Client;

  beforeAll(async () => {
    ({ url, stop } = await start());
    client = new pg.Client(url);
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await stop();
  });

  const contextFor = (options: Record<string, unknown>, over: { url?: string; allow?: boolean; key?: string } = {}) => ({
    config: { url: over.url ?? url, schema: 'public', allow_private_network: over.allow ?? true },
    options,
    syncId: 'crm',
    mode: 'mirror' as const,
    runId: 'run',
    startedAt: new Date(),
    keyFields: [{ name: over.key ?? 'id', kind: 'integer' as const }],
    valueFields: [
      { name: 'name', kind: 'text' as const },
      { name: 'score', kind: 'number' as const },
      { name: 'tags', kind: 'json' as const },
    ],
  });
  const open = (table: string, options: Record<string, unknown> = {}, over: { url?: string; allow?: boolean; key?: string } = {}) =>
    object.open(contextFor({ table, create_table: false, ...options }, over));
  const look = async (table: string, over: { url?: string } = {}) =>
    object.look?.({
      config: { url: over.url ?? url, schema: 'public', allow_private_network: true },
      options: { table, create_table: true },
      syncId: 'crm',
      mode: 'mirror',
      runId: 'run',
      startedAt: new Date(),
      keyFields: [],
      valueFields: [],
    });
  const held = async (table: string) => (await client.query(`select * from "${table}" order by id`)).rows;
  const failureOf = async (promise: Promise<unknown>) => object.faultOf(await promise.catch((error: unknown) => error));

  test('are created, updated and deleted by key; the rows and columns of others stay as they are', async () => {
    await client.query('create table people (id bigint primary key, name text, score numeric, tags jsonb, note text)');
    await client.query(`insert into people values (9, 'theirs', 1, '[]', 'kept'), (2, 'old', 1, '[]', 'kept')`);
    const session = await open('people');
    const rows = rowsOf('upsert', [
      { id: 1, name: 'Ada "the" first', score: 1.5, tags: ['a'] },
      { id: 2, name: null, score: 2, tags: { b: 1 } },
    ]);
    expect(faults(await session.write(rows, 'a'))).toEqual(['ok', 'ok']);
    expect(faults(await session.write(rows, 'a'))).toEqual(['ok', 'ok']);
    expect(faults(await session.write(rowsOf('delete', [{ id: 1 }, { id: 404 }]), 'b'))).toEqual(['ok', 'ok']);
    await session.close();
    expect(await held('people')).toEqual([
      { id: '2', name: null, score: '2', tags: { b: 1 }, note: 'kept' },
      { id: '9', name: 'theirs', score: '1', tags: [], note: 'kept' },
    ]);
  });

  test('keep what is there of a field that is left out, also when an object beside it has a name like it', async () => {
    await client.query('create table beside (id bigint primary key, name text, score numeric, tags jsonb)');
    await client.query(`insert into beside values (1, 'old', 42, null)`);
    const session = await open('beside');
    expect(faults(await session.write(rowsOf('upsert', [{ id: 1, name: 'new', tags: { score: 1 } }]), 'a'))).toEqual(['ok']);
    await session.close();
    expect(await held('beside')).toEqual([{ id: '1', name: 'new', score: '42', tags: { score: 1 } }]);
  });

  test('are refused one by one with a reason that quotes no value, and the others of the batch land', async () => {
    await client.query(
      'create table strict (id bigint primary key, name text not null unique, score numeric check (score < 100), tags jsonb)',
    );
    const session = await open('strict');
    const outcomes = await session.write(
      rowsOf('upsert', [
        { id: 1, name: 'one', score: 1, tags: null },
        { id: 2, name: null, score: 1, tags: null },
        { id: 3, name: 'one', score: 1, tags: null },
        { id: 4, name: 'four', score: 400, tags: null },
        { id: 5, name: 'five', score: 'secret-value', tags: null },
        { id: 6, name: 'nul\u0000byte', score: 1, tags: null },
        { id: 7, name: 'seven', score: 7, tags: null },
      ]),
      'a',
    );
    await session.close();
    expect(faults(outcomes)).toEqual([
      'ok',
      expect.stringContaining('row_invalid: null in a column that refuses it (23502, column name)'),
      expect.stringContaining('row_invalid: the value exists already (23505, constraint strict_name_key)'),
      expect.stringContaining('row_invalid: a check refuses the row (23514'),
      expect.stringContaining('row_invalid: a value does not fit its column (22P02'),
      expect.stringContaining('row_invalid: a value does not fit its column (22'),
      'ok',
    ]);
    expect(JSON.stringify(outcomes)).not.toMatch(/secret-value|four|byte/);
    expect((await held('strict')).map(({ id }) => id)).toEqual(['1', '7']);
  });

  test('make the table and its columns when told to, and leave what exists', async () => {
    await client.query('create table partial (id bigint primary key, name varchar(10))');
    for (const table of ['fresh', 'partial']) {
      const session = await open(table, { create_table: true });
      expect(faults(await session.write(rowsOf('upsert', [{ id: 1, name: 'x', score: 1.25, tags: [1] }]), 'a'))).toEqual(['ok']);
      await session.close();
      expect(await held(table)).toEqual([{ id: '1', name: 'x', score: '1.25', tags: [1] }]);
    }
  });

  test('end as the last write of each key says, whatever the history', async () => {
    await client.query('create table history (id bigint primary key, name text, score numeric, tags jsonb)');
    const session = await open('history');
    const step = fc.record({
      operation: fc.constantFrom('upsert' as const, 'delete' as const),
      ids: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1 }),
      name: fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\u0000', '')),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        await client.query('delete from history');
        const expected = new Map<number, string>();
        for (const { operation, ids, name } of steps) {
          const rows = ids.map((id) => (operation === 'upsert' ? { id, name, score: null, tags: null } : { id }));
          const outcomes = await session.write(rowsOf(operation, rows), 'x');
          expect(outcomes.every(({ ok }) => ok)).toBe(true);
          for (const id of ids) operation === 'upsert' ? expected.set(id, name) : expected.delete(id);
        }
        expect(new Map((await held('history')).map((row) => [Number(row.id), row.name]))).toEqual(expected);
      }),
      { numRuns: 25 },
    );
    await session.close();
  });

  describeContract({
    connector: postgres,
    config: () => ({ url, allow_private_network: true }),
    row: (_, index) => ({ email: `person${index}@example.com`, first_name: `Firstname${index}` }),
    keyField: 'email',
    options: { row: { table: 'contract', create_table: true } },
    client: {
      failures: {
        unreachable: { error: (quoted) => driverError('ECONNREFUSED', quoted), means: 'transient' },
        'turned away': { error: (quoted) => driverError('28P01', quoted), means: 'auth' },
        'broken off': { error: (quoted) => new Error(`Connection terminated unexpectedly ${quoted}`), means: 'unknown_result' },
        'row refused': { error: (quoted) => driverError('23505', quoted), means: 'row_invalid' },
      },
      held: async () => JSON.stringify((await client.query('select * from contract order by email')).rows),
    },
  });

  test('are refused with the column that a value did not fit, and nothing of the value', async () => {
    await client.query('create table narrowed (id int primary key, name varchar(3), score numeric(4,2), tags jsonb)');
    const open = await object.open({
      ...contextFor({ table: 'narrowed', create_table: false }),
      valueFields: [
        { name: 'name', kind: 'text', type: 'String' },
        { name: 'score', kind: 'number', type: 'Decimal(18, 2)' },
        { name: 'tags', kind: 'json', type: 'Array(String)' },
      ],
    });
    const outcomes = await open.write(
      rowsOf('upsert', [
        { id: 1, name: 'abcdef', score: 1, tags: null },
        { id: 2, name: 'ab', score: 123456, tags: null },
        { id: 3, name: 'ab', score: 1, tags: ['nul\u0000byte'] },
        { id: 3_000_000_000, name: 'ab', score: 1, tags: null },
        { id: 5, name: 'ab', score: 1, tags: null },
        { id: 6, name: 'abcdefg', score: 1, tags: null },
      ]),
      'a',
    );
    await open.close();
    expect(outcomes.map((outcome) => (outcome.ok ? 'ok' : 'field' in outcome.fault ? outcome.fault.field : outcome.fault.kind))).toEqual([
      'name',
      'score',
      'tags',
      'id',
      'ok',
      'name',
    ]);
    expect(faults(outcomes)[0]).toBe('row_invalid: a value does not fit its column (22001, column name)');
    expect(JSON.stringify(outcomes)).not.toMatch(/abcdef|123456|3000000000|byte/);
    expect((await held('narrowed')).map(({ id }) => id)).toEqual([5]);
  });

  test('keep a column whose field was withheld as it is, and leave it empty in a new row', async () => {
    await client.query(`create table partly (id bigint primary key, name text default 'nobody', score numeric, tags jsonb)`);
    await client.query(`insert into partly values (1, 'Ada', 1, '[]')`);
    const session = await open('partly');
    const rows = [
      '{"id":1,"score":9007199254740993,"tags":null}',
      '{"id":2,"name":"a \\"name\\": in it","score":0.12345678901234567890,"tags":null}',
      '{"id":3,"score":3,"tags":{"name":1}}',
    ].map((json, index) => new OutgoingRow(index + 1, 'upsert', json)) as unknown as Rows;
    expect(faults(await session.write(rows, 'a'))).toEqual(['ok', 'ok', 'ok']);
    await session.close();
    expect(await held('partly')).toEqual([
      { id: '1', name: 'Ada', score: '9007199254740993', tags: null },
      { id: '2', name: 'a "name": in it', score: '0.12345678901234567890', tags: null },
      { id: '3', name: expect.anything(), score: '3', tags: { name: 1 } },
    ]);
  });

  test('are not sent at all into columns that would change values without a word', async () => {
    await client.query('create table rounding (id bigint primary key, name text, score numeric(10,2), tags jsonb)');
    expect(await failureOf(open('rounding'))).toEqual({
      kind: 'config',
      message: 'column score is numeric(10,2) and would round what is sent (number): make it numeric, or round in the source (toDecimal64)',
    });
    await client.query(`create domain short as numeric(4,1)`);
    await client.query('create table domains (id bigint primary key, name text, score short, tags jsonb)');
    expect(await failureOf(open('domains'))).toMatchObject({ message: expect.stringContaining('would round') });
    await client.query('create table cased ("Id" bigint primary key, name text, score numeric, tags jsonb)');
    expect(await failureOf(open('cased'))).toMatchObject({ message: expect.stringContaining('id; there is Id') });
  });

  test('a look tells a table that is there from one that is missing, made anew, or truncated; rows that come and go do not matter', async () => {
    expect(await look('looked')).toEqual({ state: 'missing', what: 'the table public.looked', isMade: true });
    await client.query('create table looked (id bigint primary key)');
    const fresh = await look('looked');
    expect(fresh).toMatchObject({ state: 'there', isEmpty: true, identity: expect.stringMatching(/^\d+$/) });
    await client.query('insert into looked values (1), (2)');
    expect(await look('looked')).toEqual({ ...fresh, isEmpty: false });
    await client.query('delete from looked');
    expect(await look('looked')).toEqual(fresh);
    await client.query('truncate looked');
    const truncated = await look('looked');
    const identity = fresh?.state === 'there' ? fresh.identity : '';
    expect(truncated).toMatchObject({ identity, isEmpty: true });
    expect(truncated).not.toEqual(fresh);
    await client.query('drop table looked; create table looked (id bigint primary key)');
    expect(await look('looked')).toMatchObject({ state: 'there', isEmpty: true, identity: expect.not.stringMatching(identity) });
    const failure = await failureOf(look('looked', { url: 'postgresql://x@127.0.0.1:1/x' }));
    expect(failure).toMatchObject({ kind: 'transient', isUnsent: true });
  });

  test('say before anything is sent what keeps them from being written', async () => {
    await client.query('create table keyless (id bigint, name text, score numeric, tags jsonb)');
    await client.query('create table narrow (id bigint primary key, name text)');
    expect(await failureOf(open('missing'))).toMatchObject({
      kind: 'config',
      message: expect.stringContaining('the table does not exist'),
    });
    expect(await failureOf(open('narrow'))).toMatchObject({
      kind: 'config',
      message: expect.stringContaining('a mapped column does not exist'),
    });
    expect(await failureOf(open('keyless'))).toMatchObject({ kind: 'config', message: expect.stringContaining('no unique index') });
  });

  test('do not reach a private network unless told that it is meant', async () => {
    expect(await failureOf(open('people', {}, { allow: false }))).toMatchObject({
      kind: 'config',
      message: expect.stringContaining('allow_private_network'),
    });
  });

  test('are not sent while no server answers: the fault is transient', async () => {
    expect(await failureOf(open('people', {}, { url: 'postgresql://x@127.0.0.1:1/x' }))).toMatchObject({ kind: 'transient' });
  });
});

test('identifiers are quoted, so that a name is never SQL', () => {
  const table = { schema: 'public', table: 'a"; drop table b; --', keyFields: [{ name: 'k"', kind: 'text' as const }], valueFields: [] };
  expect(upsertSql(table)).toBe(
    'insert into "public"."a""; drop table b; --" ("k""") select "k""" from json_populate_recordset(null::"public"."a""; drop table b; --", $1::json) on conflict ("k""") do nothing',
  );
  expect(createTableSql(table)).toEqual(['create table if not exists "public"."a""; drop table b; --" ("k""" text, primary key ("k"""))']);
});
