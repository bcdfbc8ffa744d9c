/** Cuts rows into batches that a destination takes. Deterministic: the same rows and limits always give the same batches, also after a crash. */
import { type BatchLimits, groupOf } from './connector.ts';
import type { OutgoingRow, Rows } from './row.ts';

/**
 * Rows keep their order. A batch ends where the next row would exceed a limit, belongs to another group, or has another operation (unless
 * the destination mixes operations). A row above `maxBytes` is sent alone: only the destination can say that it is too large.
 * A generator, so that only rows of the current batch are in memory.
 */
export function* cutBatches(rows: Iterable<OutgoingRow>, limits: BatchLimits): Generator<Rows, void> {
  let current: [OutgoingRow, ...OutgoingRow[]] | undefined;
  let size = createSize(limits.maxBytes);
  let group = '';
  for (const row of rows) {
    const rowGroup = limits.groupBy ? groupOf(row, limits.groupBy) : '';
    const belongs =
      current &&
      current.length < mostRows(row, limits) &&
      rowGroup === group &&
      (limits.mixesOperations || current[0].operation === row.operation);
    if (current && belongs && size.takes(row, current)) {
      current.push(row);
      continue;
    }
    if (current) yield current;
    current = [row];
    size = createSize(limits.maxBytes);
    size.takes(row, []);
    group = rowGroup;
  }
  if (current) yield current;
}

/** Where operations are mixed, the limit of the operation that may have fewer rows is kept by each batch that has one. */
function mostRows({ operation }: OutgoingRow, { maxRows, removals, mixesOperations }: BatchLimits): number {
  const isRemoval = operation === 'delete' || operation === 'remove';
  return removals && (isRemoval || mixesOperations) ? Math.min(maxRows, removals.maxRows) : maxRows;
}

/**
 * The bytes of a batch with its commas. Below the limit they are estimated from the length of the texts, which is cheap and never too low;
 * only a batch that may be over the limit is measured.
 */
function createSize(maxBytes: number) {
  let atMost = 0;
  let exact: number | undefined;
  return {
    /** Adds `row` to the count, unless the batch of `rows` would grow over the limit. */
    takes(row: OutgoingRow, rows: readonly OutgoingRow[]): boolean {
      if (exact === undefined) {
        if (atMost + row.bytesAtMost + 1 <= maxBytes) {
          atMost += row.bytesAtMost + 1;
          return true;
        }
        exact = rows.reduce((sum, one) => sum + one.bytes + 1, 0);
      }
      if (exact + row.bytes + 1 > maxBytes && rows.length > 0) return false;
      exact += row.bytes + 1;
      return true;
    },
  };
}

/** Both halves of a batch that was refused as a whole. */
export function halves(rows: Rows): [Rows, Rows] {
  const middle = Math.ceil(rows.length / 2);
  return [rows.slice(0, middle) as unknown as Rows, rows.slice(middle) as unknown as Rows];
}
