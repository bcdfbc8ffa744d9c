/** A client for one request of somebody: what it asks ends with the request, and can be found in the warehouse by the ids of its queries. */
import * as z from 'zod';
import type { AskOptions, WarehouseClient } from './client.ts';
import { defineStatement } from './query.ts';

export interface Bound {
  /** When it aborts, all queries of the request are ended in the warehouse. */
  readonly signal: AbortSignal;
  /** The first part of the ids of its queries. Ids are the client's own when left out. */
  readonly idPrefix?: string;
}

/** Reads only: what changes something has its own time and its own id. */
export type BoundReader = Pick<WarehouseClient, 'ask' | 'stream' | 'lines'>;

export function boundClient(client: WarehouseClient, { signal, idPrefix }: Bound): WarehouseClient {
  const bound = (name: string, options: AskOptions = {}): AskOptions => ({
    ...(idPrefix === undefined ? {} : { queryId: `${idPrefix}.${name}.${crypto.randomUUID()}` }),
    ...options,
    signal: options.signal === undefined ? signal : AbortSignal.any([options.signal, signal]),
  });
  const reads: BoundReader = {
    ask: (query, params, options) => client.ask(query, params, bound(query.name, options)),
    stream: (query, params, options) => client.stream(query, params, bound(query.name, options)),
    lines: (query, params, options) => client.lines(query, params, bound(query.name, options)),
  };
  return {
    ...reads,
    run: (statement, params, options) => client.run(statement, params, options),
    insert: (table, rows, options) => client.insert(table, rows, options),
    raw: (sql, format, options) => client.raw(sql, format, options),
    kill: (queryId) => client.kill(queryId),
    isRunning: (queryId, user) => client.isRunning(queryId, user),
    close: () => client.close(),
  };
}

const killBefore = defineStatement({
  name: 'warehouse.kill_before',
  sql: 'kill query where startsWith(query_id, {family:String}) and query_id < {id:String} async',
  params: z.object({ family: z.string(), id: z.string() }),
});

/**
 * Ends the queries whose ids begin with `family` and come before `id` in the order of texts, whichever process has asked them. Of a cluster,
 * those of the server that answers.
 */
export async function killQueriesBefore(owner: Pick<WarehouseClient, 'run'>, family: string, id: string): Promise<void> {
  await owner.run(killBefore, { family, id });
}
