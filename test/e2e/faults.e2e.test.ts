/**
 * The service as a process of its own, while what it stands on is away: each part is killed as often as it comes back. Seconds are enough to
 * see that the service lives and recovers; SLUICE_TEST_OUTAGE_SECONDS=30 is the long form, in which the keepers give up and are joined again.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { type App, openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { stopService } from '../../src/embedded/join.ts';
import { defineQuery } from '../../src/warehouse/query.ts';
import { type TestDataDir, testDataDir } from '../data-dir.ts';
import { copyOfProject, type ProjectCopy } from '../dbt.ts';
import { childrenOf, isAlive } from '../processes.ts';
import { sluiceCommand } from '../sluice-command.ts';

const OUTAGE_MS = 1_000 * Number(process.env.SLUICE_TEST_OUTAGE_SECONDS ?? 2);
/** Above the longest pause before a keeper that gave up is joined again. */
const PATIENCE = { timeout: 90_000, interval: 100 };

let home: TestDataDir;
let project: ProjectCopy;
let app: App;
let service: ChildProcess;
let exited: Promise<number | null>;
let url: string;
let key: string;
const log: Record<string, unknown>[] = [];

beforeAll(async () => {
  [home, project] = await Promise.all([testDataDir(), copyOfProject({ withModels: false })]);
  app = openApp(home.config);
  key = (await (await app.store()).apiKeys.create({ name: 'web', scopes: ['collect'], source: 'web' })).plain;
  await serve();
});
afterAll(async () => {
  service?.kill('SIGKILL');
  await app?.close();
  await home?.remove();
  await project?.remove();
});

/** Starts the service, by the launcher that people call or without it. Its log goes to `log`. */
async function serve(launcher?: string): Promise<void> {
  service = sluiceCommand(
    home.path,
    { SLUICE_PORT: '0', SLUICE_PROJECT_DIR: project.dir, SLUICE_PYTHON: resolve(readConfig().SLUICE_PYTHON ?? '.venv/bin/python') },
    launcher,
  ).start(['serve', '--json']);
  exited = once(service, 'exit').then(([code]) => code as number | null);
  const { stdout, stderr } = service;
  if (!stdout || !stderr) throw new Error('the service has no output');
  createInterface({ input: stderr }).on('line', (line) => log.push(line.startsWith('{') ? JSON.parse(line) : { line }));
  const [first] = (await once(createInterface({ input: stdout }), 'line')) as [string];
  url = z.object({ url: z.string() }).parse(JSON.parse(first)).url;
}

let sent = 0;
const acknowledged: string[] = [];

