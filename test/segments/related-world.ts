/**
 * What belongs to the people of the world: orders with lines, products, stores and regions, and accounts. Tables that dbt does not test may
 * have a row twice; all may have foreign keys of nothing, and nulls.
 */
import * as z from 'zod';
import { type Catalogue, catalogueOf, type PublishedColumn, type PublishedModel } from '../../src/catalogue/catalogue.ts';
import { innerType } from '../../src/sql/column-type.ts';
import { defineStatement } from '../../src/warehouse/query.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { type Person, worldModels } from './world.ts';

export type RelatedTable = 'orders' | 'order_lines' | 'products' | 'stores' | 'regions' | 'accounts' | 'account_members';
export type Row = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
export type RelatedRows = Readonly<Record<RelatedTable, readonly Row[]>>;

export const RELATED_COLUMNS: Readonly<Record<RelatedTable, Readonly<Record<string, string>>>> = {
  orders: {
    order_id: 'Nullable(String)',
    profile_id: 'Nullable(UUID)',
    store_id: 'Nullable(UInt16)',
    ordered_at: "Nullable(DateTime64(3, 'UTC'))",
    shipped_on: 'Nullable(Date)',
    amount: 'Nullable(Decimal(18, 2))',
    fee: 'Decimal(38, 10)',
    points: 'Int64',
    weight: 'Nullable(Float64)',
    status: 'LowCardinality(String)',
    is_gift: 'Nullable(Bool)',
    tags: 'Array(String)',
  },
  order_lines: {
    line_id: 'String',
    order_id: 'Nullable(String)',
    product_id: 'Nullable(UInt16)',
    quantity: 'UInt8',
    price: 'Nullable(Decimal(18, 2))',
  },
  products: { product_id: 'UInt32', category: 'LowCardinality(Nullable(String))', size: 'UInt16' },
  stores: {
    store_id: 'UInt32',
    region_id: 'Nullable(String)',
    city: 'Nullable(String)',
    opened_at: "DateTime64(3, 'UTC')",
    badges: 'Array(String)',
  },
  regions: { region_id: 'String', name: 'String' },
  accounts: { account_id: 'String', region_id: 'Nullable(String)', name: 'Nullable(String)', revenue: 'Nullable(Decimal(18, 2))' },
  account_members: {
    account_id: 'Nullable(String)',
    profile_id: 'Nullable(UUID)',
    role: 'LowCardinality(Nullable(String))',
    since: "Nullable(DateTime64(3, 'UTC'))",
  },
};

const META: Readonly<Record<RelatedTable, object>> = {
  orders: {
    key: 'order_id',
    related: [
      { entity: 'person', foreign_key: 'profile_id', name: 'orders' },
      { model: 'stores', foreign_key: 'store_id', name: 'orders', inverse: 'store' },
    ],
  },
  order_lines: {
    key: 'line_id',
    related: [
      { model: 'orders', foreign_key: 'order_id', name: 'lines', inverse: 'order' },
      { model: 'products', foreign_key: 'product_id', name: 'lines', inverse: 'product' },
    ],
  },
  products: { key: 'product_id' },
  stores: { key: 'store_id', related: { model: 'regions', foreign_key: 'region_id', name: 'stores', inverse: 'region' } },
  regions: { key: 'region_id' },
  accounts: {
    entity: 'account',
    key: 'account_id',
    label: 'Account',
    related: { model: 'regions', foreign_key: 'region_id', name: 'accounts', inverse: 'region' },
  },
  account_members: {
    related: [
      { entity: 'person', key: 'account_id', foreign_key: 'profile_id', name: 'accounts' },
      { entity: 'account', key: 'profile_id', foreign_key: 'account_id', name: 'members' },
    ],
  },
};

