import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { receive } from './control.ts';
import { createDoor } from './door.ts';

const Words = z.object({ token: z.literal('right') });
let server: Server;
let sockets: Socket[];

beforeEach(async () => {
  sockets = [];
  const door = createDoor({ maxWaiting: 3, maxWaitMs: 150 });
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    const letIn = door.knock(socket, () => socket.destroy());
    receive(socket, Words, () => {
      letIn();
      socket.write('welcome');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

async function knock(words = ''): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  sockets.push(socket);
  await once(socket, 'connect');
  if (words !== '') socket.write(words);
  return socket;
}
const closed = async (socket: Socket) => void (socket.closed || (await once(socket, 'close')));
const isOpen = (socket: Socket) => !socket.destroyed;

test('who says nothing is turned away in time, who shows the token stays', async () => {
  const [silent, known] = [await knock(), await knock('{"token":"right"}\n')];
  await closed(silent);
  await sleep(100);
  expect(isOpen(known)).toBe(true);
});

test('when too many wait the oldest is turned away, so that one of ours still gets in', async () => {
  const strangers = [await knock(), await knock(), await knock()];
  const known = await knock('{"token":"right"}\n');
  await closed(strangers[0] as Socket);
  await sleep(20);
  expect(known.bytesRead).toBe('welcome'.length);
  expect(strangers.slice(1).map(isOpen)).toEqual([true, true]);
});

test('a line without an end is not kept', async () => {
  const babbler = await knock('x'.repeat(60_000));
  const startedAt = performance.now();
  await closed(babbler);
  expect(performance.now() - startedAt).toBeLessThan(120);
});

test('a message that is not one of the keeper’s ends the connection', async () => {
  for (const words of ['GET / HTTP/1.1\r\n\r\n', '{"token":"wrong"}\n', '\n']) await closed(await knock(words));
});
