/** ClickHouse types as destinations see them, and the casts between the two. Pure. */
import type { ValueKind } from '../connector-kit/field-kind.ts';

export interface CastColumn {
  readonly kind: ValueKind;
  readonly sql: string;
  /** Type of `sql`. */
  readonly type: string;
  /** An expression that is true where the value is there and cannot be cast. Undefined where every value can. */
  readonly isInvalid: string | undefined;
}

export const quoteIdentifier = (name: string): string => `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
export const quoteText = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/**
 * Same characters as zod's `z.email()` and HTML's input, without its two look-aheads (no leading dot, no two dots in a row), which RE2 lacks;
 * these are excluded by the structure instead.
 */
const email = String.raw`^[A-Za-z0-9_'+-]+(\.[A-Za-z0-9_'+-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$`;

/** @returns undefined where no value of the type could ever be what the field expects. */
export function castColumn(column: string, type: string, expected: ValueKind | 'any'): CastColumn | undefined {
  const kind = kindOf(type);
  if (expected === 'any' || expected === kind) return { kind, sql: column, type, isInvalid: undefined };
  return casts[expected](column, kind, type);
}

type Cast = (column: string, from: ValueKind, type: string) => CastColumn | undefined;

const sure = (kind: ValueKind, sql: string, result: string): CastColumn => ({
  kind,
  sql,
  type: `Nullable(${result})`,
  isInvalid: undefined,
});

/** `sql` gives null for what cannot be cast. */
const tried = (kind: ValueKind, column: string, sql: string, result: string): CastColumn => ({
  ...sure(kind, sql, result),
  isInvalid: `${sql} is null and ${column} is not null`,
});

const utcMilliseconds = "DateTime64(3, 'UTC')";

const casts: Readonly<Record<ValueKind, Cast>> = {
  // An empty text is no address: sent as null, so that it does not overwrite one with nothing useful.
  email(column, from) {
    if (from !== 'text') return undefined;
    const sql = `nullIf(trim(both ' ' from cast(${column}, 'Nullable(String)')), '')`;
    return { ...sure('email', sql, 'String'), isInvalid: `${sql} is not null and not match(assumeNotNull(${sql}), ${quoteText(email)})` };
  },
  text: (column, from) => (from === 'json' ? undefined : sure('text', `toString(${column})`, 'String')),
  integer(column, from) {
    if (from === 'boolean') return sure('integer', `toUInt8(${column})`, 'UInt8');
    return from === 'number' || from === 'text' ? tried('integer', column, `accurateCastOrNull(${column}, 'Int64')`, 'Int64') : undefined;
  },
  number(column, from, type) {
    if (from === 'integer') return { kind: 'number', sql: column, type, isInvalid: undefined };
    return from === 'text' ? tried('number', column, `toFloat64OrNull(toString(${column}))`, 'Float64') : undefined;
  },
  boolean: (column, from) =>
    from === 'text' || from === 'integer' ? tried('boolean', column, `accurateCastOrNull(${column}, 'Bool')`, 'Bool') : undefined,
  timestamp(column, from) {
    if (from === 'date') return sure('timestamp', `toDateTime64(${column}, 3, 'UTC')`, utcMilliseconds);
    const sql = `parseDateTime64BestEffortOrNull(toString(${column}), 3, 'UTC')`;
    return from === 'text' ? tried('timestamp', column, sql, utcMilliseconds) : undefined;
  },
  date(column, from) {
    if (from === 'timestamp') return sure('date', `toDate32(${column}, 'UTC')`, 'Date32');
    return from === 'text' ? tried('date', column, `accurateCastOrNull(${column}, 'Date32')`, 'Date32') : undefined;
  },
  json: () => undefined,
};

function kindOf(type: string): ValueKind {
  const base = unwrap(unwrap(type, 'LowCardinality'), 'Nullable');
  if (/^(String|UUID|IPv4|IPv6|FixedString\(|Enum(8|16)\()/.test(base)) return 'text';
  if (/^U?Int\d+$/.test(base)) return 'integer';
  if (/^(Float|Decimal|BFloat)/.test(base)) return 'number';
  if (base === 'Bool') return 'boolean';
  if (/^DateTime/.test(base)) return 'timestamp';
  return /^Date(32)?$/.test(base) ? 'date' : 'json';
}

function unwrap(type: string, wrapper: string): string {
  return type.startsWith(`${wrapper}(`) && type.endsWith(')') ? type.slice(wrapper.length + 1, -1) : type;
}
