/** What the catalogue needs to know about a dbt model, snapshot or seed; `src/dbt` reads it from target/manifest.json. */
import type { TableName } from '../sql/sql-text.ts';

export interface PublishedModel {
  readonly name: string;
  /** The ClickHouse database, prefix included. */
  readonly schema: string;
  readonly alias: string;
  readonly description: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly columns: readonly PublishedColumn[];
  /** dbt's built-in tests of its columns that say how tables relate. */
  readonly tests?: readonly PublishedTest[];
}

export interface PublishedColumn {
  readonly name: string;
  readonly description: string;
  /** From the model's yml; undefined where none is declared. */
  readonly dataType: string | undefined;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** `isEnforced`: a build fails when the test does not hold for every row. */
export type PublishedTest =
  | { readonly is: 'unique'; readonly column: string; readonly isEnforced: boolean }
  | {
      readonly is: 'relationships';
      readonly column: string;
      /** Name of the model that it points to; undefined for a source. */
      readonly to: string | undefined;
      readonly field: string;
      readonly isEnforced: boolean;
      readonly meta: Readonly<Record<string, unknown>>;
    };

export const tableOf = (model: PublishedModel): TableName => ({ database: model.schema, table: model.alias });

/** Whether dbt tests that no value stands in the column twice. */
export const isUnique = ({ tests = [] }: PublishedModel, column: string) =>
  tests.some((test) => test.is === 'unique' && test.column === column && test.isEnforced);

/** Whether dbt tests that no two rows have the same values in all of the columns: a test of the expression `(a, b)`. */
export const isUniqueTogether = ({ tests = [] }: PublishedModel, columns: readonly string[]) =>
  tests.some((test) => {
    const [, inside] = /^\((.*)\)$/.exec(test.column.trim()) ?? [];
    const named = inside?.split(',').map((name) => name.trim()) ?? [];
    return test.is === 'unique' && test.isEnforced && named.length === columns.length && columns.every((column) => named.includes(column));
  });

/**
 * Whether every value of the column is one of `field` in the model `to`: dbt tests this for all but nulls, and the column's type has no
 * null.
 */
export function isWithin({ tests = [], columns }: PublishedModel, column: string, to: string, field: string): boolean {
  const type = columns.find(({ name }) => name === column)?.dataType;
  if (type === undefined || type.includes('Nullable(')) return false;
  return tests.some(
    (test) => test.is === 'relationships' && test.column === column && test.to === to && test.field === field && test.isEnforced,
  );
}
