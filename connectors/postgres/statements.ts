/** The SQL of one batch. Pure. Identifiers are quoted, values travel as one JSON parameter. */
import type { MappedField } from '../../src/connector-kit/connector.ts';
import type { ValueKind } from '../../src/connector-kit/field-kind.ts';

export interface Table {
  readonly schema: string;
  readonly table: string;
  readonly keyFields: readonly MappedField[];
  readonly valueFields: readonly MappedField[];
}

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const nameOf = ({ schema, table }: Pick<Table, 'schema' | 'table'>): string => `${identifier(schema)}.${identifier(table)}`;
const columns = (fields: readonly MappedField[]): string => fields.map(({ name }) => identifier(name)).join(', ');

/** `json_populate_recordset` casts by the table's own row type: no type is named again, and a column of any type can be written. */
const batch = (table: Table): string => `json_populate_recordset(null::${nameOf(table)}, $1::json)`;

/** One parameter: the rows as a JSON array. */
export function upsertSql(table: Table): string {
  const all = columns([...table.keyFields, ...table.valueFields]);
  const assignments = table.valueFields.map(({ name }) => `${identifier(name)} = excluded.${identifier(name)}`).join(', ');
  const update = assignments === '' ? 'do nothing' : `do update set ${assignments}`;
  return `insert into ${nameOf(table)} (${all}) select ${all} from ${batch(table)} on conflict (${columns(table.keyFields)}) ${update}`;
}

/**
 * One parameter: a JSON array with one row of one field. It fails in the same way as writing the row if this field is the one that does not
 * fit.
 */
export const tryFieldSql = (table: Table): string => `select 1 from ${batch(table)}`;

/** One parameter: the keys as a JSON array. Rows that do not exist are no error. */
export function deleteSql(table: Table): string {
  const matches = table.keyFields.map(({ name }) => `t.${identifier(name)} = gone.${identifier(name)}`).join(' and ');
  return `delete from ${nameOf(table)} t using ${batch(table)} gone where ${matches}`;
}

/** Two parameters: schema and table. No row when there is no such table. A partitioned table has the files of its parts, a view has none. */
export const lookSql = `
  select
      c.oid::text as identity,
      coalesce(
          pg_catalog.pg_relation_filenode(c.oid)::text,
          (
              select string_agg(pg_catalog.pg_relation_filenode(part.relid)::text, ',' order by part.relid::oid)
              from pg_catalog.pg_partition_tree(c.oid) as part
          ),
          'no file') as contents
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'f')`;

/** Whether there is any row at all; reads none. */
export const firstRowSql = (table: Pick<Table, 'schema' | 'table'>): string => `select 1 from ${nameOf(table)} limit 1`;

const typeOfKind: Readonly<Record<ValueKind, string>> = {
  text: 'text',
  email: 'text',
  integer: 'bigint',
  number: 'numeric',
  boolean: 'boolean',
  timestamp: 'timestamptz',
  date: 'date',
  json: 'jsonb',
};

/** A bigint ends at 2^63 - 1; for types with larger values the column is numeric, which has no such limit. */
export const typeOf = ({ kind, type = '' }: MappedField): string =>
  kind === 'integer' && /UInt64|Int128|Int256/.test(type) ? 'numeric' : typeOfKind[kind];

/** For `create_table: true`: the table if it is not there, then each column that is not there. Nothing that exists is changed. */
export function createTableSql(table: Table): string[] {
  const definition = (field: MappedField) => `${identifier(field.name)} ${typeOf(field)}`;
  return [
    `create table if not exists ${nameOf(table)} (${table.keyFields.map(definition).join(', ')}, primary key (${columns(table.keyFields)}))`,
    ...table.valueFields.map((field) => `alter table ${nameOf(table)} add column if not exists ${definition(field)}`),
  ];
}
