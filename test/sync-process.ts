/**
 * A process that runs one sync and ends, to be killed by a test: `node test/sync-process.ts <json>` with the data directory, the database
 * prefix, the sync's id and the receiver's address. Prints the run as JSON.
 */
import * as z from 'zod';
import { readConfig } from '../src/config.ts';
import { runSync } from '../src/syncs/run-sync.ts';
import { openWarehouse } from '../src/warehouse/warehouse.ts';
import { openSyncWorld, putWebhookSync } from './sync-world.ts';

const { dataDir, prefix, syncId, url } = z
  .object({ dataDir: z.string(), prefix: z.string(), syncId: z.string(), url: z.string() })
  .parse(JSON.parse(process.argv[2] ?? ''));

const config = readConfig({ SLUICE_DATA_DIR: dataDir, SLUICE_DATABASE_PREFIX: prefix });
const world = await openSyncWorld(await openWarehouse(config, { embedded: { prefixPattern: 'sluice_t*', lingerMs: 5_000 } }));
// It does not know that its receiver folds the case of addresses.
putWebhookSync(world, url, { id: syncId, compare: { email: 'exact' } });
// Several windows, though the test has few rows.
const result = await runSync({ ...world.deps, delivery: { ...world.deps.delivery, windowRows: 20_000 } }, syncId);
process.stdout.write(JSON.stringify(result));
await world.close();
