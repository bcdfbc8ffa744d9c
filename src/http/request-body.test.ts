import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { errors } from '../collect/errors.ts';
import type { HttpEnvironment } from './environment.ts';
import { incomingBody } from './request-body.ts';

const never = () => new Promise<never>(() => undefined);
/** A body that begins, and then says nothing more. */
const stalled = () =>
  new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{')),
    pull: never,
  });

function read(timeoutMs: number, onArrival: (bytes: number, isSlow: boolean) => void) {
  const app = new Hono<HttpEnvironment>();
  const { promise, resolve } = Promise.withResolvers<{ result: unknown }>();
  app.post('/', async (context) => {
    const result = await incomingBody(context, timeoutMs)
      .read(100, onArrival)
      .catch((error: unknown) => error);
    resolve({ result });
    return context.body(null);
  });
  const init = { method: 'POST', body: stalled(), duplex: 'half' } as const;
  void app.request('/', init as RequestInit);
  return promise;
}

test('a slow body for which there is no more room is refused, and ends nothing but itself', async () => {
  const { result } = await read(10_000, (_, isSlow) => {
    if (isSlow) throw errors.overloaded('Too many requests are under way');
  });
  expect(result).toMatchObject({ code: 'collect.overloaded' });
});

test('a body that comes too slowly is cut', async () => {
  const { result } = await read(50, () => undefined);
  expect(result).toMatchObject({ code: 'collect.body_cut' });
});
