/** A warehouse with a table of people, a sync of it, and everything a run needs, for tests of syncs. */

import { connectors } from '../connectors/registry.ts';
import { freeLeases } from '../src/store/free-leases.ts';
import type { Resource } from '../src/store/resources.ts';
import { defaultDelivery, type SyncDeps } from '../src/syncs/deps.ts';
import type { Warehouse } from '../src/warehouse/warehouse.ts';
import type { MemoryDestination } from './memory-destination.ts';
import { memorySecrets } from './memory-secrets.ts';
import { runSql, testWarehouse } from './warehouse.ts';

export const webhookSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

export interface Person {
  readonly email: string | null;
  readonly first_name: string;
  readonly score?: number | null;
}

export interface SyncWorld {
  readonly warehouse: Warehouse;
  readonly deps: SyncDeps;
  /** Values behind `env:NAME`. */
  readonly environment: Record<string, string>;
  put(kind: string, document: { readonly id: string } & Readonly<Record<string, unknown>>): void;
  /** Replaces the published table `people`. */
  people(rows: readonly Person[]): Promise<void>;
  execute(sql: string): Promise<void>;
  close(): Promise<void>;
}

export async function openSyncWorld(opened?: Warehouse): Promise<SyncWorld> {
  const warehouse = opened ?? (await testWarehouse());
  const resources = new Map<string, Resource>();
  const environment: Record<string, string> = { WEBHOOK_SECRET: webhookSecret };
  const execute = async (sql: string) => {
    await runSql(warehouse.owner, sql);
  };
  await execute(
    `create table if not exists sluice.people (email Nullable(String), first_name String, score Nullable(Int64)) engine = MergeTree order by tuple()`,
  );

  const deps: SyncDeps = {
    warehouse,
    environment,
    connectors,
    delivery: { ...defaultDelivery, retry: { ...defaultDelivery.retry, firstDelayMs: 10, maxDelayMs: 40, maxAttempts: 4 } },
    catalogue: async () => ({ entities: new Map(), models: new Map(), audiences: new Map(), modelNames: new Map() }),
    secrets: memorySecrets(),
    resources: {
      get: async (kind, id) => resources.get(`${kind}/${id}`),
      list: async (kind) => [...resources.values()].filter((resource) => resource.kind === kind),
    },
    leases: freeLeases(),
  };

  return {
    warehouse,
    deps,
    environment,
    execute,
    put(kind, document) {
      resources.set(`${kind}/${document.id}`, { kind, id: document.id, document, revision: 1, appliedAt: new Date(), appliedBy: 'test' });
    },
    async people(rows) {
      await execute('truncate table sluice.people');
      if (rows.length > 0)
        await warehouse.owner.insert(
          'sluice.people',
          rows.map((row) => ({ score: null, ...row })),
        );
    },
    close: () => warehouse.close(),
  };
}

/** The usual pair: `people` into a webhook at `url`. */
export function putWebhookSync(world: SyncWorld, url: string, sync: Readonly<Record<string, unknown>> = {}): void {
  world.put('destination', {
    id: 'hook',
    title: 'Hook',
    connector: 'webhook',
    config: { url, secret: 'env:WEBHOOK_SECRET', allow_private_network: true },
  });
  world.put('sync', {
    id: 'people-to-hook',
    title: 'People',
    source: { table: 'people' },
    destination: 'hook',
    object: 'contact',
    mode: 'mirror',
    key: { email: 'email' },
    fields: { first_name: 'first_name', score: 'score' },
    guard: { max_removed_share: 1, allow_empty: true },
    ...sync,
  });
}

/** The usual pair: `people` into a destination in this process. */
export function putMemorySync(world: SyncWorld, destination: MemoryDestination, sync: Readonly<Record<string, unknown>> = {}): SyncDeps {
  world.put('destination', { id: 'memory', title: 'Memory', connector: 'memory' });
  world.put('sync', {
    id: 'people-to-memory',
    title: 'People',
    source: { table: 'people' },
    destination: 'memory',
    object: 'row',
    mode: 'mirror',
    key: { email: 'email' },
    fields: { first_name: 'first_name', score: 'score' },
    guard: { max_removed_share: 1, allow_empty: true },
    ...sync,
  });
  return { ...world.deps, connectors: { memory: destination.connector } };
}
