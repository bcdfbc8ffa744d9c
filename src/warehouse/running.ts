/** Whether the server still has a query: running, or waiting for its turn. */
import { ClickHouseError, type ClickHouseClient as Connection } from '@clickhouse/client';
import * as z from 'zod';
import { defineQuery } from './query.ts';

const row = z.object({ queries: z.coerce.number() });

const running = defineQuery({
  name: 'warehouse.is_running',
  sql: 'select count() as queries from system.processes where query_id = {queryId:String}',
  params: z.object({ queryId: z.string() }),
  row,
});

const waiting = defineQuery({
  name: 'warehouse.is_waiting',
  sql: "select count() as queries from system.scheduler where queue_length > 0 and has(splitByChar('/', path), {user:String})",
  params: z.object({ user: z.string() }),
  row,
});

/** ACCESS_DENIED, UNKNOWN_TABLE, UNKNOWN_IDENTIFIER: answers of a server that does not show its queues. */
const NOT_SHOWN = new Set(['497', '60', '47']);

/**
 * A query that waits in a workload's queue is in no list (26.7, measured). So when any query waits in the user's queue, ours may be it.
 * @param time limit of each of the two questions.
 */
export async function isThere(connection: Connection, queryId: string, user: string, time: () => AbortSignal): Promise<boolean> {
  const ask = async (query: string, query_params: Record<string, string>) => {
    const result = await connection.query({ query, query_params, format: 'JSONEachRow', abort_signal: time() });
    const [found] = z.array(row).parse(await result.json());
    return found?.queries !== 0;
  };
  if (await ask(running.sql, { queryId })) return true;
  return ask(waiting.sql, { user }).catch((error: unknown) => {
    if (error instanceof ClickHouseError && NOT_SHOWN.has(error.code)) return false;
    throw error;
  });
}
