/** The rows of a table of traits that are of an entity, as SQL, and which of its values are there. Pure. */
import type { Entity, Trait, TypedColumn } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { isSameTable, qualified, quoteIdentifier, type TableName } from '../sql/sql-text.ts';
import { TestWriter } from './compile-operator.ts';
import { Parameters } from './compile-parameters.ts';
import { rowsOf } from './compile-tables.ts';

/** `from … where …`: one row for each entity that has one there. Columns are qualified by `t`. */
export function traitRows(entity: Entity, table: TableName, traits: readonly Trait[]): string {
  const key = `t.${quoteIdentifier(entity.key)}`;
  const hasKey = keyTypeOf(entity).hasKey(key);
  const facts = entity.tables.find((one) => isSameTable(one.table, table));
  const isOwn = isSameTable(table, entity.table);
  const isWithin = isOwn || facts?.isWithin === true;
  const where = [
    ...(hasKey === undefined ? [] : [hasKey]),
    ...(isWithin ? [] : [`${key} in (select ${quoteIdentifier(entity.key)} from ${qualified(entity.table)})`]),
  ];
  return `from ${rowsOf(entity, table, traits)} as t${where.length === 0 ? '' : `\nwhere ${where.join(' and ')}`}`;
}

/** Whether there is a value, as `exists` of the language means it. `sql`: of the column. */
export function hasValue(sql: string, { column }: Pick<TypedColumn, 'column'>): string {
  const tests = new TestWriter(new Parameters(), { timezone: 'UTC', asOfMs: 0 });
  return tests.test({ sql, kind: column.value, isNullable: column.isNullable }, { is: 'exists' }).sql;
}
