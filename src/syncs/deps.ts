/** What the room is handed by the composition root, and the defaults of its patience. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Connector } from '../connector-kit/connector.ts';
import type { Clock } from '../connector-kit/deliver.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../connector-kit/retry.ts';
import type { TransportLimits } from '../connector-kit/transport.ts';
import type { DocumentReader } from '../documents/kind.ts';
import type { Leases } from '../store/leases.ts';
import type { Secrets } from '../store/secrets.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';

export interface SyncDeps {
  readonly warehouse: Pick<Warehouse, 'owner' | 'reader' | 'databases'>;
  readonly resources: DocumentReader;
  readonly secrets: Pick<Secrets, 'get'>;
  readonly leases: Pick<Leases, 'withLease'>;
  /** Read when a sync of a segment needs its entity; a sync of a table works without. */
  readonly catalogue: () => Promise<Catalogue>;
  readonly connectors: Readonly<Record<string, Connector>>;
  /** Where `env:NAME` looks. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly delivery: DeliverySettings;
}

export interface DeliverySettings {
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  readonly transport: Partial<TransportLimits>;
  /**
   * Rows whose intent and outcomes are written as one. Larger windows cost fewer inserts, smaller ones less memory and less to send again after
   * a crash: 1,000,000 rows left at 450,000 a second with 100,000, at 380,000 with 50,000 (two cores).
   */
  readonly windowRows: number;
}

const systemClock: Clock = {
  now: () => new Date(),
  chance: Math.random,
  async sleep(ms, signal) {
    // The one thing that ends a pause early is being told to stop, which is no failure of the pause.
    await wait(ms, undefined, { signal }).catch(() => undefined);
  },
};

export const defaultDelivery: DeliverySettings = { clock: systemClock, retry: defaultRetryPolicy, transport: {}, windowRows: 100_000 };
