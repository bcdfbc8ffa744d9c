/** The value kinds of ClickHouse types for destinations, and the casts to them. Pure. */

import type { FieldDeclaration, ValueKind } from '../connector-kit/field-kind.ts';
import { innerType } from '../sql/column-type.ts';
import { quoteText } from '../sql/sql-text.ts';
import { anyWithin } from './values-within.ts';

/** A reason why a value cannot be sent as it is. */
export interface CastProblem {
  /** An expression that is true when the reason applies; never null. */
  readonly when: string;
  /** For a person; continues the field's name: `is not a whole number`. */
  readonly what: string;
}

export interface CastColumn {
  readonly kind: ValueKind;
  readonly sql: string;
  /** Type of `sql`. */
  readonly type: string;
  readonly misfits: readonly CastProblem[];
}

export const kindWords: Readonly<Record<ValueKind | 'any', string>> = {
  any: 'anything',
  text: 'text',
  email: 'an e-mail address',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'yes or no',
  timestamp: 'a time',
  date: 'a date',
  json: 'a list or an object',
};

/**
 * Dot-atoms of RFC 5322 on the left, letters, digits and inner hyphens on the right. An internationalised ending is written `xn--…` in ASCII.
 * The structure excludes a leading dot and two dots in a row: RE2 has no look-aheads.
 */
const email = addressPattern('A-Za-z0-9', 'A-Za-z');
/** RFC 6531: letters of any script, with their marks, on both sides. */
const internationalEmail = addressPattern(String.raw`\p{L}\p{M}\p{N}`, String.raw`\p{L}\p{M}`);

function addressPattern(alphanumeric: string, letter: string): string {
  const atom = `[${alphanumeric}!#$%&'*+/=?^_{|}~\`-]+`;
  const label = `[${alphanumeric}](?:[${alphanumeric}-]*[${alphanumeric}])?`;
  return String.raw`^${atom}(?:\.${atom})*@(?:${label}\.)+(?:[${letter}]{2,}|[xX][nN]--[A-Za-z0-9-]*[A-Za-z0-9])$`;
}

/** @returns undefined when no value of the type could ever have the expected kind. */
export function castColumn(
  column: string,
  type: string,
  expected: ValueKind | 'any',
  options: Pick<FieldDeclaration, 'isInternational'> = { isInternational: false },
): CastColumn | undefined {
  const source = sourceOf(column, type);
  if (expected === 'any' || expected === source.kind) return source;
  const cast = casts[expected](source, options);
  // A value that JSON cannot carry cannot be cast either, so its own reason comes first.
  return cast && { ...cast, misfits: [...source.misfits, ...cast.misfits] };
}

/** The column uncast, with the values that JSON would change without an error. */
function sourceOf(column: string, type: string): CastColumn {
  const base = innerType(type);
  const kind = kindOf(base);
  // A text of fixed length is padded with NUL bytes that are not part of the value: `toString` removes these and no others.
  if (base.startsWith('FixedString(')) {
    const sql = `toString(${column})`;
    return {
      kind,
      sql,
      type: type.includes('Nullable(') ? 'Nullable(String)' : 'String',
      misfits: [{ when: `(${column} is not null and not isValidUTF8(${column}))`, what: notUtf8 }],
    };
  }
  return { kind, sql: column, type, misfits: misfitsOf(column, type) };
}

const notUtf8 = 'is not valid UTF-8 text';

/** JSON has no NaN and no infinity (ClickHouse writes null), and no bytes that are not UTF-8 (it writes U+FFFD). */
function misfitsOf(column: string, type: string): CastProblem[] {
  const notFinite = anyWithin(column, type, (value, of) => (/^B?Float/.test(of) ? `not isFinite(${value})` : undefined));
  const notText = anyWithin(column, type, (value, of) => (isTextType(of) ? `not isValidUTF8(${value})` : undefined));
  return [
    ...(notFinite === undefined ? [] : [{ when: notFinite, what: 'is NaN or infinite, which is not a number' }]),
    ...(notText === undefined ? [] : [{ when: notText, what: notUtf8 }]),
  ];
}

/** For destinations that cannot hold a NUL in a text. */
export function nulWithin(column: string, type: string): CastProblem[] {
  // A text of fixed length is padded with them.
  const isFilled = innerType(type).startsWith('FixedString(');
  const when = isFilled
    ? `ifNull(position(toString(${column}), char(0)) > 0, false)`
    : anyWithin(column, type, (value, of) => (isTextType(of) ? `position(${value}, char(0)) > 0` : undefined));
  return when === undefined ? [] : [{ when, what: 'has a NUL character, which the destination cannot hold' }];
}

