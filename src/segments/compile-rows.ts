/**
 * Rows that relations lead to, as SQL after `from`, each of them once. Without a test of dbt a row may be there twice: it is then read with the
 * greatest value of each column, as tables of traits are. Pure.
 */
import type { Entity, Relation } from '../catalogue/catalogue.ts';
import { isSameTable, qualified, quoteIdentifier, type TableName } from '../sql/sql-text.ts';
import { subquery } from './compile-parameters.ts';

/** `columns`: which are read of it, beside the one that is equal to where the relation starts. */
export function rowsOf(relation: Relation, columns: readonly string[]): string {
  if (relation.isUnique) return qualified(relation.table);
  return subquery(putTogether(relation, columns, (sql) => sql));
}

/** The same where it does not matter how often one is there. */
export function setOf(relation: Relation, columns: readonly string[]): string {
  return columns.every((column) => identityOf(relation).includes(column)) ? qualified(relation.table) : rowsOf(relation, columns);
}

/** SQL after `left any join`, of a relation to one: columns of a row that is not there are null, not 0 and not 1970. */
export function joinedRowsOf(relation: Relation, columns: readonly string[]): string {
  const nullable = (name: string, sql: string) => (relation.columns.get(name)?.column.value.kind === 'list' ? sql : `toNullable(${sql})`);
  if (!relation.isUnique) return subquery(putTogether(relation, columns, (sql, name) => nullable(name, sql)));
  const selected = columns
    .filter((name) => name !== relation.column)
    .map((name) => `${nullable(name, t(name))} as ${quoteIdentifier(name)}`);
  const key = `${t(relation.column)} as ${quoteIdentifier(relation.column)}`;
  return subquery(`select\n    ${[key, ...selected].join(',\n    ')}\nfrom ${qualified(relation.table)} as t`);
}

/** Rows of one of the entity's tables, each key once, with one more column. */
export function entityRowsOf({ key, tables }: Entity, table: TableName, column: string): string {
  if (tables.some((one) => isSameTable(one.table, table) && one.isUnique)) return qualified(table);
  const name = quoteIdentifier(key);
  return subquery(
    `select ${t(key)} as ${name}, max(${t(column)}) as ${quoteIdentifier(column)}\nfrom ${qualified(table)} as t\ngroup by ${t(key)}`,
  );
}

/** The columns that tell its rows apart. */
const identityOf = ({ cardinality, column, key }: Relation) => (cardinality === 'many' ? [column, key] : [column]);

const t = (column: string) => `t.${quoteIdentifier(column)}`;

function putTogether(relation: Relation, columns: readonly string[], write: (sql: string, name: string) => string): string {
  const identity = identityOf(relation);
  const kept = identity.filter((name) => name === relation.column || columns.includes(name));
  const others = [...new Set(columns)].filter((name) => !identity.includes(name));
  const selected = [
    ...kept.map((name) => `${name === relation.column ? t(name) : write(t(name), name)} as ${quoteIdentifier(name)}`),
    ...others.map((name) => `${write(`max(${t(name)})`, name)} as ${quoteIdentifier(name)}`),
  ];
  const grouped = [...new Set(identity)].map(t);
  const from = `from ${qualified(relation.table)} as t`;
  return `select\n    ${selected.join(',\n    ')}\n${from}\ngroup by ${[...grouped, ...apart(relation)].join(', ')}`;
}

/** Nothing says that two rows without a key are the same. */
function apart({ cardinality, key, columns }: Relation): string[] {
  if (cardinality === 'one' || columns.get(key)?.column.isNullable === false) return [];
  return [`if(isNull(${t(key)}), rowNumberInAllBlocks() + 1, 0)`];
}
