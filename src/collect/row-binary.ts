/**
 * Rows of the landing tables as bytes in ClickHouse's RowBinary format: built once when they are accepted, and sent unchanged.
 *
 * Compared with JSONEachRow, in which the JSON text of a message is escaped as a JSON string once more: 2.7 instead of 6.8 µs a message
 * in this process, 5 instead of 8 µs in the server, and a third of the bytes (710-byte messages, 2,000 rows an insert, 26.7, 2026-11-30).
 * Bytes also live outside of the heap, so that waiting rows cost the garbage collector nothing. Pure.
 */

/** The columns of a table in the order of the row's bytes, each with its form. */
export type Columns<Row> = readonly (readonly [name: keyof Row & string, form: Form])[];

/** LowCardinality is written like the type within it. A moment is ISO 8601 in UTC here and DateTime64(3) there. */
type Form = 'text' | 'moment' | 'moment or null' | 'bool' | 'uint64';

/** Enough for most requests. It grows for a larger one, and stays grown unless that request was unusual. */
const FIRST_BYTES = 256 * 1024;
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
/** Longest UTF-8 of one UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;
/** A length takes up to five bytes, a moment or number up to nine. */
const FIXED_BYTES = 9;
/** Up to this length a loop over the characters is faster than a call out of JavaScript. */
const SHORT = 24;

let scratch = Buffer.allocUnsafe(FIRST_BYTES);
let at = 0;
/** Cache of moments: the rows of one request arrived, and often were sent, at the same moment. */
const known = new Map<string, number>();

/** @throws RangeError when a moment cannot be read or a number is not a whole number. */
export function rowBinary<Row extends object>(rows: readonly Row[], columns: Columns<Row>): Buffer {
  at = 0;
  for (const row of rows) for (const [name, form] of columns) writeValue(row[name], form);
  known.clear();
  const bytes = Buffer.from(scratch.subarray(0, at));
  if (scratch.length > MAX_KEPT_BYTES) scratch = Buffer.allocUnsafe(FIRST_BYTES);
  return bytes;
}

function writeValue(value: unknown, form: Form): void {
  if (form === 'text') writeText(value as string);
  else {
    reserve(FIXED_BYTES);
    if (form === 'bool') scratch[at++] = value === true ? 1 : 0;
    else if (form === 'uint64') writeInteger(value as number);
    else if (form === 'moment') writeInteger(msOf(value as string));
    else if (value === null) scratch[at++] = 1;
    else {
      scratch[at++] = 0;
      writeInteger(msOf(value as string));
    }
  }
}

function writeText(text: string): void {
  reserve(FIXED_BYTES + text.length * MAX_BYTES_PER_UNIT);
  if (text.length <= SHORT && writeAscii(text)) return;
  const bytes = Buffer.byteLength(text);
  let rest = bytes;
  for (; rest > 0x7f; rest >>>= 7) scratch[at++] = (rest & 0x7f) | 0x80;
  scratch[at++] = rest;
  at += scratch.write(text, at);
}

/** @returns whether the text was written; if not, nothing was written. */
function writeAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return false;
    scratch[at + 1 + index] = code;
  }
  scratch[at] = text.length;
  at += 1 + text.length;
  return true;
}

function msOf(moment: string): number {
  const found = known.get(moment);
  if (found !== undefined) return found;
  const ms = Date.parse(moment);
  known.set(moment, ms);
  return ms;
}

/** A signed number of 64 bits, the lower half first. */
function writeInteger(value: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError('a value of a row is not a whole number');
  const high = Math.floor(value / 2 ** 32);
  scratch.writeUInt32LE(value - high * 2 ** 32, at);
  scratch.writeInt32LE(high, at + 4);
  at += 8;
}

function reserve(bytes: number): void {
  if (at + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafe(Math.max(2 * scratch.length, at + bytes));
  scratch.copy(larger, 0, 0, at);
  scratch = larger;
}
