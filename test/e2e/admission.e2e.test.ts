/**
 * What the open internet does to a service that collects, in small: one process with its own limits of memory is attacked in one way after
 * the other. After each it lives, answers, and takes events; what it acknowledged is stored; its memory stays under one bound.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { type App, openApp } from '../../src/app.ts';
import { NODE_FLAGS } from '../../src/node-flags.mjs';
import { defineQuery } from '../../src/warehouse/query.ts';
import { type TestDataDir, testDataDir } from '../data-dir.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
/** Of the process: a heap of 256 MB, and the buffers of bodies and inserts outside of it. */
const MAX_RESIDENT_MB = 450;
const MAX_CONNECTIONS = 500;

let home: TestDataDir;
let app: App;
let service: ChildProcess;
let port: number;
let key: string;
let otherKey: string;

beforeAll(async () => {
  home = await testDataDir();
  app = openApp(home.config);
  const { apiKeys } = await app.store();
  key = (await apiKeys.create({ name: 'web', scopes: ['collect'], source: 'web' })).plain;
  otherKey = (await apiKeys.create({ name: 'app', scopes: ['collect'], source: 'app' })).plain;
  service = spawn(process.execPath, [...NODE_FLAGS, MAIN, 'serve', '--json'], {
    env: {
      ...process.env,
      SLUICE_DATA_DIR: home.path,
      SLUICE_PORT: '0',
      SLUICE_LOG_LEVEL: 'silent',
      SLUICE_BODY_TIMEOUT_SECONDS: '2',
      // As much load as a test may make must last longer than this.
      SLUICE_COLLECT_WAIT_SECONDS: '1',
      SLUICE_MAX_CONNECTIONS: String(MAX_CONNECTIONS),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!service.stdout) throw new Error('the service has no output');
  const [line] = (await once(createInterface({ input: service.stdout }), 'line')) as [string];
  port = Number(new URL(z.object({ url: z.string() }).parse(JSON.parse(line)).url).port);
});
afterEach(async () => {
  expect(service.exitCode).toBeNull();
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  expect((await send(track('after'), { key })).status).toBe(200);
  expect(mostResidentMb()).toBeLessThan(MAX_RESIDENT_MB);
});
afterAll(async () => {
  service?.kill('SIGKILL');
  await app?.close();
  await home?.remove();
});

/** The most that the process ever had, where the system tells. */
function mostResidentMb(): number {
  const file = `/proc/${service.pid}/status`;
  return existsSync(file) ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync(file, 'utf8'))?.[1]) / 1024 : 0;
}

interface Answer {
  /** 0 when the connection broke. */
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly code: string | undefined;
}

/** On a connection of its own, as strangers come. */
function send(body: string | Uint8Array, { key: own, path = '/v1/batch' }: { key?: string; path?: string } = {}): Promise<Answer> {
  const headers = {
    'content-length': Buffer.byteLength(body),
    ...(own !== undefined && { authorization: `Basic ${Buffer.from(`${own}:`).toString('base64')}` }),
  };
  return new Promise((resolve) => {
    const lost = () => resolve({ status: 0, retryAfter: undefined, code: undefined });
    const outgoing = request({ port, host: '127.0.0.1', method: 'POST', path, headers, agent: false }, async (reply) => {
      let text = '';
      for await (const part of reply) text += String(part);
      const code = /"code":"([^"]+)"/.exec(text)?.[1];
      resolve({ status: reply.statusCode ?? 0, retryAfter: reply.headers['retry-after'], code });
    });
    outgoing.on('error', lost);
    outgoing.end(body);
  });
}

const track = (messageId: string) => JSON.stringify({ batch: [{ type: 'track', event: 'Ping', userId: 'u', messageId }] });
const madeUpKey = () => `slk_${randomBytes(32).toString('base64url')}`;
const statuses = (answers: readonly Answer[]) => [...new Set(answers.map(({ status }) => status))].sort();

test('ninety at once without a valid key, of 2.3 kB that unpack to 500 kB, get 401 or 503, three times what ended the process', async () => {
  const bodies = Array.from({ length: 90 }, () => gzipSync(`{"writeKey":"${madeUpKey()}","batch":[${'{},'.repeat(170_000)}{}]}`));
  const answers: Answer[] = [];
  for (let round = 0; round < 2; round += 1) {
    const flood = Promise.all(bodies.map((body) => send(body)));
    // Who has a key in the header is not kept waiting by strangers.
    expect((await send(track(`beside-${round}`), { key })).status).toBe(200);
    answers.push(...(await flood));
  }
  expect(statuses(answers).filter((status) => status !== 401 && status !== 503)).toEqual([]);
  expect(answers.filter(({ status, retryAfter }) => status === 503 && retryAfter === undefined)).toEqual([]);
});

