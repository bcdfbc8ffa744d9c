/** A process of its own that takes a lease, says so, and holds on until it is killed: `node hold-lease.ts <config as JSON> <name> <ttlMs>`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore, type StoreConfig } from '../src/store/store.ts';

const [config, name, ttlMs] = process.argv.slice(2) as [string, string, string];
const store = await openStore(JSON.parse(config) as StoreConfig);
await store.leases.withLease(name, { ttlMs: Number(ttlMs) }, async (signal, lease) => {
  process.stdout.write(`${JSON.stringify({ fencingToken: lease.fencingToken })}\n`);
  await sleep(60_000, undefined, { signal });
});
