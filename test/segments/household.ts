/** An entity of a company's own, with a key of any type, in a table that is none of the product's: as catalogue and as SQL. */
import { type Catalogue, catalogueOf, type PublishedModel } from '../../src/catalogue/catalogue.ts';

export interface OwnTable {
  readonly entity?: string;
  readonly key?: string;
  readonly keyType: string;
  /** A database that is not the published one. */
  readonly database: string;
  readonly table: string;
}

/** Traits: `city` (String), `email` (Nullable(String), personal). */
export function ownCatalogue(...tables: readonly OwnTable[]): Catalogue {
  return catalogueOf(tables.map(modelOf));
}

function modelOf({ entity = 'household', key = 'household_id', keyType, database, table }: OwnTable): PublishedModel {
  return {
    name: table,
    schema: database,
    alias: table,
    description: 'A table of their own.',
    meta: { sluice: { role: 'traits', entity, key } },
    columns: [
      { name: key, dataType: keyType, description: 'Key.', meta: {} },
      { name: 'city', dataType: 'String', description: 'City.', meta: { sluice: { trait: true } } },
      { name: 'email', dataType: 'Nullable(String)', description: 'Address.', meta: { sluice: { trait: true, pii: true } } },
    ],
  };
}

/** `keys` are SQL literals, each with its city. */
export const ownTableSql = ({ key = 'household_id', keyType, table }: OwnTable, keys: readonly (readonly [string, string])[]): string[] => [
  `create or replace table sluice_staging.${table} (${key} ${keyType}, city String, email Nullable(String)) engine = MergeTree order by tuple()`,
  ...(keys.length === 0
    ? []
    : [`insert into sluice_staging.${table} (${key}, city) values ${keys.map(([literal, city]) => `(${literal}, '${city}')`).join(', ')}`]),
];
