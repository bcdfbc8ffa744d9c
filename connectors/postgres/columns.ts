/** Whether a table's columns would change the sent values: a change that PostgreSQL makes without an error is refused. Pure. */

import * as z from 'zod';
import type { MappedField } from '../../src/connector-kit/connector.ts';
import { innerType } from '../../src/connector-kit/source-type.ts';
import { typeOf } from './statements.ts';

/** Two parameters: schema and table. A row per column; a domain is shown as its base type. No rows: there is no such table. */
export const columnsSql = `
  select
      a.attname as name,
      pg_catalog.format_type(a.atttypid, a.atttypmod) as shown,
      coalesce(base.typname, t.typname) as type,
      case when base.oid is null then a.atttypmod else t.typtypmod end as modifier,
      coalesce(not l.collisdeterministic, false) as "isFolded",
      coalesce(base.typtype, t.typtype) = 'e' as "isEnum"
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_type t on t.oid = a.atttypid
  left join pg_catalog.pg_type base on base.oid = t.typbasetype
  left join pg_catalog.pg_collation l on l.oid = a.attcollation
  where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped`;

export const Column = z.object({
  name: z.string(),
  /** The full type as PostgreSQL writes it: `numeric(10,2)`. */
  shown: z.string(),
  /** The name of the type: `numeric`. */
  type: z.string(),
  /** Length, precision or scale, in PostgreSQL's own encoding; -1 without. */
  modifier: z.int(),
  /** Its collation treats some different texts as equal. */
  isFolded: z.boolean(),
  /** For an enum type. */
  isEnum: z.boolean(),
});
export type Column = z.output<typeof Column>;

/** A table that cannot hold the sent values. The message says which column, why, and what to do. */
export class ColumnsRefused extends Error {
  override readonly name = 'ColumnsRefused';
}

interface Mapped {
  readonly keyFields: readonly MappedField[];
  readonly valueFields: readonly MappedField[];
}

/**
 * The first problem of the existing columns, and of those that would be made. Values that fail with an error (too long, out of range) are
 * no problem here: each such row is refused by itself.
 */
export function columnsProblem({ keyFields, valueFields }: Mapped, columns: readonly Column[], isMade: boolean): string | undefined {
  for (const field of [...keyFields, ...valueFields]) {
    const column = columns.find(({ name }) => name === field.name);
    if (column === undefined && columns.length > 0 && !isMade) return missing(field.name, columns);
    const type = typeOf(field);
    const found = column ?? { name: field.name, shown: type, type, modifier: -1, isFolded: false, isEnum: false };
    const problem = changeOf(field, found) ?? (keyFields.includes(field) ? foldOf(field, found) : undefined);
    if (problem !== undefined) return `column ${field.name} is ${found.shown} ${problem}`;
  }
  return undefined;
}

function missing(name: string, columns: readonly Column[]): string {
  const other = columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
  const hint = other ? `there is ${other.name}, and names are taken as they are written` : 'create it, or set create_table: true';
  return `a mapped column does not exist: ${name}; ${hint}`;
}

/** How the column would change values of the field without an error; continues `column x is numeric(10,2)`. */
function changeOf(field: MappedField, column: Column): string | undefined {
  return Object.hasOwn(changes, column.type) ? changes[column.type]?.(field, column) : undefined;
}

const isText = ({ kind }: MappedField): boolean => kind === 'text' || kind === 'email';
const sent = ({ kind, type = '' }: MappedField): string => `what is sent (${innerType(type) || kind})`;
const asNumber = 'and would read a text as a number: send a number (toDecimal64 in the source)';

type Change = (field: MappedField, column: Column) => string | undefined;

const inexact =
  (digitsKept: number): Change =>
  (field) => {
    if (isText(field)) return asNumber;
    const isNumber = field.kind === 'integer' || field.kind === 'number';
    return isNumber && digitsOf(field.type) > digitsKept ? `and would round ${sent(field)}: make it numeric` : undefined;
  };
