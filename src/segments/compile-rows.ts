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
  return subquery(putTogether(relation, columns));
}

/** The same where it does not matter how often one is there. */
export function setOf(relation: Relation, columns: readonly string[]): string {
  return columns.every((column) => identityOf(relation).includes(column)) ? qualified(relation.table) : rowsOf(relation, columns);
}

/** Name of the column by which `joinedRowsOf` is joined. */
export const JOIN_KEY = '__key';

/** SQL after `left any join`, of a relation to one: columns of a row that is not there are null, not 0 and not 1970. */
export function joinedRowsOf(relation: Relation, columns: readonly string[]): string {
  const { column: key, isUnique, table } = relation;
  const selected = [...new Set(columns)].map((name) => {
    const sql = name === key || isUnique ? t(name) : `max(${t(name)})`;
    const isList = relation.columns.get(name)?.column.value.kind === 'list';
    return `${isList ? sql : `toNullable(${sql})`} as ${quoteIdentifier(name)}`;
  });
  const select = `select\n    ${[`${t(key)} as ${JOIN_KEY}`, ...selected].join(',\n    ')}\nfrom ${qualified(table)} as t`;
  return subquery(isUnique ? select : `${select}\ngroup by ${t(key)}`);
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

function putTogether(relation: Relation, columns: readonly string[]): string {
  const identity = [...new Set(identityOf(relation))];
  const kept = identity.filter((name) => name === relation.column || columns.includes(name));
  const others = [...new Set(columns)].filter((name) => !identity.includes(name));
  const selected = [
    ...kept.map((name) => `${t(name)} as ${quoteIdentifier(name)}`),
    ...others.map((name) => `max(${t(name)}) as ${quoteIdentifier(name)}`),
  ];
  const grouped = [...identity.map(t), ...apart(relation)].join(', ');
  return `select\n    ${selected.join(',\n    ')}\nfrom ${qualified(relation.table)} as t\ngroup by ${grouped}`;
}

/** Nothing says that two rows without a key are the same. */
function apart({ cardinality, key, columns }: Relation): string[] {
  if (cardinality === 'one' || columns.get(key)?.column.isNullable === false) return [];
  return [`if(isNull(${t(key)}), rowNumberInAllBlocks() + 1, 0)`];
}
