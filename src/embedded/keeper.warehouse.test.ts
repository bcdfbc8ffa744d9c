import { execFile } from 'node:child_process';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { type TestDataDir, testDataDir } from '../../test/data-dir.ts';
import { runSql } from '../../test/warehouse.ts';
import { defineQuery } from '../warehouse/query.ts';
import { openWarehouse, type Warehouse } from '../warehouse/warehouse.ts';
import { stopService } from './join.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

let home: TestDataDir;
let open: Warehouse[];

beforeEach(async () => {
  home = await testDataDir();
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((warehouse) => warehouse.close()));
  await home.remove();
});

async function openHere(options: { lingerMs?: number; environment?: Record<string, string> } = {}): Promise<Warehouse> {
  const warehouse = await openWarehouse({ ...home.config, ...options.environment }, { embedded: { lingerMs: options.lingerMs ?? 0 } });
  open.push(warehouse);
  return warehouse;
}

/** Another process: a command that runs SQL as the reader. */
const sluiceSql = async (sql: string) => {
  const environment = { ...process.env, SLUICE_DATA_DIR: home.path };
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, 'sql', sql, '--json'], { env: environment });
  return z.array(z.looseObject({})).parse(JSON.parse(stdout));
};

const pidIn = async (file: string) =>
  z.object({ pid: z.number() }).parse(JSON.parse(await readFile(join(home.path, 'run', file), 'utf8'))).pid;
const keeperPid = () => pidIn('clickhouse.json');
const serverPid = () => pidIn('clickhouse-server.json');

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 50) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error(`waited 20 s in vain until ${what}`);
}

const run = (warehouse: Warehouse, sql: string) => runSql(warehouse.owner, sql);

const idsIn = async (warehouse: Warehouse) => {
  const query = defineQuery({
    name: 'test.ids',
    sql: 'select id from sluice_raw.t order by id',
    params: z.object({}),
    row: z.object({ id: z.coerce.number() }),
  });
  return (await warehouse.owner.ask(query, {})).map((row) => row.id);
};

test('a second command joins the server of the first', async () => {
  await openHere();
  const server = await serverPid();
  expect(await sluiceSql('select 1 as one')).toEqual([{ one: 1 }]);
  expect(await serverPid()).toBe(server);
});

test('commands that start at the same moment share one server', async () => {
  const answers = await Promise.all(
    [1, 2, 3].map((n) => sluiceSql(`select ${n} as n, count() as migrations from sluice_state.migrations`)),
  );
  expect(answers.map(([row]) => row?.n)).toEqual([1, 2, 3]);
});

test('the server leaves with its last user, and the data stays', async () => {
  const first = await openHere();
  await run(first, 'create table sluice_raw.t (id UInt64) engine MergeTree order by id');
  await first.owner.insert('sluice_raw.t', [{ id: 1 }]);
  const [keeper, server] = [await keeperPid(), await serverPid()];
  await first.close();
  await until(() => !isAlive(keeper) && !isAlive(server), 'keeper and server have gone');

  expect(await idsIn(await openHere())).toEqual([1]);
});

test('a server that does not listen any more is started again', async () => {
  const warehouse = await openHere();
  const server = await serverPid();
  await run(warehouse, 'create table sluice_raw.t (id UInt64) engine MergeTree order by id');
  // Its own connection may be closed while it waits.
  await run(warehouse, 'system stop listen http').catch(() => undefined);
  await until(async () => !isAlive(server) && (await serverPid()) !== server, 'another server has come');
  expect(await idsIn(warehouse)).toEqual([]);
});

test('the query log goes on after a restart', async () => {
  const logged = async (warehouse: Warehouse) => {
    await run(warehouse, 'system flush logs');
    const query = defineQuery({
      name: 'test.logged',
      sql: 'select uniqExact(log_comment) as names, min(event_time) as since from system.query_log',
      params: z.object({}),
      row: z.object({ names: z.coerce.number(), since: z.coerce.date() }),
    });
    // The first flush creates the table, up to 2 s after the start.
    await until(() => run(warehouse, 'describe system.query_log').then(Boolean, () => false), 'there is a query log');
    return (await warehouse.owner.ask(query, {}))[0];
  };
  const before = await logged(await openHere());
  await stopService('clickhouse', home.path);
  const after = await logged(await openHere());
  expect(after?.since).toEqual(before?.since);
  expect(after?.names).toBeGreaterThan(0);
});

test('a command that is killed counts as gone', async () => {
  const environment = { ...process.env, SLUICE_DATA_DIR: home.path };
  const holds = `import(${JSON.stringify(fileURLToPath(new URL('../warehouse/warehouse.ts', import.meta.url)))}).then(async ({ openWarehouse }) => {
    const { readConfig } = await import(${JSON.stringify(fileURLToPath(new URL('../config.ts', import.meta.url)))});
    await openWarehouse(readConfig(), { embedded: { lingerMs: 0 } });
    setInterval(() => {}, 1000);
  })`;
  const child = execFile(process.execPath, ['-e', holds], { env: environment });
  await until(() => serverPid().then(isAlive, () => false), 'the server runs');
  const keeper = await keeperPid();
  child.kill('SIGKILL');
  await until(() => !isAlive(keeper), 'the keeper has gone');
});

