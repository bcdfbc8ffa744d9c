/** A destination on this machine that takes whatever comes as fast as Node reads it, and counts the rows that arrived. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { serve } from '../child.ts';

/** How each row's key field looks in the JSON of both senders. */
const ROW = Buffer.from('"id":"');

const counted = { requests: 0, rows: 0, bytes: 0 };

const server = createServer(async (request, reply) => {
  const body = await buffer(request);
  counted.requests += 1;
  counted.bytes += body.length;
  for (let at = body.indexOf(ROW); at !== -1; at = body.indexOf(ROW, at + ROW.length)) counted.rows += 1;
  reply.writeHead(200, { 'content-type': 'application/json' }).end('{}');
});

const methods = {
  async listen() {
    if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/rows`;
  },
  /** What arrived since the last call. */
  async take() {
    const taken = { ...counted };
    Object.assign(counted, { requests: 0, rows: 0, bytes: 0 });
    return taken;
  },
};

export type SinkMethods = typeof methods;

serve(methods, async () => {
  server.close();
  server.closeAllConnections();
});