/** @returns the status, or 0 when there was no answer. */
async function collect(): Promise<number> {
  const messageId = `m-${sent++}`;
  try {
    const reply = await fetch(`${url}/v1/track`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` },
      body: JSON.stringify({ event: 'Ping', userId: 'u', messageId }),
    });
    await reply.text();
    if (reply.status === 200) acknowledged.push(messageId);
    return reply.status;
  } catch {
    return 0;
  }
}

const ready = async () => {
  const reply = await fetch(`${url}/readyz`);
  return { status: reply.status, ...z.looseObject({ parts: z.record(z.string(), z.string()) }).parse(await reply.json()) };
};

const pidIn = async (file: string) =>
  z.object({ pid: z.number() }).parse(JSON.parse(await readFile(join(home.path, 'run', file), 'utf8'))).pid;

/** Collects while the process that `file` names is killed as often as it comes back. @returns the statuses, and what /readyz said. */
async function collectWhileAway(file: string) {
  const until = Date.now() + OUTAGE_MS;
  const statuses: number[] = [];
  const readiness: Awaited<ReturnType<typeof ready>>[] = [];
  const killing = (async () => {
    for (; Date.now() < until; await sleep(20)) {
      try {
        process.kill(await pidIn(file), 'SIGKILL');
      } catch {
        // It has not come back yet.
      }
    }
  })();
  const asking = (async () => {
    for (; Date.now() < until; await sleep(200)) readiness.push(await ready());
  })();
  while (Date.now() < until) {
    await Promise.all([collect(), collect(), collect()].map(async (one) => statuses.push(await one)));
    await sleep(50);
  }
  await Promise.all([killing, asking]);
  expect(service.exitCode).toBeNull();
  return { statuses, readiness };
}

/** A job for a sync that does not exist ends among the dead letters as soon as a worker has taken it. */
async function expectJobsToRun(id: string): Promise<void> {
  const queue = await vi.waitFor(() => app.queue(), PATIENCE);
  await vi.waitFor(() => queue.enqueue({ name: 'sync.run', id }), PATIENCE);
  const letters = async () => (await queue.deadLetters()).map(({ job }) => ('id' in job ? job.id : job.name));
  await vi.waitFor(async () => expect(await letters()).toContain(id), PATIENCE);
}

test('while the control plane dies again and again, events are taken, /readyz stays ready and shows it, and jobs run afterwards', async () => {
  expect(await collect()).toBe(200);
  const { statuses, readiness } = await collectWhileAway('postgres-server.json');
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(new Set(readiness.map(({ status }) => status))).toEqual(new Set([200]));
  expect(readiness.map(({ parts }) => parts.control_plane)).toContain('failed');
  await expectJobsToRun('after-the-control-plane');
  await vi.waitFor(async () => expect((await ready()).parts.control_plane).toBe('ok'), PATIENCE);
});

test('while the warehouse dies again and again, clients are told to come back, /readyz says so, and collection goes on afterwards', async () => {
  const { statuses, readiness } = await collectWhileAway('clickhouse-server.json');
  expect(statuses.filter((status) => ![200, 503].includes(status))).toEqual([]);
  expect(readiness.some(({ status }) => status === 503)).toBe(true);
  await vi.waitFor(async () => expect(await collect()).toBe(200), PATIENCE);
  await vi.waitFor(async () => expect(await ready()).toMatchObject({ status: 200, parts: { warehouse: 'ok', landing: 'ok' } }), PATIENCE);
});

test('killed keepers are replaced, and collection and jobs go on', async () => {
  for (const file of ['clickhouse.json', 'postgres.json']) process.kill(await pidIn(file), 'SIGKILL');
  await vi.waitFor(async () => expect(await collect()).toBe(200), PATIENCE);
  await expectJobsToRun('after-the-keepers');
});

/** The dbt worker of the service `parent`, which a build makes it start. */
async function startedWorker(parent: number): Promise<number> {
  await (await app.queue()).enqueue({ name: 'build' });
  return vi.waitFor(async () => {
    const [pid] = await childrenOf(parent, 'worker.py');
    expect(pid).toBeDefined();
    return pid as number;
  }, PATIENCE);
}

test('a killed dbt worker is a failed job that is tried again', async () => {
  process.kill(await startedWorker(service.pid ?? 0), 'SIGKILL');
  const end = () => log.find(({ msg, job }) => msg === 'job ended' && job === 'build');
  await vi.waitFor(() => expect(end()).toMatchObject({ code: 'dbt.crashed', will_retry: true }), PATIENCE);
  expect(await collect()).toBe(200);
});

test('SIGTERM under load ends it within ten seconds, in order, and everything that was acknowledged is stored', async () => {
  const statuses: number[] = [];
  let isOver = false;
  const clients = Array.from({ length: 20 }, async () => {
    while (!isOver) statuses.push(await collect());
  });
  await sleep(300);
  const toldAt = performance.now();
  service.kill('SIGTERM');
  const code = await exited;
  const ms = performance.now() - toldAt;
  isOver = true;
  await Promise.all(clients);
  expect(code).toBe(0);
  expect(ms).toBeLessThan(10_000);
  expect(statuses).toContain(200);

  const query = defineQuery({
    name: 'test.ids',
    sql: 'select message_id, count() as row_count from sluice_raw.events final group by message_id',
    params: z.object({}),
    row: z.object({ message_id: z.string(), row_count: z.coerce.number() }),
  });
  const rows = new Map((await (await app.warehouse()).reader.ask(query, {})).map((row) => [row.message_id, row.row_count]));
  expect(acknowledged.filter((id) => rows.get(id) !== 1)).toEqual([]);
});

test('killing the launcher with -9 ends the service', async () => {
  await serve('src/cli/sluice.mjs');
  const [program = 0] = await childrenOf(service.pid ?? 0, 'main.ts');
  service.kill('SIGKILL');
  await vi.waitFor(() => expect(isAlive(program)).toBe(false), PATIENCE);
});

test('a service whose servers were stopped by a person ends with code 3 and says so', async () => {
  await serve();
  await stopService('clickhouse', home.path);
  expect(await exited).toBe(3);
  expect(JSON.stringify(log.slice(-3))).toContain('embedded.stopped');
});

test.runIf(process.env.SLUICE_TEST_OUTAGE_SECONDS)(
  'SIGTERM ends it within ten seconds also when the warehouse has gone silent',
  async () => {
    await serve();
    const warehouse = await pidIn('clickhouse-server.json');
    process.kill(warehouse, 'SIGSTOP');
    const waiting = [collect(), collect(), collect()];
    await sleep(1_000);
    const toldAt = performance.now();
    service.kill('SIGTERM');
    await exited;
    expect(performance.now() - toldAt).toBeLessThan(10_500);
    expect(await Promise.all(waiting)).not.toContain(200);
    process.kill(warehouse, 'SIGCONT');
  },
);

test('nothing that failed meanwhile was left without an owner', () => {
  expect(log.filter(({ msg }) => typeof msg === 'string' && /^an (unhandled|uncaught) /.test(msg))).toEqual([]);
});
