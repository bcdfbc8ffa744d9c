/**
 * The landing on a real server, behind a proxy that goes silent, breaks connections and loses answers: no row is lost, no row is doubled.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { type SilentProxy, silentProxy } from '../../test/silent-proxy.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import { createWarehouseClient, type WarehouseClient } from '../warehouse/client.ts';
import { PATIENCE } from '../warehouse/patience.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { createLanding, type LandingRows } from './landing.ts';
import { acceptMessage } from './message.ts';

const LANDING_MS = 500;

let warehouse: Warehouse;
let proxy: SilentProxy;
let client: WarehouseClient;
let source: string;

beforeAll(async () => {
  warehouse = await testWarehouse();
  const { host, port, user, password } = warehouse.dbtConnection;
  proxy = await silentProxy(`http://${host}:${port}`);
  client = createWarehouseClient({
    ...{ url: proxy.url, user, password, prefix: warehouse.prefix, isEmbedded: true, settings: {} },
    whenReady: () => Promise.resolve(),
    patience: { ...PATIENCE, probe: { ...PATIENCE.probe, silentMs: 200 }, landing: { ...PATIENCE.landing, silentMs: LANDING_MS } },
  });
});
beforeEach(() => {
  source = randomUUID();
});
afterAll(async () => {
  await client?.close();
  await proxy?.close();
  await warehouse?.close();
});

const limits = {
  ...{ maxWaitingBytes: 64e6, maxBytesPerInsert: 16e6, maxRowsPerInsert: 100, gatherMs: 2 },
  ...{ maxInserts: 4, rowsBesideOthers: 20, waitMsBesideOthers: 50, retryAfterMs: [50, 100, 200] },
};

/** Rows of a request: some events, and one that was refused. */
function request(name: string, count: number, message: object = {}): LandingRows {
  const receivedAt = new Date();
  const events = Array.from({ length: count }, (_, index) => {
    const raw = { type: 'track', event: 'x', userId: 'u', messageId: `${name}-${index}`, ...message };
    const accepted = acceptMessage(raw, { source, receivedAt });
    if (!accepted.ok) throw new Error(accepted.reason);
    return accepted.row;
  });
  const { received_at } = events[0] ?? { received_at: '' };
  const refused = {
    source,
    received_at,
    message_id: name,
    reason: 'missing_id',
    detail: 'é',
    message: '{}',
    message_bytes: 2,
    request_id: name,
  };
  return { events, rejected: [{ ...refused, reason: 'missing_id' }] };
}

/** Every row that the table holds, including those that a merge would drop. */
async function idsIn(table: 'events' | 'rejected_events'): Promise<string[]> {
  const query = defineQuery({
    name: 'test.ids',
    sql: `select message_id from sluice_raw.${table} where source = {source:String}`,
    params: z.object({ source: z.string() }),
    row: z.object({ message_id: z.string() }),
  });
  return (await warehouse.owner.ask(query, { source })).map(({ message_id }) => message_id);
}

async function expectOnce(names: ReadonlyMap<string, boolean>, count: number): Promise<void> {
  const [events, rejected] = await Promise.all([idsIn('events'), idsIn('rejected_events')]);
  expect(new Set(events).size).toBe(events.length);
  expect(new Set(rejected).size).toBe(rejected.length);
  const acknowledged = [...names].filter(([, isAcknowledged]) => isAcknowledged).map(([name]) => name);
  const wanted = acknowledged.flatMap((name) => Array.from({ length: count }, (_, index) => `${name}-${index}`));
  expect(new Set(events)).toEqual(new Set([...events, ...wanted]));
  expect(new Set(rejected)).toEqual(new Set([...rejected, ...acknowledged]));
}

test('a connection that goes silent stops collection for no longer than the deadline, and the retry goes over a new one', async () => {
  const landing = createLanding(client, limits);
  await landing.land(request('before', 1));
  proxy.silence();
  const before = proxy.connections;
  const startedMs = performance.now();
  await landing.land(request('after', 1));
  const tookMs = performance.now() - startedMs;
  expect(tookMs).toBeGreaterThan(LANDING_MS - 10);
  // Both tables are written over the connection that follows the silent one, on a machine that may be busy.
  expect(tookMs).toBeLessThan(LANDING_MS + 3_000);
  expect(proxy.connections).toBeGreaterThan(before);
  await landing.close();
  await expectOnce(
    new Map([
      ['before', true],
      ['after', true],
    ]),
    1,
  );
});

test('an insert whose answer is lost in silence is stored once', async () => {
  const landing = createLanding(client, limits);
  // The rows arrive, and no byte comes back.
  proxy.silenceAfter(0);
  const landed = landing.land(request('lost', 3));
  await sleep(LANDING_MS / 2);
  expect((await idsIn('events')).length).toBe(3);
  proxy.silenceAfter(undefined);
  await landed;
  await landing.close();
  await expectOnce(new Map([['lost', true]]), 3);
});

test('several inserts at once, while connections break and go silent and inserts are killed: what was acknowledged is stored, once', async () => {
  const landing = createLanding(client, limits);
  const names = new Map<string, boolean>();
  const kill = defineStatement({
    name: 'test.kill',
    sql: `kill query where startsWith(query_id, 'insert.sluice_raw.') and has(databases, '${warehouse.databases.raw}') sync`,
    params: z.object({}),
  });
  const faults = [() => proxy.reset(), () => proxy.silence(), () => void warehouse.owner.run(kill, {}).catch(() => undefined)];
  const untilMs = performance.now() + 3_000;
  const lane = async (index: number) => {
    // The last of them meet no fault.
    for (let turn = 0; turn < 4 || performance.now() < untilMs; turn += 1) {
      const name = `${index}.${turn}`;
      names.set(
        name,
        await landing.land(request(name, 5)).then(
          () => true,
          () => false,
        ),
      );
    }
  };
  const lanes = Promise.all(Array.from({ length: 24 }, (_, index) => lane(index)));
  for (let turn = 0; performance.now() < untilMs; turn += 1) {
    await sleep(150);
    faults[turn % faults.length]?.();
  }
  await lanes;
  await landing.close();
  const acknowledged = [...names.values()].filter(Boolean).length;
  expect(acknowledged).toBeGreaterThanOrEqual(24);
  await expectOnce(names, 5);
});

test('a row is stored to the letter: every script, control characters, long texts and moments before 1970', async () => {
  const landing = createLanding(client, limits);
  const strange = { text: 'tab\t line\n back\\slash "quote" \u0000 \u0001 ž 汉 😀', long: 'ü'.repeat(10_000) };
  const row = {
    ...request('x', 1).events[0],
    ...{ event: strange.text, message: JSON.stringify(strange), user_id: 'ü'.repeat(200), group_id: 'g'.repeat(130) },
    ...{ occurred_at: '1969-12-31T23:59:59.999Z', original_timestamp: '1901-02-03T04:05:06.007Z', sent_at: null, has_long_numbers: true },
  };
  await landing.land({ events: [row as LandingRows['events'][number]], rejected: [] });
  await landing.close();
  const stored = defineQuery({
    name: 'test.row',
    sql: `select ${Object.keys(row).join(', ')} from sluice_raw.events where source = {source:String}`,
    params: z.object({ source: z.string() }),
    row: z.object({}).loose(),
  });
  expect(await warehouse.owner.ask(stored, { source })).toEqual([row]);
});
