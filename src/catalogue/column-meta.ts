/** Reads `meta.sluice` of a column: traits and labels. Pure. */
import * as z from 'zod';
import type { TableName } from '../sql/sql-text.ts';
import { type ColumnType, readColumnType } from './column-kind.ts';
import { errors } from './errors.ts';
import { typeOf } from './meta.ts';
import { isUnique, type PublishedColumn, type PublishedModel, tableOf } from './published-model.ts';

/** A column whose values can be used in conditions. */
export interface TypedColumn {
  readonly name: string;
  /** Label for people: `Lifetime value`. */
  readonly label: string;
  readonly description: string;
  /** ClickHouse type, from the model's yml. */
  readonly type: string;
  readonly column: ColumnType;
  /** Personal data: masked in previews and logs. */
  readonly isPii: boolean;
  /** What a number counts: `days`, `%`. */
  readonly unit?: string;
  /** ISO 4217: `EUR`. */
  readonly currency?: string;
}

export interface Trait extends TypedColumn {
  readonly table: TableName;
  /** dbt tests that no two rows have the same value. */
  readonly isUnique?: true;
  /** For a trait that is a path into a JSON column: the column, then the name on each level. */
  readonly path?: readonly [string, ...string[]];
}

/** A JSON column of undeclared traits: it holds the traits of identify calls. Segments name one as `traits.plan`, the column first. */
export interface OpenTraits {
  readonly column: string;
  readonly description: string;
  readonly isPii: boolean;
  readonly table: TableName;
}

const ColumnMeta = z.looseObject({
  label: z.string().optional(),
  trait: z.boolean().optional(),
  traits: z.boolean().optional(),
  pii: z.boolean().optional(),
  unit: z.string().min(1).max(40).optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'the three letters of a currency, such as EUR')
    .optional(),
});

export function columnMeta(model: PublishedModel, column: PublishedColumn): z.output<typeof ColumnMeta> {
  const meta = ColumnMeta.safeParse(column.meta.sluice ?? {});
  if (!meta.success)
    throw errors.invalid(`The meta.sluice of ${model.name}.${column.name} cannot be used:\n${z.prettifyError(meta.error)}`);
  return meta.data;
}

/** @returns undefined for a type that conditions cannot use (JSON, Map, …). @throws CdpError when the yml does not state the type. */
export function typedColumn(model: PublishedModel, column: PublishedColumn): TypedColumn | undefined {
  const type = typeOf(model, column);
  const read = readColumnType(type);
  const { label, pii, unit, currency } = columnMeta(model, column);
  if (!read) return undefined;
  return {
    name: column.name,
    label: label ?? column.name,
    description: column.description,
    type,
    column: read,
    isPii: pii ?? false,
    ...(unit === undefined ? {} : { unit }),
    ...(currency === undefined ? {} : { currency }),
  };
}

export const isJson = (type: string | undefined) => /^JSON(\(|$)/.test(type ?? '');

export function readTrait(model: PublishedModel, column: PublishedColumn): Trait | undefined {
  if (columnMeta(model, column).trait !== true) return undefined;
  const typed = typedColumn(model, column);
  if (typed) return { ...typed, table: tableOf(model), ...(isUnique(model, column.name) ? { isUnique: true } : {}) };
  throw errors.invalid(
    `The trait ${model.name}.${column.name} has the type ${column.dataType}, which conditions cannot use. Take \`trait: true\` away, or make a text, number, Bool, date or list of it.`,
  );
}

export function readOpenTraits(model: PublishedModel, column: PublishedColumn): OpenTraits | undefined {
  const meta = columnMeta(model, column);
  if (meta.traits !== true) return undefined;
  if (!isJson(column.dataType))
    throw errors.invalid(
      `${model.name}.${column.name} should hold traits of any name, but its type is ${column.dataType ?? 'not stated'} and not JSON. Write \`trait: true\` for one trait.`,
    );
  return { column: column.name, description: column.description, isPii: meta.pii ?? false, table: tableOf(model) };
}

/** Names are unique, labels need not be: equal labels get the name behind them. */
export function withOwnLabels(traits: ReadonlyMap<string, Trait>): ReadonlyMap<string, Trait> {
  const read = ({ label }: Trait) => label.trim().replace(/\s+/g, ' ').toLowerCase();
  const alike = Map.groupBy(traits.values(), read);
  const told = [...traits.values()].map((trait) => {
    const isShared = (alike.get(read(trait)) ?? []).length > 1;
    return isShared ? { ...trait, label: `${trait.label.trim()} (${trait.name})` } : trait;
  });
  const byName = new Map(told.map((trait) => [trait.name, trait]));
  // `City (home)` may be another label already.
  return new Set(told.map(read)).size === told.length || told.every((trait) => trait === traits.get(trait.name))
    ? byName
    : withOwnLabels(byName);
}