test('a small body that unpacks or multiplies to a large one is answered 413, and invalid messages do not fill the table of rejected ones', async () => {
  const context = gzipSync(JSON.stringify({ context: { a: 'x'.repeat(30_000) }, batch: Array.from({ length: 9_000 }, () => ({})) }));
  const bomb = gzipSync(Buffer.alloc(20_000_000, ' '));
  const multiplied = await Promise.all(Array.from({ length: 60 }, (_, index) => send(index % 2 ? context : bomb, { key })));
  expect(statuses(multiplied)).toEqual([413]);
  const nothings = JSON.stringify({ batch: Array.from({ length: 10_000 }, () => 0) });
  const answers = await Promise.all(Array.from({ length: 40 }, () => send(nothings, { key: otherKey })));
  expect(statuses(answers)).toEqual([200]);
  expect(await rejectedOf('app')).toBeLessThan(17_000);
});

test('honest overload, 400 messages from each of 300, is answered 200 or 503 with Retry-After, and what was acknowledged is stored', async () => {
  const messages = (batch: string) =>
    Array.from({ length: 400 }, (_, index) => ({
      type: 'track',
      event: 'Product Viewed',
      userId: `u-${index}`,
      messageId: `${batch}-${index}`,
      properties: { text: 'x'.repeat(900) },
    }));
  const form = JSON.stringify({ batch: messages('BATCH') });
  const answers = await Promise.all(
    Array.from({ length: 300 }, async (_, index) => ({ index, ...(await send(form.replaceAll('BATCH', `load-${index}`), { key })) })),
  );
  const acknowledged = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 503);
  expect(acknowledged.length + refused.length).toBe(300);
  expect(acknowledged.length).toBeGreaterThan(20);
  expect(refused.length).toBeGreaterThan(0);
  for (const { retryAfter, code } of refused) expect([code, Number(retryAfter)]).toEqual(['collect.overloaded', expect.any(Number)]);
  const stored = await storedBatches();
  expect(acknowledged.filter(({ index }) => stored.get(`load-${index}`) !== 400)).toEqual([]);
});

test('bodies that come byte by byte are cut off, and delay no other request', async () => {
  const head = [
    'POST /v1/batch HTTP/1.1',
    'Host: x',
    `Authorization: Basic ${Buffer.from(`${key}:`).toString('base64')}`,
    'Content-Length: 500000',
  ];
  const slow = await Promise.all(Array.from({ length: 200 }, () => open(`${head.join('\r\n')}\r\n\r\n{`)));
  const drip = setInterval(() => {
    for (const { socket } of slow) if (socket.writable) socket.write(' ');
  }, 300);
  // Longer than until a body counts as slow.
  await sleep(1_200);
  expect((await send(track('beside-slow'), { key })).status).toBe(200);
  await Promise.all(slow.map(({ closed }) => closed));
  clearInterval(drip);
  // Who waited for room that the first held is refused as overload instead.
  for (const { received } of slow) expect(received()).toMatch(/^HTTP\/1\.1 (408|503) /);
  expect(slow.filter(({ received }) => received().includes('collect.body_cut')).length).toBeGreaterThan(0);
});

test('connections past the limit are closed at once, and who comes when there are fewer is served', async () => {
  const idle = await Promise.all(Array.from({ length: MAX_CONNECTIONS + 50 }, () => open('')));
  await Promise.race([Promise.all(idle.slice(-40).map(({ closed }) => closed)), sleep(5_000)]);
  expect(idle.filter(({ socket }) => !socket.closed).length).toBeLessThanOrEqual(MAX_CONNECTIONS);
  for (const { socket } of idle) socket.destroy();
  await sleep(200);
});

async function open(first: string): Promise<{ socket: Socket; closed: Promise<void>; received: () => string }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  socket.on('data', (part) => {
    text += String(part);
  });
  await Promise.race([once(socket, 'connect').catch(() => undefined), closed]);
  if (first !== '') socket.write(first);
  return { socket, closed, received: () => text };
}

async function rejectedOf(source: string): Promise<number> {
  const query = defineQuery({
    name: 'test.rejected_count',
    sql: 'select count() as rows from sluice_raw.rejected_events where source = {source:String}',
    params: z.object({ source: z.string() }),
    row: z.object({ rows: z.coerce.number() }),
  });
  const [counted] = await (await app.warehouse()).reader.ask(query, { source });
  return counted?.rows ?? 0;
}

async function storedBatches(): Promise<Map<string, number>> {
  const query = defineQuery({
    name: 'test.batches',
    sql: `
      select extract(message_id, '^load-[0-9]+') as batch, uniqExact(message_id) as messages
      from sluice_raw.events
      where message_id like 'load-%'
      group by batch
    `,
    params: z.object({}),
    row: z.object({ batch: z.string(), messages: z.coerce.number() }),
  });
  return new Map((await (await app.warehouse()).reader.ask(query, {})).map(({ batch, messages }) => [batch, messages]));
}
