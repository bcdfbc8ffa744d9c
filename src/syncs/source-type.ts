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
  const { kind, base } = readType(type);
  if (expected === 'any' || expected === kind) return { kind, sql: column, type, isInvalid: undefined };
  const nullable = (name: string) => `Nullable(${name})`;
  const tried = (sql: string, result: string): CastColumn => ({
    kind: expected,
    sql,
    type: nullable(result),
    isInvalid: `${sql} is null and ${column} is not null`,
  });

  switch (expected) {
    case 'email': {
      if (kind !== 'text') return undefined;
      // An empty text is no address: sent as null, so that it does not overwrite one with nothing useful.
      const sql = `nullIf(trim(both ' ' from cast(${column}, 'Nullable(String)')), '')`;
      return {
        kind: 'email',
        sql,
        type: nullable('String'),
        isInvalid: `${sql} is not null and not match(assumeNotNull(${sql}), ${quoteText(email)})`,
      };
    }
    case 'text':
      return kind === 'json' ? undefined : { kind: 'text', sql: `toString(${column})`, type: nullable('String'), isInvalid: undefined };
    case 'integer':
      if (kind === 'boolean') return { kind: 'integer', sql: `toUInt8(${column})`, type: nullable('UInt8'), isInvalid: undefined };
      return kind === 'number' || kind === 'text' ? tried(`accurateCastOrNull(${column}, 'Int64')`, 'Int64') : undefined;
    case 'number':
      if (kind === 'integer') return { kind: 'number', sql: column, type, isInvalid: undefined };
      return kind === 'text' ? tried(`toFloat64OrNull(toString(${column}))`, 'Float64') : undefined;
    case 'boolean':
      return kind === 'text' || base === 'UInt8' ? tried(`accurateCastOrNull(${column}, 'Bool')`, 'Bool') : undefined;
    case 'timestamp':
      if (kind === 'date')
        return {
          kind: 'timestamp',
          sql: `toDateTime64(${column}, 3, 'UTC')`,
          type: nullable("DateTime64(3, 'UTC')"),
          isInvalid: undefined,
        };
      return kind === 'text' ? tried(`parseDateTime64BestEffortOrNull(toString(${column}), 3, 'UTC')`, "DateTime64(3, 'UTC')") : undefined;
    case 'date':
      if (kind === 'timestamp') return { kind: 'date', sql: `toDate32(${column}, 'UTC')`, type: nullable('Date32'), isInvalid: undefined };
      return kind === 'text' ? tried(`accurateCastOrNull(${column}, 'Date32')`, 'Date32') : undefined;
    case 'json':
      return undefined;
  }
}

function readType(type: string): { kind: ValueKind; base: string } {
  const base = unwrap(unwrap(type, 'LowCardinality'), 'Nullable');
  return { kind: kindOf(base), base };
}

function kindOf(base: string): ValueKind {
  if (/^(String|UUID|IPv4|IPv6|FixedString\(|Enum(8|16)\()/.test(base)) return 'text';
  if (/^U?Int\d+$/.test(base)) return 'integer';
  if (/^(Float|Decimal|BFloat)/.test(base)) return 'number';
  if (base === 'Bool') return 'boolean';
  if (/^DateTime/.test(base)) return 'timestamp';
  if (/^Date(32)?$/.test(base)) return 'date';
  return 'json';
}

function unwrap(type: string, wrapper: string): string {
  return type.startsWith(`${wrapper}(`) && type.endsWith(')') ? type.slice(wrapper.length + 1, -1) : type;
}
