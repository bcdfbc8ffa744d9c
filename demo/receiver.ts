/**
 * The demo's webhook receiver: what a shop's own service would look like on the other end. It checks the signature of every
 * request with the library of Standard Webhooks (not with our own code), applies the rows, and counts.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
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
  type: z.string(),
  data: z.object({
    sync: z.string(),
    operation: z.enum(['upsert', 'delete', 'add', 'remove']),
    key: z.array(z.string()).min(1),
    rows: z.array(z.record(z.string(), z.json())),
  }),
});

export async function startReceiver(): Promise<Receiver> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const webhook = new Webhook(secret);
  const counts = { requests: 0, rows: 0, bad_signatures: 0 };
  const heldBySync = new Map<string, Map<string, string>>();
  /** A repeated request has the id of the first: it is acknowledged and not applied again. */
  const handled = new Set<string>();

  const receive = async (request: IncomingMessage, reply: ServerResponse) => {
    counts.requests += 1;
    const id = String(request.headers['webhook-id']);
    const body = verified(webhook, await text(request), request);
    if (body === undefined) {
      counts.bad_signatures += 1;
      return reply.writeHead(401).end('the signature does not fit');
    }
    const batch = Batch.safeParse(body);
    if (!batch.success) return reply.writeHead(422).end(z.prettifyError(batch.error));
    if (!handled.has(id)) {
      counts.rows += apply(batch.data.data);
      handled.add(id);
    }
    reply.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  };

  const apply = ({ sync, operation, key, rows }: z.output<typeof Batch>['data']): number => {
    const held = heldBySync.get(sync) ?? new Map<string, string>();
    heldBySync.set(sync, held);
    for (const row of rows) {
      const identity = JSON.stringify(key.map((name) => row[name]));
      if (operation === 'upsert' || operation === 'add') held.set(identity, JSON.stringify(row));
      else held.delete(identity);
    }
    return rows.length;
  };

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