test('a server that is killed comes back on the same port, with every acknowledged row', async () => {
  const warehouse = await openHere();
  await run(warehouse, 'create table sluice_raw.t (id UInt64) engine MergeTree order by id');
  const { port } = warehouse.dbtConnection;

  const acknowledged: number[] = [];
  let isDone = false;
  const writers = [0, 1, 2, 3].map(async (writer) => {
    for (let n = 0; !isDone; n += 1) {
      const id = n * 4 + writer;
      const wasTaken = await warehouse.owner.insert('sluice_raw.t', [{ id }]).then(
        () => true,
        () => false,
      );
      if (wasTaken) acknowledged.push(id);
    }
  });
  for (let kill = 0; kill < 2; kill += 1) {
    await sleep(300);
    const server = await serverPid();
    process.kill(server, 'SIGKILL');
    await until(async () => (await serverPid()) !== server, 'the server was started again');
  }
  await sleep(500);
  isDone = true;
  await Promise.all(writers);

  const present = new Set(await idsIn(warehouse));
  expect(acknowledged.length).toBeGreaterThan(10);
  expect(acknowledged.filter((id) => !present.has(id))).toEqual([]);
  expect(warehouse.dbtConnection.port).toBe(port);
});

test('a keeper that is killed takes its server along, and its clients get a new one', async () => {
  const warehouse = await openHere();
  await run(warehouse, 'create table sluice_raw.t (id UInt64) engine MergeTree order by id');
  await warehouse.owner.insert('sluice_raw.t', [{ id: 7 }]);
  const [keeper, server] = [await keeperPid(), await serverPid()];
  process.kill(keeper, 'SIGKILL');
  await until(() => !isAlive(server), 'the server noticed');

  expect(await idsIn(warehouse)).toEqual([7]);
  expect(await keeperPid()).not.toBe(keeper);
});

test('after a kill of keeper and server the next command starts again, with no lock in its way', async () => {
  const warehouse = await openHere();
  await run(warehouse, 'create table sluice_raw.t (id UInt64) engine MergeTree order by id');
  await warehouse.owner.insert('sluice_raw.t', [{ id: 7 }]);
  const [keeper, server] = [await keeperPid(), await serverPid()];
  await warehouse.close();
  process.kill(keeper, 'SIGKILL');
  process.kill(server, 'SIGKILL');

  expect(await sluiceSql('select id from sluice_raw.t')).toEqual([{ id: 7 }]);
});

test('a server that hangs and has lost its keeper is ended by the next command', async () => {
  const warehouse = await openHere({ lingerMs: 60_000 });
  const [keeper, server] = [await keeperPid(), await serverPid()];
  await warehouse.close();
  process.kill(server, 'SIGSTOP');
  process.kill(keeper, 'SIGKILL');

  expect(await sluiceSql('select 1 as one')).toEqual([{ one: 1 }]);
  expect(await serverPid()).not.toBe(server);
});

test('a port that another program has taken meanwhile is left to it', async () => {
  const first = await openHere();
  const { port } = first.dbtConnection;
  const keeper = await keeperPid();
  await first.close();
  await until(() => !isAlive(keeper), 'the keeper has gone');
  const stranger = createServer().listen(port, '127.0.0.1');

  const second = await openHere();
  expect(second.dbtConnection.port).not.toBe(port);
  expect(await second.reader.raw('select 1', 'TSV')).toBeDefined();
  stranger.close();
});

test('other settings are refused while the server is in use, and taken once it is not', async () => {
  const first = await openHere({ lingerMs: 60_000 });
  await expect(openHere({ environment: { SLUICE_DATABASE_PREFIX: 'other' } })).rejects.toMatchObject({
    code: 'embedded.in_use',
    message: expect.stringContaining('prefix: "sluice", not "other"'),
  });
  await first.close();
  const other = await openHere({ environment: { SLUICE_DATABASE_PREFIX: 'other' } });
  expect(other.databases.raw).toBe('other_raw');
});

test('sluice stop ends server and keeper, and says when there was nothing to end', async () => {
  await (await openHere({ lingerMs: 60_000 })).close();
  const [keeper, server] = [await keeperPid(), await serverPid()];
  expect(await stopService('clickhouse', home.path)).toBe(true);
  await until(() => !isAlive(keeper) && !isAlive(server), 'keeper and server have gone');
  expect(await stopService('clickhouse', home.path)).toBe(false);
});

test('a command whose server is stopped under it says so, and does not start it again', async () => {
  const warehouse = await openHere();
  await stopService('clickhouse', home.path);
  await expect(run(warehouse, 'select 1')).rejects.toMatchObject({ code: 'embedded.stopped' });
});

test('a server that cannot be started says why, and leaves nothing behind', async () => {
  vi.stubEnv('CHDB_LIBCHDB_PATH', '/nowhere/libchdb.so');
  await expect(openHere()).rejects.toMatchObject({ code: 'embedded.unsupported_platform', exitCode: 3 });
  vi.unstubAllEnvs();
  expect((await openHere()).isEmbedded).toBe(true);
});

test('a broken data directory is reported with the server’s own words', async () => {
  // A folder in the place where the server writes its lock.
  await mkdir(join(home.path, 'clickhouse', 'data', 'status'), { recursive: true });
  await expect(openHere()).rejects.toMatchObject({ code: 'embedded.start_failed', message: expect.stringContaining('It wrote:') });
});

test('passwords and tokens are readable by their owner only', async () => {
  await openHere();
  const modeOf = async (path: string) => ((await stat(join(home.path, path))).mode & 0o777).toString(8);
  for (const file of ['secrets.json', 'run/clickhouse.json', 'clickhouse/users.xml', 'logs/clickhouse-keeper.log'])
    expect(await modeOf(file)).toBe('600');
  for (const folder of ['.', 'run', 'clickhouse', 'clickhouse/data', 'logs']) expect(await modeOf(folder)).toBe('700');
});
