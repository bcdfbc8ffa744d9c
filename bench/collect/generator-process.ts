/**
 * Sends collection requests as fast as they are answered, or at a given rate. Requests are made once and only their messages' numbers are written
 * anew, over plain sockets: on two cores, whatever a generator costs is taken from what it measures.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../child.ts';
import { quantile } from '../statistics.ts';
import { bodyOf, NUMBER } from './messages.ts';

interface Load {
  readonly url: string;
  readonly authorization: string;
  /** Of one request. */
  readonly messages: number;
  readonly connections: number;
  readonly seconds: number;
  /** Requests per second over all connections; without it each connection sends when its last request is answered. */
  readonly rate?: number;
}

export interface Loaded {
  readonly events_per_second: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** Requests that were answered with anything but 200. */
  readonly refused: number;
}

/** What a client does at least when it is refused. */
const PAUSE_MS = 20;
let lastNumber = 0;

const methods = {
  async load(load: Load): Promise<Loaded> {
    const run = Date.now().toString(36);
    const { hostname, port } = new URL(load.url);
    const lanes = await Promise.all(
      Array.from({ length: load.connections }, async () => {
        const socket = connect(Number(port), hostname).setNoDelay(true);
        await once(socket, 'connect');
        return { socket, request: requestOf(load, run) };
      }),
    );
    const startedMs = performance.now();
    const endsMs = startedMs + load.seconds * 1_000;
    const latencies: number[] = [];
    let refused = 0;
    const lane = async ({ socket, request }: (typeof lanes)[number], index: number) => {
      const everyMs = load.rate === undefined ? 0 : (1_000 * load.connections) / load.rate;
      // A request that is late counts from when it should have been sent: a slow answer must not hide the ones behind it.
      for (let dueMs = startedMs + (index / load.connections) * everyMs; ; dueMs = everyMs === 0 ? performance.now() : dueMs + everyMs) {
        if (dueMs >= endsMs || performance.now() >= endsMs) break;
        if (dueMs > performance.now()) await sleep(dueMs - performance.now());
        const status = await exchange(socket, request.next());
        if (status === 200) latencies.push(performance.now() - dueMs);
        else {
          refused += 1;
          await sleep(PAUSE_MS);
        }
      }
      socket.destroy();
    };
    await Promise.all(lanes.map(lane));
    const seconds = (performance.now() - startedMs) / 1_000;
    return {
      events_per_second: (latencies.length * load.messages) / seconds,
      p50_ms: quantile(latencies, 0.5),
      p99_ms: quantile(latencies, 0.99),
      refused,
    };
  },
};

export type GeneratorMethods = typeof methods;

serve(methods, async () => undefined);

function requestOf({ url, authorization, messages }: Load, run: string) {
  const body = Buffer.from(bodyOf(messages, run));
  const head = [
    'POST /v1/batch HTTP/1.1',
    `host: ${new URL(url).host}`,
    `authorization: ${authorization}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
  ];
  const bytes = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
  const places: number[] = [];
  for (let at = bytes.indexOf(NUMBER); at !== -1; at = bytes.indexOf(NUMBER, at + NUMBER.length)) places.push(at);
  return {
    next(): Buffer {
      for (const place of places) {
        lastNumber += 1;
        bytes.write(String(lastNumber).padStart(NUMBER.length, '0'), place, 'latin1');
      }
      return bytes;
    },
  };
}

/** @returns the status. The answers of both services are short and have a length. */
function exchange(socket: Socket, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const onData = (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      const end = answer.indexOf('\r\n\r\n');
      if (end === -1) return;
      const length = Number(/content-length: *(\d+)/i.exec(answer)?.[1] ?? 0);
      if (answer.length >= end + 4 + length) finish(() => resolve(Number(answer.slice(9, 12))));
    };
    const onError = (error: Error) => finish(() => reject(error));
    const onClose = () => finish(() => reject(new Error('the service closed a connection')));
    const finish = (settle: () => void) => {
      socket.off('data', onData).off('error', onError).off('close', onClose);
      settle();
    };
    socket.on('data', onData).on('error', onError).on('close', onClose);
    socket.write(request);
  });
}
