/** What the composition root passes to this room, and the default time limits. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Connector } from '../connector-kit/connector.ts';
import type { DeliveryClock } from '../connector-kit/deliver.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../connector-kit/retry.ts';
import type { TransportLimits } from '../connector-kit/transport.ts';
import type { DocumentReader } from '../documents/kind.ts';
import type { Leases } from '../store/leases.ts';
import type { Secrets } from '../store/secrets.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';

export interface SyncDeps {
  readonly warehouse: Pick<Warehouse, 'owner' | 'reader' | 'databases'>;
  readonly resources: DocumentReader;
  /** `put` for the tokens of logins, which the service fetches itself. */
  readonly secrets: Pick<Secrets, 'get' | 'put'>;
  readonly leases: Pick<Leases, 'withLease'>;
  /** Read when a sync of a segment needs its entity; a sync of a table works without. */
  readonly catalogue: () => Promise<Catalogue>;
  readonly connectors: Readonly<Record<string, Connector>>;
  /** The variables that `env:NAME` refers to. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly delivery: DeliverySettings;
}

export interface DeliverySettings {
  readonly clock: DeliveryClock;
  readonly retry: RetryPolicy;
  readonly transport: Partial<TransportLimits>;
  /**
   * Rows whose intent and outcomes are recorded together. Larger windows cost fewer inserts; smaller ones need less memory and send less
   * again after a crash. 1,000,000 rows were sent at 450,000 a second with windows of 100,000, at 380,000 with 50,000 (two cores).
   */
  readonly windowRows: number;
}

const systemClock: DeliveryClock = {
  now: () => new Date(),
  chance: Math.random,
  async sleep(ms, signal) {
    // Only a stop request ends a pause early, and that is no failure of the pause.
    await wait(ms, undefined, { signal }).catch(() => undefined);
  },
};

export const defaultDelivery: DeliverySettings = { clock: systemClock, retry: defaultRetryPolicy, transport: {}, windowRows: 100_000 };