const numeric: Change = (field, { modifier }) => {
  if (modifier === -1) return undefined;
  if (isText(field)) return asNumber;
  return field.kind === 'number' && scaleOf(field.type) > scaleOfModifier(modifier)
    ? `and would round ${sent(field)}: make it numeric, or round in the source (toDecimal64)`
    : undefined;
};
const date: Change = (field) => {
  if (isText(field)) return 'and would cut a time of day off a text: send a date (toDate in the source)';
  return field.kind === 'timestamp'
    ? 'and would cut the time of day off: make it timestamptz, or send a date (toDate in the source)'
    : undefined;
};
const time: Change = ({ kind }) => (kind === 'timestamp' ? 'and would cut the date off: make it timestamptz' : undefined);
const timestamp: Change = (field, { modifier }) => {
  const kept = modifier === -1 ? 6 : modifier;
  return field.kind === 'timestamp' && precisionOf(field.type) > kept
    ? `and keeps ${kept} digits of a second, fewer than ${sent(field)}: use DateTime64(${kept}) in the source`
    : undefined;
};
const shortText: Change = (field) => (isText(field) ? 'and would cut texts: make it text' : undefined);

/** By PostgreSQL's own names. Digits kept for certain: https://www.postgresql.org/docs/current/datatype-numeric.html (2026-11). */
const changes: Readonly<Record<string, Change>> = {
  float4: inexact(6),
  float8: inexact(15),
  money: inexact(15),
  numeric,
  date,
  time,
  timetz: time,
  timestamp,
  timestamptz: timestamp,
  name: shortText,
  char: shortText,
};

/**
 * Types that keep two different texts apart, or that only ignore case, spaces and signs: for these the engine writes the remaining row
 * again when one of two equal keys is removed. Other types read a text as a value (10.0.0.1 and 10.0.0.1/32, true and t).
 */
const textTypes: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'citext', 'uuid']);

/** Why the column treats two keys of the field as one, unless the sync compares keys in the same way. */
function foldOf(
  { kind, type: sentType = '', compares = 'exact' }: MappedField,
  { type, isFolded, isEnum, name }: Column,
): string | undefined {
  if (kind !== 'text' && kind !== 'email') return undefined;
  const isAddress = type === 'inet' && /^IPv[46]$/.test(innerType(sentType));
  if (!textTypes.has(type) && !isEnum && !isAddress)
    return 'and takes texts that are written in different ways for one key: send a value of that type (toIPv4 and the like in the source), or make it text';
  return (type === 'citext' || isFolded) && compares === 'exact'
    ? `and takes keys that differ in case for one: say so in the sync, \`compare: { ${name}: case_insensitive }\``
    : undefined;
}

/** Decimal digits of a value of a ClickHouse type; 15 for a Float64, which a float8 holds exactly. */
function digitsOf(type = ''): number {
  const [, family, bits] = /(U?Int|B?Float)(\d+)/.exec(type) ?? [];
  if (family?.includes('Float')) return bits === '64' ? 15 : 6;
  if (family !== undefined) return Math.floor(Number(bits) * Math.log10(2)) + 1;
  const [, precision] = /Decimal\((\d+)/.exec(type) ?? [];
  return precision === undefined ? Number.POSITIVE_INFINITY : Number(precision);
}

function scaleOf(type = ''): number {
  const [, scale] = /Decimal\(\d+, (\d+)\)/.exec(type) ?? [];
  if (scale !== undefined) return Number(scale);
  return /Int\d/.test(type) ? 0 : Number.POSITIVE_INFINITY;
}

/** Eleven bits with a sign, since version 15 (negative scales): numeric_typmod_scale in PostgreSQL's numeric.c. */
const scaleOfModifier = (modifier: number): number => (((modifier - 4) & 0x7ff) ^ 1024) - 1024;

const precisionOf = (type = ''): number => Number(/DateTime64\((\d)/.exec(type)?.[1] ?? 0);
