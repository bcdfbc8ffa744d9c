/**
 * Questions that replace each other: a builder asks for a size on each keystroke, and only the last answer matters. The queries of an older
 * request are ended in the warehouse, whichever process of the service has it: the ids of queries tell to whom they belong and when they came.
 */
import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { CdpError } from '../errors.ts';
import { boundClient, killQueriesBefore } from '../warehouse/bound-client.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import type { HttpEnvironment } from './environment.ts';
import { errors } from './errors.ts';

export const replacesHeaders = z.object({
  'sluice-replaces': z.string().min(1).max(200).optional().openapi({
    description:
      'A text of your own, such as the id of an open editor. A newer request of the same API key with the same text ends this one: its queries are stopped in the warehouse, and it is answered 409 `http.replaced`.',
  }),
});

interface Asking {
  readonly stamp: number;
  readonly stop: AbortController;
}

/** As long as a call may take: nobody waits for the answer after that. */
export const ANSWER_MS = 50_000;

/** By the text and the key of the API: what this process has under way. */
const underWay = new Map<string, Asking>();
let lastStamp = 0;

/**
 * Asks with a reader whose queries end with the request: when its client leaves, when it has taken too long, and when a newer request with the
 * same `Sluice-Replaces` comes in.
 *
 * @throws CdpError `http.replaced`; what `work` throws.
 */
export async function askingFor<D extends { readonly warehouse: { readonly owner: WarehouseClient; readonly reader: WarehouseClient } }, T>(
  context: Context<HttpEnvironment>,
  deps: D,
  work: (deps: D, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const left = AbortSignal.any([context.req.raw.signal, AbortSignal.timeout(ANSWER_MS)]);
  const text = context.req.header('sluice-replaces');
  const within = (signal: AbortSignal, idPrefix?: string): D => ({
    ...deps,
    warehouse: {
      ...deps.warehouse,
      reader: boundClient(deps.warehouse.reader, { signal, ...(idPrefix === undefined ? {} : { idPrefix }) }),
    },
  });
  if (text === undefined) return work(within(left), left);

  const family = `asked.${createHash('sha256')
    .update(JSON.stringify([context.get('apiKey').id, text]))
    .digest('hex')
    .slice(0, 32)}.`;
  // Two requests of one millisecond have an order too.
  lastStamp = Math.max(lastStamp + 1, Date.now());
  const own: Asking = { stamp: lastStamp, stop: new AbortController() };
  underWay.get(family)?.stop.abort();
  underWay.set(family, own);
  const id = `${family}${String(own.stamp).padStart(15, '0')}`;
  // Queries of another process; the warehouse's own answer is not waited for.
  void killQueriesBefore(deps.warehouse.owner, family, id).catch((error: unknown) => {
    context
      .get('log')()
      .warn({ code: error instanceof CdpError ? error.code : 'unknown' }, 'queries of replaced requests could not be ended');
  });
  const signal = AbortSignal.any([left, own.stop.signal]);
  try {
    return await work(within(signal, id), signal);
  } catch (error) {
    if (own.stop.signal.aborted) throw errors.replaced('A newer request with the same Sluice-Replaces came in', { cause: error });
    if (!left.aborted && isCancelled(error))
      throw errors.replaced('Its query was ended in the warehouse, by a newer request with the same Sluice-Replaces', { cause: error });
    throw error;
  } finally {
    if (underWay.get(family) === own) underWay.delete(family);
  }
}

const isCancelled = (error: unknown) => error instanceof CdpError && error.code === 'warehouse.cancelled';
