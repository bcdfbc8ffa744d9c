/** The service as a process of its own, killed while it collects. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Analytics } from '@segment/analytics-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { defineQuery } from '../../src/warehouse/query.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

let dataDir: string;
let services: ChildProcess[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-collect-'));
  services = [];
});
afterEach(async () => {
  for (const service of services) service.kill('SIGKILL');
  await sluice('stop');
  await rm(dataDir, { recursive: true, force: true });
});

function run(...args: string[]): ChildProcess {
  const env = { ...process.env, SLUICE_DATA_DIR: dataDir, SLUICE_PORT: '0', SLUICE_LOG_LEVEL: 'silent' };
  return spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** A command's `--json` result. */
async function sluice(...args: string[]): Promise<unknown> {
  const child = run(...args, '--json');
  let out = '';
  child.stdout?.on('data', (chunk) => {
    out += String(chunk);
  });
  await once(child, 'close');
  return out === '' ? undefined : JSON.parse(out);
}

async function serve(): Promise<{ url: string; service: ChildProcess }> {
  const service = run('serve', '--json');
  services.push(service);
  if (!service.stdout) throw new Error('no output');
  for await (const line of createInterface({ input: service.stdout }))
    return { ...z.object({ url: z.string() }).parse(JSON.parse(line)), service };
  throw new Error('the service ended before it listened');
}

async function writeKey(): Promise<string> {
  return z.object({ key: z.string() }).parse(await sluice('keys', 'create', 'web', '--scope', 'collect', '--source', 'web')).key;
}

async function storedIds(): Promise<{ ids: Set<string>; rows: number }> {
  const app = openApp(readConfig({ SLUICE_DATA_DIR: dataDir }));
  const query = defineQuery({
    name: 'test.ids',
    sql: 'select message_id from sluice_raw.events final',
    params: z.object({}),
    row: z.object({ message_id: z.string() }),
  });
  const rows = await (await app.warehouse()).reader.ask(query, {});
  await app.close();
  return { ids: new Set(rows.map((row) => row.message_id)), rows: rows.length };
}

/** Sends batches until `count` are acknowledged or a request fails; what was acknowledged is noted. */
async function sendBatches(url: string, key: string, from: number, acknowledged: Set<string>, until: () => boolean): Promise<number> {
  let next = from;
  while (!until()) {
    const ids = Array.from({ length: 20 }, (_, index) => `m-${next}-${index}`);
    const batch = ids.map((messageId) => ({ type: 'track', event: 'Ping', userId: 'u', messageId }));
    try {
      const reply = await fetch(`${url}/v1/batch`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` },
        body: JSON.stringify({ batch }),
      });
      // Read whole: an answer cut off by the kill is no acknowledgement.
      await reply.text();
      if (reply.status === 200) for (const id of ids) acknowledged.add(id);
    } catch {
      return next;
    }
    next += 1;
  }
  return next;
}

describe('collection in a process of its own', () => {
  test('killed with -9 again and again while landing, it loses nothing that it acknowledged and stores nothing twice', async () => {
    const key = await writeKey();
    const acknowledged = new Set<string>();
    let next = 0;
    for (const whom of ['service', 'warehouse', 'service'] as const) {
      const { url, service } = await serve();
      let isOver = false;
      const sending = sendBatches(url, key, next, acknowledged, () => isOver);
      await new Promise((resolve) => setTimeout(resolve, 700));
      if (whom === 'service') {
        service.kill('SIGKILL');
      } else {
        process.kill(await warehousePid(), 'SIGKILL');
        // The keeper brings it back; requests that could not be stored meanwhile were answered 503 or waited.
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        isOver = true;
      }
      next = (await sending) + 1;
      // What may have been stored without an answer is sent again, as SDKs do.
      service.kill('SIGKILL');
    }

    const { url } = await serve();
    let resent = 0;
    await sendBatches(url, key, next - 1, acknowledged, () => resent++ === 3);
    const { ids, rows } = await storedIds();
    expect(acknowledged.size).toBeGreaterThan(100);
    expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([]);
    expect(rows).toBe(ids.size);
  });

  test('told to stop, it answers and stores what it has taken', async () => {
    const key = await writeKey();
    const { url, service } = await serve();
    const acknowledged = new Set<string>();
    const sending = sendBatches(url, key, 0, acknowledged, () => false);
    await new Promise((resolve) => setTimeout(resolve, 500));
    service.kill('SIGTERM');
    const [code] = (await once(service, 'exit')) as [number];
    await sending;
    const { ids } = await storedIds();
    expect(code).toBe(0);
    expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(0);
  });

  test('takes what the real Segment SDK for Node sends', async () => {
    const key = await writeKey();
    const { url } = await serve();
    const analytics = new Analytics({ writeKey: key, host: url, flushAt: 10 });
    const failures: unknown[] = [];
    analytics.on('error', (error) => failures.push(error));
    for (let index = 0; index < 25; index += 1) analytics.track({ userId: `u${index}`, event: 'Ping', messageId: `sdk-${index}` });
    analytics.identify({ userId: 'u0', traits: { email: 'u0@example.com' }, messageId: 'sdk-identify' });
    await analytics.closeAndFlush({ timeout: 10_000 });
    const { ids } = await storedIds();
    expect(failures).toEqual([]);
    expect(ids.size).toBe(26);
  });
});

/** The keeper records the server that it keeps. */
async function warehousePid(): Promise<number> {
  const record = z
    .looseObject({ pid: z.number() })
    .parse(JSON.parse(await readFile(join(dataDir, 'run', 'clickhouse-server.json'), 'utf8')));
  return record.pid;
}
