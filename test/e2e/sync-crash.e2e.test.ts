import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { readConfig } from '../../src/config.ts';
import { stopService } from '../../src/embedded/join.ts';
import { runSync } from '../../src/syncs/run-sync.ts';
import { defineQuery } from '../../src/warehouse/query.ts';
import { openWarehouse } from '../../src/warehouse/warehouse.ts';
import { openSyncWorld, putWebhookSync, type SyncWorld } from '../sync-world.ts';
import { type ReceivedRequest, startVendorServer, type VendorServer } from '../vendor-server.ts';

const PROCESS = new URL('../sync-process.ts', import.meta.url).pathname;
const prefix = 'sluice_tcrash';
const people = 60_000;
/** Each kills a run at another place. `npm test` takes these many; SLUICE_CRASH_ROUNDS=200 before a release. */
const rounds = Number(process.env.SLUICE_CRASH_ROUNDS ?? 10);

let dataDir: string;
let world: SyncWorld;

const open = async () => {
  const config = readConfig({ SLUICE_DATA_DIR: dataDir, SLUICE_DATABASE_PREFIX: prefix });
  return openSyncWorld(await openWarehouse(config, { embedded: { prefixPattern: 'sluice_t*', lingerMs: 5_000 } }));
};

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-sync-crash-'));
  world = await open();
});
afterAll(async () => {
  await world.close();
  await stopService('clickhouse', dataDir);
  await rm(dataDir, { recursive: true, force: true });
});

/** A receiver that keeps the ids it has handled: what it applied, in order, each batch once. It takes an address in another case for the same. */
function receiverOf(server: VendorServer) {
  const handled = new Set<string>();
  const held = new Map<string, string>();
  let applied = 0;
  const take = ({ headers, body }: ReceivedRequest) => {
    const id = String(headers['webhook-id']);
    if (handled.has(id)) return;
    handled.add(id);
    const { data } = JSON.parse(body) as { data: { operation: string; rows: { email: string; first_name: string }[] } };
    applied += data.rows.length;
    for (const row of data.rows) {
      const key = row.email.toLowerCase();
      data.operation === 'upsert' ? held.set(key, row.first_name) : held.delete(key);
    }
  };
  server.behave((request) => {
    take(request);
    return undefined;
  });
  return { held, take, appliedSoFar: () => applied };
}

async function sourceRows(): Promise<Map<string, string>> {
  const query = defineQuery({
    name: 'test.people',
    sql: 'select email, first_name from sluice.people',
    params: z.object({}),
    row: z.object({ email: z.string(), first_name: z.string() }),
  });
  return new Map((await world.warehouse.owner.ask(query, {})).map((row) => [row.email, row.first_name]));
}

const asHeld = (rows: ReadonlyMap<string, string>) => new Map([...rows].map(([email, name]) => [email.toLowerCase(), name]));

/** A twentieth comes in another case, which is a removal and an add to a sync that does not know better. A tenth changes, a tenth leaves, a tenth arrives: the sum of rows that must travel. */
async function changeTheWorld(round: number): Promise<number> {
  const before = await sourceRows();
  await world.execute('truncate table sluice.people');
  await world.execute(`
    insert into sluice.people (email, first_name)
    select
        concat(if(cityHash64(number + ${round * 6_000}, ${round % 7}) % 20 = 0, 'P', 'p'), toString(number + ${round * 6_000}), '@example.com'),
        if(cityHash64(number + ${round * 6_000}, ${round}) % 10 = 0, 'round ${round}', 'as ever')
    from numbers(${people})`);
  const after = await sourceRows();
  const written = [...after].filter(([email, name]) => before.get(email) !== name).length;
  return written + [...before.keys()].filter((email) => !after.has(email)).length;
}

type Process = ChildProcessByStdio<null, Readable, Readable>;

