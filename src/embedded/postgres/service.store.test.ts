import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type JoinedService, joinService, stopService } from '../join.ts';
import { connectionUrl, PostgresEndpoints } from './service.ts';

let dataDir: string;
let joined: JoinedService;
let pool: pg.Pool;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-pglite-'));
  joined = await joinService({ name: 'postgres', dataDir, parameters: {} });
  pool = new pg.Pool({ connectionString: connectionUrl(PostgresEndpoints.parse(joined.endpoints)), max: 4 });
  pool.on('error', () => undefined).on('connect', (client) => client.on('error', () => undefined));
  await pool.query('create table written (id int primary key)');
});
afterAll(async () => {
  await pool?.end();
  await joined?.close();
  await stopService('postgres', dataDir);
  await rm(dataDir, { recursive: true, force: true });
});

const pidOf = async (file: string): Promise<number> => JSON.parse(await readFile(join(dataDir, 'run', file), 'utf8')).pid;

/** Kills the process that the file names, and waits for its successor. */
async function kill(file: string): Promise<void> {
  const pid = await pidOf(file);
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(async () => expect(await pidOf(file)).not.toBe(pid), { timeout: 30_000 });
  await joined.whenReady();
}

/** Writes one row after the other, each in its own transaction, while `disturb` runs. Returns the acknowledged rows. */
async function writeWhile(firstId: number, disturb: () => Promise<void>): Promise<number[]> {
  const acknowledged: number[] = [];
  let isOver = false;
  const disturbed = disturb().finally(() => {
    isOver = true;
  });
  for (let id = firstId; !isOver; id++) {
    const isWritten = await pool.query('insert into written values ($1)', [id]).then(
      () => true,
      () => sleep(20, false),
    );
    if (isWritten) acknowledged.push(id);
  }
  await disturbed;
  return acknowledged;
}

async function written(): Promise<Set<number>> {
  await joined.whenReady();
  const { rows } = await pool.query<{ id: number }>('select id from written');
  return new Set(rows.map(({ id }) => id));
}

test('what was acknowledged is there after the server was killed three times while it was writing', async () => {
  const acknowledged = await writeWhile(1, async () => {
    for (let kills = 0; kills < 3; kills++) {
      await sleep(150);
      await kill('postgres-server.json');
    }
  });
  expect(acknowledged.length).toBeGreaterThan(10);
  const rows = await written();
  expect(acknowledged.filter((id) => !rows.has(id))).toEqual([]);
});

test('when the keeper is killed another takes over, on the same port, with everything that was written', async () => {
  const acknowledged = await writeWhile(1_000_000, async () => {
    await sleep(150);
    await kill('postgres.json');
  });
  const rows = await written();
  expect(acknowledged.filter((id) => !rows.has(id))).toEqual([]);
});

test('a server that cannot be started is tried again without being asked, and clients are told meanwhile why it is not there', async () => {
  const version = join(dataDir, 'postgres', 'PG_VERSION');
  const good = await readFile(version, 'utf8');
  await writeFile(version, '1\n');
  for (const file of ['postgres.json', 'postgres-server.json']) process.kill(await pidOf(file), 'SIGKILL');
  await vi.waitFor(() => expect(joined.whenReady()).rejects.toMatchObject({ code: 'embedded.start_failed' }), { timeout: 30_000 });

  await writeFile(version, good);
  await vi.waitFor(() => joined.whenReady(), { timeout: 30_000, interval: 200 });
  expect((await written()).size).toBeGreaterThan(0);
});

test('strangers at the control port are cut off, and commands get in all the same', async () => {
  const { controlPort } = JSON.parse(await readFile(join(dataDir, 'run', 'postgres.json'), 'utf8'));
  const strangers = Array.from({ length: 150 }, (_, index) => {
    const stranger = connect(controlPort, '127.0.0.1').on('error', () => undefined);
    // Every second one sends rubbish, the others are silent.
    if (index % 2 === 0) stranger.write('x'.repeat(60_000));
    return stranger.resume();
  });
  const another = await joinService({ name: 'postgres', dataDir, parameters: {} });
  expect(another.endpoints).toEqual(joined.endpoints);
  await another.close();
  await vi.waitFor(() => expect(strangers.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(64), { timeout: 4_000 });
  for (const stranger of strangers) stranger.destroy();
});

test('its files and its password are for their owner only', async () => {
  for (const name of ['postgres', 'run', 'secrets.json', join('run', 'postgres.json')]) {
    expect((await stat(join(dataDir, name))).mode & 0o077, name).toBe(0);
  }
});
