/** How much one file of differences holds, and how many are written at the same time. */
import type { BatchLimits } from '../../src/connector-kit/connector.ts';

export const fileBatch: BatchLimits = {
  maxRows: 50_000,
  maxBytes: 32_000_000,
  mixesOperations: true,
  source: { reason: 'our own choice: opens in a spreadsheet' },
};

export const fileLimits = { concurrency: 1 };
