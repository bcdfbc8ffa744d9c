/** What a BI tool sees of a test's warehouse: a client that logs in as `sluice_bi`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { createWarehouseClient, type WarehouseClient } from '../src/warehouse/client.ts';
import type { Warehouse } from '../src/warehouse/warehouse.ts';
import { DATA_DIR } from './warehouse.ts';

const Secrets = z.object({ clickhouse: z.object({ bi: z.string() }) });

export async function biClient(warehouse: Warehouse): Promise<WarehouseClient> {
  const { host, port } = warehouse.dbtConnection;
  return createWarehouseClient({
    url: `http://${host}:${port}`,
    user: 'sluice_bi',
    password: Secrets.parse(JSON.parse(await readFile(join(DATA_DIR, 'secrets.json'), 'utf8'))).clickhouse.bi,
    prefix: warehouse.prefix,
    isEmbedded: true,
    settings: {},
    whenReady: () => Promise.resolve(),
  });
}
