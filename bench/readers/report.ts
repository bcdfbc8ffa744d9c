/** The result as a table for people, with the promise. Pure. */
import type { Table } from '../pipeline/report.ts';
import type { ReadersResult } from './readers.ts';

/** Issue "The service stands", number 9. */
const PROMISED_RATIO = 0.7;

export function renderReadersReport({ readers, beside }: ReadersResult, table: Table): string {
  const rows = Object.entries(beside).map(([who, { alone_per_second, events_per_second, ratio }]) => [
    who,
    `${Math.round(alone_per_second)} events/s`,
    `${Math.round(events_per_second)} events/s`,
    ratio.toFixed(2),
    // The owner is there to show what happens without limits.
    who === 'sluice_owner' ? '' : `at least ${PROMISED_RATIO}: ${ratio >= PROMISED_RATIO ? 'kept' : 'BROKEN'}`,
  ]);
  return table([`${readers} hungry clients as`, 'alone', 'beside them', 'ratio', 'promise'], rows);
}
