/** The limit that collection is held against: a Hono app that parses the body and answers. It checks no key and keeps nothing. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { serve } from '../child.ts';

const app = new Hono().post('/v1/batch', async (context) => {
  const { batch } = await context.req.json<{ batch: unknown[] }>();
  return context.json({ success: true, accepted: batch.length, rejected: [] });
});
const server = createAdaptorServer({ fetch: app.fetch }) as Server;

const methods = {
  async start(): Promise<{ url: string }> {
    if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  },
};

export type BareAppMethods = typeof methods;

serve(methods, async () => {
  server.close();
  server.closeAllConnections();
});
