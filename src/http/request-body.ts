/** The body of a request, read up to given limits of bytes and time. */
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { IncomingBody } from '../collect/collect-request.ts';
import { errors } from '../collect/errors.ts';
import { CdpError } from '../errors.ts';
import type { HttpEnvironment } from './environment.ts';

export function incomingBody(context: Context<HttpEnvironment>, timeoutMs: number): IncomingBody {
  const length = Number(context.req.header('content-length') ?? Number.NaN);
  return {
    length: Number.isSafeInteger(length) ? length : undefined,
    isPacked: context.req.header('content-encoding') !== undefined,
    read: (maxBytes, onArrival) => read(chunksOf(context), maxBytes, timeoutMs, onArrival),
  };
}

/** Node's own stream of the request. Without a socket, as in tests, that of the standard; to ask for that one costs another request object. */
function chunksOf(context: Context<HttpEnvironment>): AsyncIterator<Uint8Array> | undefined {
  const { incoming } = (context.env ?? {}) as Partial<HttpBindings>;
  if (incoming !== undefined && 'iterator' in incoming) {
    // Left half read, it must not be destroyed: the answer goes through the same socket.
    return incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
  }
  return context.req.raw.body?.[Symbol.asyncIterator]() as AsyncIterator<Uint8Array> | undefined;
}

/** A body that takes longer than this is slow: a batch of 500 KiB comes at 4 Mbit/s. */
const SLOW_AFTER_MS = 1_000;

async function read(
  stream: AsyncIterator<Uint8Array> | undefined,
  maxBytes: number,
  timeoutMs: number,
  onArrival: (bytes: number, isSlow: boolean) => void,
) {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isSlow = false;
  const { promise: ended, reject: end } = Promise.withResolvers<never>();
  // The reader is told by the race below, if the reading is not over by then.
  ended.catch(() => undefined);
  const late = setTimeout(() => end(errors.body_cut('The body came too slowly')), timeoutMs);
  const slow = setTimeout(() => {
    isSlow = true;
    try {
      onArrival(length, isSlow);
    } catch (error) {
      // Thrown here, in a timer, it would end the process.
      end(error);
    }
  }, SLOW_AFTER_MS);
  try {
    for (;;) {
      const next = stream === undefined ? undefined : await Promise.race([stream.next(), ended]);
      if (next === undefined || next.done) return { bytes: Buffer.concat(chunks), isWhole: true };
      chunks.push(next.value);
      length += next.value.byteLength;
      if (length > maxBytes) return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), isWhole: false };
      onArrival(length, isSlow);
    }
  } catch (error) {
    throw error instanceof CdpError ? error : errors.body_cut('The body did not arrive whole', { cause: error });
  } finally {
    clearTimeout(slow);
    clearTimeout(late);
  }
}
