/** The rows that decide a condition, as one sentence. Pure. */
import type { DecidingRow } from './schema.ts';

/** Rows that a sentence names; the others are counted. */
const MAX_NAMED = 3;

/** Null where no row decides it. `kind`: of the condition. */
export function becauseOf(kind: string, rows: readonly DecidingRow[], hasMore: boolean): string | null {
  if (kind !== 'event' && kind !== 'sequence' && kind !== 'related') return null;
  const [first] = rows;
  if (first === undefined) return kind === 'related' ? 'There is no such row.' : 'There is no such event.';
  if (kind === 'sequence') return sequenceText(rows);
  const counted = rows.filter(({ counts }) => counts);
  if (counted.length === 0) return `None counts. The nearest is ${rowText(first)}${shortText(first)}.`;
  const more = counted.length - MAX_NAMED;
  const others = more > 0 ? ` and ${hasMore && counted.length === rows.length ? 'at least ' : ''}${more} more` : '';
  return `Counted: ${counted
    .slice(0, MAX_NAMED)
    .map((row) => `${rowText(row)}${shortText(row)}`)
    .join('; ')}${others}.`;
}

function sequenceText(rows: readonly DecidingRow[]): string {
  // Of several runs the newest.
  const next = rows.findIndex(({ step }, index) => index > 0 && step === 1);
  const run = (next < 0 ? rows : rows.slice(0, next)).map(rowText).join(', then ');
  const missing = rows.flatMap((row) => row.falls_short_of);
  return missing.length === 0 ? `In order: ${run}.` : `In order: ${run}; it falls short of ${missing.join(', ')}.`;
}

const shortText = ({ falls_short_of: places }: DecidingRow) => (places.length === 0 ? '' : `, which falls short of ${places.join(', ')}`);

function rowText({ at, name, key, values }: DecidingRow): string {
  const when = at === null ? '' : ` of ${at.replace('T', ' ').replace(/(:00)?\.000Z$/, '')} UTC`;
  const tested = values.map((value) => `${value.name} ${value.value ?? 'without a value'}`).join(', ');
  return `${name}${key === null ? '' : ` ${key}`}${when}${tested === '' ? '' : ` (${tested})`}`;
}
