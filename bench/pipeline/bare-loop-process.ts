/**
 * The limit that delivery is held against: streams the same rows as JSON lines from ClickHouse and posts them as arrays. No ledger, no signature,
 * no outcome per row, no retry: nobody could run it twice, but nothing in Node moves the rows faster.
 */
import { Pool, request } from 'undici';
import { readConfig } from '../../src/config.ts';
import { withPrefix } from '../../src/sql/databases.ts';
import { openWarehouse } from '../../src/warehouse/warehouse.ts';
import { serve } from '../child.ts';

const warehouse = await openWarehouse(readConfig());

interface Loop {
  readonly sql: string;
  readonly url: string;
  readonly batchRows: number;
  readonly concurrency: number;
}

const methods = {
  async run({ sql, url, batchRows, concurrency }: Loop): Promise<{ seconds: number }> {
    const { origin, pathname } = new URL(url);
    const pool = new Pool(origin, { connections: concurrency, pipelining: 1 });
    const startedMs = performance.now();
    const batches = batchesOf(await rowsOf(sql), batchRows);
    const lane = async () => {
      for (let next = await batches.next(); !next.done; next = await batches.next()) {
        const headers = { 'content-type': 'application/json' };
        const { body } = await pool.request({ method: 'POST', path: pathname, headers, body: `[${next.value.join(',')}]` });
        await body.dump();
      }
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
    const seconds = (performance.now() - startedMs) / 1_000;
    await pool.close();
    return { seconds };
  },
};

export type BareLoopMethods = typeof methods;

serve(methods, () => warehouse.close());

/** Straight from the HTTP interface: our own client would parse each row. */
async function rowsOf(sql: string): Promise<AsyncIterable<Buffer>> {
  const { host, port, secure, user, password } = warehouse.dbtConnection;
  const { statusCode, body } = await request(`${secure ? 'https' : 'http'}://${host}:${port}/`, {
    method: 'POST',
    headers: { 'x-clickhouse-user': user, 'x-clickhouse-key': password },
    body: `${withPrefix(sql, warehouse.prefix)}\nformat JSONEachRow`,
  });
  if (statusCode !== 200) throw new Error(await body.text());
  return body;
}

async function* batchesOf(chunks: AsyncIterable<Buffer>, rows: number): AsyncGenerator<string[], void> {
  const decoder = new TextDecoder();
  let batch: string[] = [];
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      batch.push(line);
      if (batch.length < rows) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
