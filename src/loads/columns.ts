/** Names and types of the columns of a raw table. Pure. */
import { errors } from './errors.ts';

export interface Column {
  readonly name: string;
  /** ClickHouse's. */
  readonly type: string;
}

/** Ours, in every loaded table, after the file's. */
export const LOAD_COLUMNS = ['_load_id', '_loaded_at'] as const;

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/** `pos`, `transactions` → `pos__transactions`; two underscores part them, so neither may hold two. @throws CdpError `loads.name`. */
export function rawTableOf(source: string, table: string): string {
  for (const name of [source, table])
    if (!NAME.test(name) || name.length > 60) throw errors.name(`"${name}" cannot name a source or table`);
  return `${source}__${table}`;
}

/** The first line as names: trimmed, those without one numbered, repeated ones told apart. @throws CdpError `loads.format`. */
export function columnNames(header: readonly string[], file: string): string[] {
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

export const quoted = (identifier: string) => `\`${identifier.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;

/** What ClickHouse inferred, in the form that a raw table keeps: always nullable (the next file may lack a value), times in UTC. */
export function keptType(inferred: string): string {
  const [, inner = inferred] = /^Nullable\((.*)\)$/s.exec(inferred) ?? [];
  if (/^DateTime64\(\d+\)$/.test(inner) || inner === 'DateTime') return "Nullable(DateTime64(6, 'UTC'))";
  // People are born before 1970, where Date begins.
  if (inner === 'Date') return 'Nullable(Date32)';
  // Lists and objects stay JSON text: staging models say what they mean.
  return /^(Bool|U?Int\d+|Float\d+|Date32)$/.test(inner) ? `Nullable(${inner})` : 'Nullable(String)';
}

/** One type for a column that files bring with different ones. */
export function commonType(one: string, other: string): string {
  const isNumber = (type: string) => /^(?:Nullable\()?(?:U?Int|Float)\d/.test(type);
  if (one === other) return one;
  return isNumber(one) && isNumber(other) ? 'Nullable(Float64)' : 'Nullable(String)';
}

/** Counted over all values of a column. */
export interface ColumnFacts {
  readonly values: number;
  /** That the guessed type cannot hold. */
  readonly misfits: number;
  readonly notFloats: number;
  /** That look like a number and are none, since they begin with a zero or a plus: postcodes, phone numbers. */
  readonly codes: number;
  /** Whole numbers of more digits than a Float64 is exact to: cards, articles. */
  readonly longNumbers: number;
  /** Written as 2026-11-25. */
  readonly days: number;
}

/** A column keeps its guessed type while at most this share of its values does not fit: those rows are refused. Beyond it, the guess was wrong. */
const MISFITS_ALLOWED = 0.01;

export function settledType(guessed: string, { values, misfits, notFloats, codes, longNumbers, days }: ColumnFacts): string {
  const allowed = values * MISFITS_ALLOWED;
  // Days before 1970 are guessed to be times.
  if (/DateTime/.test(guessed) && days === values && values > 0) return 'Nullable(Date32)';
  if (!/Int|Float/.test(guessed)) return misfits <= allowed ? guessed : 'Nullable(String)';
  if (codes > 0) return 'Nullable(String)';
  const isInexact = longNumbers > 0;
  if (misfits <= allowed && !(isInexact && /Float/.test(guessed))) return guessed;
  return notFloats <= allowed && !isInexact ? 'Nullable(Float64)' : 'Nullable(String)';
}