function start(server: VendorServer, syncId: string): Process {
  return spawn(process.execPath, [PROCESS, JSON.stringify({ dataDir, prefix, syncId, url: server.url })], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function finish(child: Process): Promise<{ status: string; planned: number; accepted: number }> {
  const [out, errorText] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (out === '') throw new Error(errorText);
  return JSON.parse(out);
}

describe('a sync whose process is killed with -9', () => {
  test(
    `converges in the next run, ${rounds} times: nothing lost, no row twice at a receiver that keeps webhook-ids`,
    async () => {
      const server = await startVendorServer();
      const receiver = receiverOf(server);
      let killed = 0;
      for (let round = 1; round <= rounds; round += 1) {
        const expected = await changeTheWorld(round);
        const appliedBefore = receiver.appliedSoFar();
        const requestsBefore = server.requests.length;

        const child = start(server, 'crash');
        const ended = once(child, 'exit');
        // By turns: before the first request, at one of the requests (before or after its answer), or somewhere in the closing.
        const killAt = requestsBefore + 1 + ((round * 7) % 16);
        if (round % 4 === 0) {
          await Promise.race([sleep(400 + ((round * 137) % 900)), ended]);
        } else {
          server.behave((request, count) => {
            const kill = () => child.kill('SIGKILL');
            if (count === killAt && round % 2 === 0) kill();
            receiver.take(request);
            if (count === killAt && round % 2 === 1) setImmediate(kill);
            return undefined;
          });
          await Promise.race([ended, sleep(20_000)]);
        }
        child.kill('SIGKILL');
        await ended;
        if (child.signalCode === 'SIGKILL') killed += 1;
        server.behave((request) => {
          receiver.take(request);
          return undefined;
        });

        expect(await finish(start(server, 'crash'))).toMatchObject({ status: 'succeeded' });
        expect(receiver.held, `round ${round}`).toEqual(asHeld(await sourceRows()));
        expect(receiver.appliedSoFar() - appliedBefore, `rows applied in round ${round}`).toBe(expected);
      }
      expect(killed).toBeGreaterThan(rounds / 2);
      await server.stop();
    },
    rounds * 20_000,
  );
});

describe('a sync during which ClickHouse', () => {
  const serverPid = async (): Promise<number> => JSON.parse(await readFile(join(dataDir, 'run', 'clickhouse-server.json'), 'utf8')).pid;

  test('is killed and comes back either goes on or fails, and the next run converges', async () => {
    const server = await startVendorServer();
    const receiver = receiverOf(server);
    await changeTheWorld(101);
    putWebhookSync(world, server.url, { id: 'clickhouse-killed', compare: { email: 'exact' } });
    const pid = await serverPid();
    server.behave((request, count) => {
      receiver.take(request);
      if (count === 5) process.kill(pid, 'SIGKILL');
      return undefined;
    });
    await runSync(world.deps, 'clickhouse-killed').catch((error: unknown) =>
      expect(error).toMatchObject({ code: expect.stringMatching(/^(warehouse|embedded)\./) }),
    );
    expect(await runSync(world.deps, 'clickhouse-killed')).toMatchObject({ status: 'succeeded' });
    expect(receiver.held).toEqual(asHeld(await sourceRows()));
    expect(receiver.appliedSoFar()).toBe(people);
    await server.stop();
  });

  test('is stopped fails with a clear error, and converges once it is started again', async () => {
    const server = await startVendorServer();
    const receiver = receiverOf(server);
    putWebhookSync(world, server.url, { id: 'clickhouse-stopped', compare: { email: 'exact' } });
    let stopped: Promise<unknown> = Promise.resolve();
    server.behave((request, count) => {
      receiver.take(request);
      if (count === 5) stopped = stopService('clickhouse', dataDir);
      return undefined;
    });
    const child = start(server, 'clickhouse-stopped');
    await expect(finish(child)).rejects.toThrow(/CdpError/);
    await stopped;
    server.behave((request) => {
      receiver.take(request);
      return undefined;
    });
    await world.close();
    world = await open();
    putWebhookSync(world, server.url, { id: 'clickhouse-stopped', compare: { email: 'exact' } });
    expect(await runSync(world.deps, 'clickhouse-stopped')).toMatchObject({ status: 'succeeded' });
    expect(receiver.held).toEqual(asHeld(await sourceRows()));
    expect(receiver.appliedSoFar()).toBe(people);
    await server.stop();
  });
});
