/** Names and types of the columns of a raw table. Pure. */
import { errors } from './errors.ts';

export interface Column {
  readonly name: string;
  /** ClickHouse's name of the type. */
  readonly type: string;
}

/** Columns that Sluice adds to every loaded table, after those of the file. */
export const LOAD_COLUMNS = ['_load_id', '_loaded_at'] as const;

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/** `shop`, `orders` → `shop__orders`. Two underscores separate them, so neither name may hold two. @throws CdpError `loads.name`. */
export function rawTableOf(source: string, table: string): string {
  for (const name of [source, table])
    if (!NAME.test(name) || name.length > 60) throw errors.name(`"${name}" cannot name a source or table`);
  return `${source}__${table}`;
}

/** A query over all columns names each several times; up to this number ClickHouse takes the SQL, and needs seconds for it. */
export const MAX_COLUMNS = 1_000;

/** @throws CdpError `loads.format` for more columns than a table may have. */
export function assertNotTooWide(columns: number, file: string): void {
  if (columns > MAX_COLUMNS)
    throw errors.format(`${file}: has more than ${MAX_COLUMNS.toLocaleString('en')} columns, which is the most that a table may have`);
}

/** The first line as column names: trimmed; empty names are numbered, repeated names get a suffix. @throws CdpError `loads.format`. */
export function columnNames(header: readonly string[], file: string): string[] {
  assertNotTooWide(header.length, file);
  const taken = new Set<string>(LOAD_COLUMNS);
  return header.map((cell, index) => {
    const wanted = cell.trim() === '' ? `column_${index + 1}` : cell.trim();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (wanted.length > 128 || /[\u0000-\u001f]/.test(wanted)) {
      throw errors.format(`${file}: column ${index + 1} has no usable name: at most 128 characters, no line breaks`);
    }
    let name = wanted;
    for (let count = 2; taken.has(name); count += 1) name = `${wanted}_${count}`;
    taken.add(name);
    return name;
  });
}

/**
 * Times without an offset come from a clock whose zone the file does not say. They are kept as if that clock stood in UTC. Times with an
 * offset are kept as the moment that they are. Both show UTC; a staging model tells them apart by the name of the zone (`to_instant`).
 */
export const WALL_CLOCK = "Nullable(DateTime64(6, 'UTC'))";
export const INSTANT = "Nullable(DateTime64(6, 'Etc/UTC'))";

/**
 * The type that ClickHouse inferred, in the form that a raw table keeps: always nullable (the next file may lack a value), times in UTC.
 */
export function keptType(inferred: string): string {
  const [, inner = inferred] = /^Nullable\((.*)\)$/s.exec(inferred) ?? [];
  if (/^DateTime64\(\d+\)$/.test(inner) || inner === 'DateTime') return WALL_CLOCK;
  // Date32, because Date begins in 1970, after many birthdays.
  if (inner === 'Date') return 'Nullable(Date32)';
  // Lists and objects stay JSON text: staging models give them a type.
  return /^(Bool|U?Int\d+|Float\d+|Date32)$/.test(inner) ? `Nullable(${inner})` : 'Nullable(String)';
}

/**
 * The common type of a column that has different types in different files. Where numbers become `Float64`, the values of each file are
 * checked against it (`settleTypes`): it is not exact beyond 15 digits.
 */
export function commonType(one: string, other: string): string {
  const [first, second] = [bare(one), bare(other)];
  if (first === second) return isNullableText(one) ? one : other;
  if (first === 'String' || second === 'String') return 'Nullable(String)';
  const common = commonInteger(first, second) ?? commonDecimal(first, second) ?? commonTime(first, second);
  if (common) return `Nullable(${common})`;
  const isNumber = (type: string) => /^(U?Int|Float)\d/.test(type);
  return isNumber(first) && isNumber(second) ? 'Nullable(Float64)' : 'Nullable(String)';
}

const bare = (type: string) => /^Nullable\((.*)\)$/s.exec(type)?.[1] ?? type;
const isNullableText = (type: string) => type.startsWith('Nullable(');

function commonInteger(one: string, other: string): string | undefined {
  const [a, b] = [one, other].map((type) => /^(U?)Int(\d+)$/.exec(type));
  if (!a || !b) return undefined;
  const [bits, otherBits] = [Number(a[2]), Number(b[2])];
  if (a[1] === b[1]) return `${a[1]}Int${Math.max(bits, otherBits)}`;
  // An integer of twice the width holds all unsigned values, and the sign.
  const [unsigned, signed] = a[1] === 'U' ? [bits, otherBits] : [otherBits, bits];
  return unsigned < 256 ? `Int${Math.max(unsigned * 2, signed)}` : undefined;
}

function commonDecimal(one: string, other: string): string | undefined {
  const [a, b] = [one, other].map((type) => /^Decimal\((\d+), (\d+)\)$/.exec(type));
  if (!a || !b) return undefined;
  const scale = Math.max(Number(a[2]), Number(b[2]));
  const precision = scale + Math.max(Number(a[1]) - Number(a[2]), Number(b[1]) - Number(b[2]));
  return precision <= 76 ? `Decimal(${precision}, ${scale})` : undefined;
}

function commonTime(one: string, other: string): string | undefined {
  const [a, b] = [one, other].map((type) => /^DateTime64\((\d), '((?:Etc\/)?UTC)'\)$/.exec(type));
  return a && b && a[2] === b[2] ? `DateTime64(${Math.max(Number(a[1]), Number(b[1]))}, '${a[2]}')` : undefined;
}

/** Counts over all values of a column. */
export interface ColumnFacts {
  readonly values: number;
  /** Values that the guessed type would change or cannot hold. */
  readonly misfits: number;
  /** Values that a Float64 cannot hold. */
  readonly notFloats: number;
  /**
   * Values that look like a number, and that both a whole number and a Float64 would change: postcodes, phone numbers, card numbers, `1e3`.
   */
  readonly codes: number;
  /** Values that look like a number, and that a Float64 would change. */
  readonly inexact: number;
  /** Empty texts in JSON, which are values there. */
  readonly empties: number;
  /** Values that are not a day written as 2026-11-25. */
  readonly notDays: number;
  /** Values that are not a time with an offset. */
  readonly notInstants: number;
}

/**
 * A column keeps its guessed type while at most this share of its values does not fit: those rows are refused. With more, the guess was
 * wrong.
 */
const MISFITS_ALLOWED = 0.01;

/**
 * A single code or empty text makes the column a text. If such rows were refused instead, the type of the column would depend on the file
 * that was loaded first.
 */
export function settledType(guessed: string, facts: ColumnFacts): string {
  const { values, misfits, notFloats, codes, inexact, empties, notDays, notInstants } = facts;
  const allowed = values * MISFITS_ALLOWED;
  if (codes > 0 || empties > 0) return 'Nullable(String)';
  if (misfits === 0) return guessed;
  // ClickHouse guesses days before 1970 to be times.
  if (/DateTime/.test(guessed) && notDays === 0) return 'Nullable(Date32)';
  if (/DateTime/.test(guessed) && misfits > allowed && notInstants <= allowed) return INSTANT;
  const canBeFloat = inexact === 0 && notFloats <= allowed;
  if (/Float/.test(guessed)) return canBeFloat ? guessed : 'Nullable(String)';
  if (/Int/.test(guessed) && notFloats < misfits) return canBeFloat ? 'Nullable(Float64)' : 'Nullable(String)';
  return misfits <= allowed ? guessed : 'Nullable(String)';
}
