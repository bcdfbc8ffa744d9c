import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type SharedPglite, sharePglite } from './sharing.ts';

const maxHoldMs = 400;
let pglite: PGlite;
let shared: SharedPglite;
let url: string;
const crashes: unknown[] = [];
const opened: pg.Client[] = [];

beforeAll(async () => {
  pglite = await PGlite.create();
  shared = await sharePglite({ pglite, port: 0, password: 'word', maxHoldMs, onCrash: (error) => crashes.push(error) });
  url = `postgresql://postgres:word@127.0.0.1:${shared.port}/postgres`;
  await pglite.exec('create table counter (value int); insert into counter values (0)');
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.end().catch(() => undefined)));
  await pglite.exec('update counter set value = 0');
  expect(crashes).toEqual([]);
});
afterAll(async () => {
  await shared.close();
  await pglite.close();
});

async function client(): Promise<pg.Client> {
  const connected = new pg.Client(url);
  connected.on('error', () => undefined);
  await connected.connect();
  opened.push(connected);
  return connected;
}
const counterOf = async (on: pg.Client) => (await on.query('select value from counter')).rows[0].value;
const streamOf = (on: pg.Client) => (on as unknown as { connection: { stream: Socket } }).connection.stream;

test('a request that arrives in two packets is not mixed with another client’s', async () => {
  const [slow, quick] = [await client(), await client()];
  const stream = streamOf(slow);
  const write = stream.write.bind(stream);
  const packets: Buffer[] = [];
  // Hold the request back, send its first half, let the other client ask, send the rest.
  stream.write = ((chunk: Buffer) => packets.push(Buffer.from(chunk)) > 0) as typeof stream.write;
  const answer = slow.query('select $1::text as value', ['slow']);
  await sleep(20);
  stream.write = write;
  const request = Buffer.concat(packets);
  const parse = request.readInt32BE(1) + 1;
  write(request.subarray(0, parse + 3));
  await sleep(20);
  expect((await quick.query('select $1::text as value', ['quick'])).rows).toEqual([{ value: 'quick' }]);
  write(request.subarray(parse + 3));
  expect((await answer).rows).toEqual([{ value: 'slow' }]);
});

test('while one client is in a transaction the others wait, in their order', async () => {
  const [first, second, third] = [await client(), await client(), await client()];
  await first.query('begin');
  await first.query('update counter set value = 1');
  const order: string[] = [];
  const waiting = [second, third].map(async (each, index) => {
    expect(await counterOf(each)).toBe(1);
    order.push(`${index}`);
  });
  await sleep(50);
  order.push('commit');
  await first.query('commit');
  await Promise.all(waiting);
  expect(order).toEqual(['commit', '0', '1']);
});

test('an error within a transaction keeps it with its client until the rollback', async () => {
  const [first, second] = [await client(), await client()];
  await first.query('begin');
  await first.query('update counter set value = 1');
  await expect(first.query('select nonsense')).rejects.toThrow('nonsense');
  const other = counterOf(second);
  await expect(first.query('select 1')).rejects.toMatchObject({ code: '25P02' });
  await first.query('rollback');
  expect(await other).toBe(0);
});

test('a client that vanishes within a transaction leaves nothing behind', async () => {
  const [first, second] = [await client(), await client()];
  await first.query('begin');
  await first.query('update counter set value = 1');
  streamOf(first).destroy();
  expect(await counterOf(second)).toBe(0);
});

test('a client that leaves a transaction idle is disconnected, and the others go on', async () => {
  const [first, second] = [await client(), await client()];
  await first.query('begin');
  await first.query('update counter set value = 1');
  const startedAt = performance.now();
  expect(await counterOf(second)).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(maxHoldMs * 5);
  await expect(first.query('select 1')).rejects.toThrow();
});

test('a failing statement, alone or within many, leaves the connection usable', async () => {
  const only = await client();
  await expect(only.query('select $1::int / 0', [1])).rejects.toMatchObject({ code: '22012' });
  await expect(only.query('select 1; select 1 / 0; select 2')).rejects.toMatchObject({ code: '22012' });
  expect((await only.query('select $1::int as value', [7])).rows).toEqual([{ value: 7 }]);
});

test('no client gets in without the password', async () => {
  for (const wrong of ['wrong', 'word1', 'wor']) {
    const stranger = new pg.Client(url.replace(':word@', `:${wrong}@`));
    stranger.on('error', () => undefined);
    await expect(stranger.connect()).rejects.toMatchObject({ code: '28P01' });
  }
});

test('a query before the password is refused, as is what speaks another protocol', async () => {
  for (const words of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\0\0\0\x08\0\x03\0\0Q\0\0\0\x0dselect 1\0']) {
    const socket = connect(shared.port, '127.0.0.1');
    socket.write(words);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    await once(socket, 'close');
    expect(Buffer.concat(chunks).toString('latin1')).toMatch(/SFATAL/);
  }
});

test('before the password a client may send ten kilobytes, whatever length a message claims', async () => {
  const startup = Buffer.alloc(8);
  startup.writeInt32BE(1_000_000);
  startup.writeInt32BE(196_608, 4);
  const askForEncryption = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
  for (const words of [Buffer.concat([startup, Buffer.alloc(11_000)]), Buffer.concat(Array(1_400).fill(askForEncryption))]) {
    const socket = connect(shared.port, '127.0.0.1').on('error', () => undefined);
    socket.write(words);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    await once(socket, 'close');
    expect(Buffer.concat(chunks).toString('latin1')).toMatch(/too much before the password/);
  }
  expect(await counterOf(await client())).toBe(0);
});