const UNIQUE: Readonly<Partial<Record<RelatedTable, string>>> = {
  products: 'product_id',
  regions: 'region_id',
  order_lines: 'line_id',
  accounts: 'account_id',
};
/** `account_members` is tested by an expression of two columns. */
const TESTED: Readonly<Partial<Record<RelatedTable, string>>> = { orders: 'order_id', account_members: '(account_id, profile_id)' };
/** Foreign keys that are tested to name somebody. */
const WITHIN: Readonly<Record<string, { readonly to: string; readonly field: string }>> = {
  'orders.profile_id': { to: 'profiles', field: 'profile_id' },
  'account_members.profile_id': { to: 'profiles', field: 'profile_id' },
  'account_members.account_id': { to: 'accounts', field: 'account_id' },
};
const TRAITS = new Set(['name', 'revenue']);

/** The world, with related rows. `isTested`: orders and memberships are tested too. */
export const relatedCatalogue = (prefix = 'sluice', { isTested = false }: { readonly isTested?: boolean } = {}): Catalogue =>
  catalogueOf(relatedModels(prefix, isTested));

/** What `relatedCatalogue` is made of. */
export const relatedModels = (prefix: string, isTested: boolean): PublishedModel[] => [
  ...worldModels(prefix),
  ...Object.keys(RELATED_COLUMNS).map((name) => modelOf(prefix, name as RelatedTable, isTested)),
];

function modelOf(prefix: string, name: RelatedTable, isTested: boolean): PublishedModel {
  const unique = UNIQUE[name] ?? (isTested ? TESTED[name] : undefined);
  return {
    name,
    schema: prefix,
    alias: name,
    description: name,
    meta: { sluice: META[name] },
    columns: Object.entries(RELATED_COLUMNS[name]).map(
      ([column, dataType]): PublishedColumn => ({
        name: column,
        dataType: isTested && WITHIN[`${name}.${column}`] ? innerType(dataType) : dataType,
        description: column,
        meta: { sluice: { trait: name === 'accounts' && TRAITS.has(column) } },
      }),
    ),
    tests: [
      ...(unique === undefined ? [] : [{ is: 'unique', column: unique, isEnforced: true } as const]),
      ...Object.keys(RELATED_COLUMNS[name]).flatMap((column) => {
        const within = isTested ? WITHIN[`${name}.${column}`] : undefined;
        return within ? [{ is: 'relationships', column, ...within, isEnforced: true, meta: {} } as const] : [];
      }),
    ],
  };
}

export async function createRelated({ owner }: Warehouse): Promise<void> {
  for (const [table, columns] of Object.entries(RELATED_COLUMNS)) {
    const types = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
    const sql = `create table sluice.${table} (${types.join(', ')}) engine = MergeTree order by tuple()`;
    await owner.run(defineStatement({ name: 'test.create', sql, params: z.object({}) }), {});
  }
}

/** Replaces all of them. */
export async function fillRelated({ owner }: Warehouse, rows: RelatedRows): Promise<void> {
  for (const [table, own] of Object.entries(rows)) {
    await owner.run(defineStatement({ name: 'test.truncate', sql: `truncate table sluice.${table}`, params: z.object({}) }), {});
    if (own.length > 0) await owner.insert(`sluice.${table}`, own);
  }
}

/** The rows as tests of dbt would let them through: no order and no membership twice, and none of nobody. */
export function tested(rows: RelatedRows, people: readonly Person[]): RelatedRows {
  const once = (table: RelatedTable, name: (row: Row) => unknown) => {
    const seen = new Set<unknown>();
    return rows[table].filter((row) => name(row) === undefined || (!seen.has(name(row)) && seen.add(name(row))));
  };
  const ids = new Set<unknown>(people.map(({ profile_id }) => profile_id));
  const accounts = new Set<unknown>(rows.accounts.map(({ account_id }) => account_id));
  return {
    ...rows,
    // dbt's test leaves nulls out.
    orders: once('orders', ({ order_id }) => order_id ?? undefined).filter(({ profile_id }) => ids.has(profile_id)),
    account_members: once('account_members', ({ account_id, profile_id }) => JSON.stringify([account_id, profile_id])).filter(
      ({ account_id, profile_id }) => accounts.has(account_id) && ids.has(profile_id),
    ),
  };
}
