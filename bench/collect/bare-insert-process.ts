/** The other limit: ClickHouse's own client, which inserts rows that are there already, one insert after the other. */
import { createClient } from '@clickhouse/client';
import { readConfig } from '../../src/config.ts';
import { withPrefix } from '../../src/sql/databases.ts';
import { openWarehouse } from '../../src/warehouse/warehouse.ts';
import { serve } from '../child.ts';
import { quantile } from '../statistics.ts';
import { rowsOf } from './messages.ts';

const warehouse = await openWarehouse(readConfig());
const { host, port, secure, user, password } = warehouse.dbtConnection;
const client = createClient({
  url: `${secure ? 'https' : 'http'}://${host}:${port}`,
  username: user,
  password,
  clickhouse_settings: { async_insert: 0, date_time_input_format: 'best_effort' },
});

export interface Inserted {
  readonly rows_per_second: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

const methods = {
  async insert({ table, rows, seconds }: { table: string; rows: number; seconds: number }): Promise<Inserted> {
    const values = rowsOf(rows, 'bare');
    const latencies: number[] = [];
    const startedMs = performance.now();
    for (let now = startedMs; now < startedMs + seconds * 1_000; now = performance.now()) {
      await client.insert({ table: withPrefix(table, warehouse.prefix), values, format: 'JSONEachRow' });
      latencies.push(performance.now() - now);
    }
    const took = (performance.now() - startedMs) / 1_000;
    return { rows_per_second: (latencies.length * rows) / took, p50_ms: quantile(latencies, 0.5), p99_ms: quantile(latencies, 0.99) };
  },
};

export type BareInsertMethods = typeof methods;

serve(methods, async () => {
  await client.close();
  await warehouse.close();
});
