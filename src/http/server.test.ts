import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRoutes } from './routes.ts';
import { type RunningServer, startServer } from './server.ts';

let server: RunningServer;
let answer: PromiseWithResolvers<void>;
/** As load balancers and SDKs do it: one connection for many requests. */
let agent: Agent;

beforeEach(async () => {
  answer = Promise.withResolvers<void>();
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const app = createRoutes();
  app.get('/quick', (context) => context.text('quick'));
  app.get('/slow', async (context) => {
    await answer.promise;
    return context.text('slow');
  });
  server = await startServer(app, { host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  answer.resolve();
  agent.destroy();
  await server.stop(0);
});

function ask(path: string): Promise<{ body: string; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    get(`${server.url}${path}`, { agent }, async (reply) =>
      resolve({ body: await text(reply), connection: reply.headers.connection }),
    ).once('error', reject);
  });
}

test('stopping, it answers each request under way as the last of its connection, and takes no new connections', async () => {
  expect(await ask('/quick')).toMatchObject({ connection: 'keep-alive' });
  const slow = ask('/slow');
  await sleep(50);
  const stopped = server.stop();
  // Waits behind the slow one, and is taken over a connection of its own only when that is refused.
  const late = ask('/quick').catch((error: Error & { code?: string }) => error.code);
  answer.resolve();
  expect(await slow).toEqual({ body: 'slow', connection: 'close' });
  await stopped;
  expect(await late).toBe('ECONNREFUSED');
});

test('stopping, idle connections are closed at once, and what does not end is cut', async () => {
  await ask('/quick');
  const silent = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => undefined);
  await once(silent, 'connect');
  const slow = ask('/slow').catch((error: Error & { code?: string }) => error.code);
  await sleep(50);
  const startedAt = performance.now();
  await server.stop(200);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(await slow).toBe('ECONNRESET');
  silent.destroy();
});
