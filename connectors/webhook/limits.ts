/** How much one request carries, and how many are on their way at the same time. */
import type { BatchLimits } from '../../src/connector-kit/connector.ts';

/**
 * 1,000 rows and 1 MB are our own choice, below what common receivers refuse (nginx 1 MB, Express 100 kB unless raised, Hono none). One
 * operation per request, so that a receiver knows what to do without reading each row.
 */
export const webhookBatch: BatchLimits = {
  maxRows: 1_000,
  maxBytes: 1_000_000,
  mixesOperations: false,
  source: { reason: 'our own choice: the receiver is the customer’s' },
};

export const webhookLimits = { concurrency: 4 };