const isTextType = (type: string): boolean => type === 'String' || type.startsWith('FixedString(');

type Cast = (source: CastColumn, options: Pick<FieldDeclaration, 'isInternational'>) => CastColumn | undefined;

const sure = (kind: ValueKind, sql: string, result: string): CastColumn => ({ kind, sql, type: `Nullable(${result})`, misfits: [] });

/** `sql` gives null for what cannot be cast. */
const tried = (kind: ValueKind, column: string, sql: string, result: string): CastColumn => ({
  ...sure(kind, sql, result),
  misfits: [{ when: `(${sql} is null and ${column} is not null)`, what: `is not ${kindWords[kind]}` }],
});

const utcMilliseconds = "DateTime64(3, 'UTC')";

const casts: Readonly<Record<ValueKind, Cast>> = {
  // An empty text is not an address: it is sent as null.
  email({ sql: column, kind: from }, { isInternational }) {
    if (from !== 'text') return undefined;
    const sql = `nullIf(trim(both ' ' from cast(${column}, 'Nullable(String)')), '')`;
    const isOne = (pattern: string) => `match(assumeNotNull(${sql}), ${quoteText(pattern)})`;
    // Character classes of all scripts are slow, so they are used only for values that are not an ASCII address.
    const isAddress = isInternational ? `(${isOne(email)} or ${isOne(internationalEmail)})` : isOne(email);
    const when = `(${sql} is not null and not ${isAddress})`;
    return { ...sure('email', sql, 'String'), misfits: [{ when, what: `is not ${kindWords.email}${isInternational ? '' : ' in ASCII'}` }] };
  },
  text: ({ sql: column, kind: from }) => (from === 'json' ? undefined : sure('text', `toString(${column})`, 'String')),
  integer({ sql: column, kind: from, type }) {
    if (from === 'boolean') return sure('integer', `toUInt8(${column})`, 'UInt8');
    // A cast of a Decimal to a whole number would cut the fraction off without an error.
    if (from === 'number' && innerType(type).startsWith('Decimal')) {
      const whole = `if(${column} = trunc(${column}), accurateCastOrNull(${column}, 'Int256'), null)`;
      return tried('integer', column, whole, 'Int256');
    }
    if (from === 'number') return tried('integer', column, `accurateCastOrNull(${column}, 'Int64')`, 'Int64');
    return from === 'text' ? tried('integer', column, `accurateCastOrNull(${column}, 'Int256')`, 'Int256') : undefined;
  },
  number({ sql: column, kind: from, type }) {
    if (from === 'integer') return { kind: 'number', sql: column, type, misfits: [] };
    if (from !== 'text') return undefined;
    // Exact: a Float64 keeps only 15 digits for certain. Digits after the 38th would be cut off without an error.
    const text = `toString(${column})`;
    const sql = `if(match(${text}, '\\\\.[0-9]{39}|[eE]-[0-9]{2}'), null, toDecimal256OrNull(${text}, 38))`;
    return tried('number', column, sql, 'Decimal(76, 38)');
  },
  boolean({ sql: column, kind: from }) {
    // Any number but 0 would become true.
    if (from === 'integer') return tried('boolean', column, `if(${column} in (0, 1), ${column} = 1, null)`, 'Bool');
    return from === 'text' ? tried('boolean', column, `accurateCastOrNull(${column}, 'Bool')`, 'Bool') : undefined;
  },
  timestamp({ sql: column, kind: from }) {
    if (from === 'date') return sure('timestamp', `toDateTime64(${column}, 3, 'UTC')`, utcMilliseconds);
    const sql = `parseDateTime64BestEffortOrNull(toString(${column}), 3, 'UTC')`;
    return from === 'text' ? tried('timestamp', column, sql, utcMilliseconds) : undefined;
  },
  date({ sql: column, kind: from }) {
    if (from === 'timestamp') return sure('date', `toDate32(${column}, 'UTC')`, 'Date32');
    return from === 'text' ? tried('date', column, `accurateCastOrNull(${column}, 'Date32')`, 'Date32') : undefined;
  },
  json: () => undefined,
};

function kindOf(base: string): ValueKind {
  if (/^(String|UUID|IPv4|IPv6|FixedString\(|Enum(8|16)\(|Time(64\(|$))/.test(base)) return 'text';
  if (/^U?Int\d+$/.test(base)) return 'integer';
  if (/^(Float|Decimal|BFloat)/.test(base)) return 'number';
  if (base === 'Bool') return 'boolean';
  if (/^DateTime/.test(base)) return 'timestamp';
  return /^Date(32)?$/.test(base) ? 'date' : 'json';
}
