/**
 * The demo's webhook receiver: what a shop's own service would look like on the other end. It checks the signature of every
 * request with the library of Standard Webhooks (not with our own code), applies the rows, and counts. What it takes it writes to a
 * file first, one batch a line: with `--keep` the next demo finds there what it holds, and a person can read it.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import * as z from 'zod';
import type { Snapshot } from './snapshot.ts';

export interface Receiver {
  readonly url: string;
  /** What the sender has to sign with. */
  readonly secret: string;
  /** So far; a request with a bad signature counts, its rows do not. */
  readonly counts: { readonly requests: number; readonly rows: number; readonly bad_signatures: number };
  /** The members or contacts that it holds for a sync. */
  held(syncId: string): Snapshot;
  stop(): Promise<void>;
}

const Batch = z.object({
  sync: z.string(),
  operation: z.enum(['upsert', 'delete', 'add', 'remove']),
  key: z.array(z.string()).min(1),
  rows: z.array(z.record(z.string(), z.json())),
});
const Body = z.object({ type: z.string(), timestamp: z.iso.datetime(), data: Batch });
const Line = z.object({ id: z.string(), data: Batch });

/** @param file what it has taken, in this run and in earlier ones. */
export async function startReceiver(file: string): Promise<Receiver> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const webhook = new Webhook(secret);
  const counts = { requests: 0, rows: 0, bad_signatures: 0 };
  const heldBySync = new Map<string, Map<string, string>>();
  /** A repeated request has the id of the first: it is acknowledged and not applied again. */
  const handled = new Set<string>();

  const apply = ({ sync, operation, key, rows }: z.output<typeof Batch>): void => {
    const held = heldBySync.get(sync) ?? new Map<string, string>();
    heldBySync.set(sync, held);
    for (const row of rows) {
      const identity = JSON.stringify(key.map((name) => row[name]));
      if (operation === 'upsert' || operation === 'add') held.set(identity, JSON.stringify(row));
      else held.delete(identity);
    }
  };

  const take = async (id: string, data: z.output<typeof Batch>) => {
    if (handled.has(id)) return;
    await appendFile(file, `${JSON.stringify({ id, data })}\n`);
    apply(data);
    handled.add(id);
    counts.rows += data.rows.length;
  };

  const receive = async (request: IncomingMessage, reply: ServerResponse) => {
    counts.requests += 1;
    const signed = verified(webhook, await text(request), request);
    if (signed === undefined) {
      counts.bad_signatures += 1;
      return reply.writeHead(401).end('the signature does not fit');
    }
    const body = Body.safeParse(signed);
    if (!body.success) return reply.writeHead(422).end(z.prettifyError(body.error));
    await take(String(request.headers['webhook-id']), body.data.data);
    reply.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  };

  for (const line of existsSync(file) ? (await readFile(file, 'utf8')).trimEnd().split('\n') : []) {
    const { id, data } = Line.parse(JSON.parse(line));
    apply(data);
    handled.add(id);
  }

  const server = createServer((request, reply) => {
    receive(request, reply).catch((error: unknown) => reply.destroy(error instanceof Error ? error : undefined));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sluice`,
    secret,
    counts,
    held: (syncId) => new Map(heldBySync.get(syncId)),
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** The signed document, or undefined when the signature is missing, wrong or too old. */
function verified(webhook: Webhook, body: string, { headers }: IncomingMessage): unknown {
  const one = (name: string) => String(headers[name] ?? '');
  const signed = {
    'webhook-id': one('webhook-id'),
    'webhook-timestamp': one('webhook-timestamp'),
    'webhook-signature': one('webhook-signature'),
  };
  try {
    return webhook.verify(body, signed);
  } catch (error) {
    if (error instanceof WebhookVerificationError) return undefined;
    throw error;
  }
}
