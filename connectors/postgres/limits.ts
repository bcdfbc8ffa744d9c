/** How much one transaction writes, and how many run at the same time. */
import type { BatchLimits } from '../../src/connector-kit/connector.ts';

export const postgresBatch: BatchLimits = {
  maxRows: 2_000,
  maxBytes: 8_000_000,
  mixesOperations: false,
  source: { reason: 'our own choice: a transaction of well under a second' },
};

/** Two, so that one batch travels while the other commits; more only makes them wait for each other's locks. */
export const postgresLimits = { concurrency: 2 };
