/** Cuts rows into batches that a destination takes. Deterministic: the same rows and limits always give the same batches, also after a crash. */
import { type BatchLimits, groupOf } from './connector.ts';
import type { OutgoingRow, Rows } from './row.ts';

/**
 * Rows keep their order. A batch ends where the next row would exceed a limit, belongs to another group, or (unless the destination mixes
 * them) is another operation. A single row above `maxBytes` travels alone: only the destination can say that it is too large.
 * A generator, so that no more rows exist than are on their way.
 */
export function* cutBatches(rows: Iterable<OutgoingRow>, limits: BatchLimits): Generator<Rows, void> {
  let current: [OutgoingRow, ...OutgoingRow[]] | undefined;
  let bytes = 0;
  let group = '';
  for (const row of rows) {
    const rowBytes = Buffer.byteLength(row.json) + 1;
    const rowGroup = limits.groupBy ? groupOf(row, limits.groupBy) : '';
    const fits =
      current &&
      current.length < limits.maxRows &&
      bytes + rowBytes <= limits.maxBytes &&
      rowGroup === group &&
      (limits.mixesOperations || current[0].operation === row.operation);
    if (current && fits) {
      current.push(row);
      bytes += rowBytes;
      continue;
    }
    if (current) yield current;
    current = [row];
    bytes = rowBytes;
    group = rowGroup;
  }
  if (current) yield current;
}

/** Both halves of a batch that was refused as a whole. */
export function halves(rows: Rows): [Rows, Rows] {
  const middle = Math.ceil(rows.length / 2);
  return [rows.slice(0, middle) as unknown as Rows, rows.slice(middle) as unknown as Rows];
}
