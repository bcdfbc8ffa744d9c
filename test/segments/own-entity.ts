/** A company's own entity: households in two tables of traits and two streams of events, with orders, their lines and products. As models and as rows. */
import { type Catalogue, catalogueOf, type PublishedColumn, type PublishedModel } from '../../src/catalogue/catalogue.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { runSql } from '../warehouse.ts';

const household = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

type Columns = Readonly<Record<string, string>>;

const TABLES: Readonly<Record<string, Columns>> = {
  dim_households: { household_id: 'UUID', city: 'String', size: 'UInt8' },
  // Has no row for some, two for one, and one of nobody.
  household_scores: { household_id: 'UUID', score: 'UInt32', plan: "Enum8('basic' = 0, 'plus' = 1)", tags: 'Array(String)' },
  fct_deliveries: {
    hh: 'Nullable(UUID)',
    delivered_at: 'DateTime',
    weight: 'Decimal(18, 3)',
    carrier: 'LowCardinality(String)',
    is_late: 'Nullable(Bool)',
    items: 'Array(LowCardinality(String))',
  },
  app_events: { household_id: 'UUID', name: 'String', at: "DateTime64(3, 'UTC')", payload: 'JSON(max_dynamic_paths = 0)' },
  orders: { order_id: 'String', household_id: 'UUID', amount: 'Decimal(18, 2)' },
  order_lines: { line_id: 'String', order_id: 'String', product_id: 'String', quantity: 'UInt16' },
  products: { product_id: 'String', category: 'String' },
};

const META: Readonly<Record<string, object>> = {
  dim_households: { entity: 'household', key: 'household_id', label: 'Household' },
  household_scores: { entity: 'household', key: 'household_id' },
  fct_deliveries: {
    events: {
      entity: 'household',
      key: 'hh',
      time: 'delivered_at',
      name: 'Delivered',
      properties: ['weight', 'carrier', 'is_late', 'items'],
    },
  },
  app_events: { events: { entity: 'household', key: 'household_id', time: 'at', name: 'name', properties: 'payload' } },
  orders: { related: { entity: 'household', key: 'order_id', foreign_key: 'household_id', name: 'orders' } },
  order_lines: {
    key: 'line_id',
    related: [
      { model: 'orders', foreign_key: 'order_id', name: 'lines', inverse: 'order' },
      { model: 'products', foreign_key: 'product_id', name: 'lines', inverse: 'product' },
    ],
  },
  products: { key: 'product_id' },
};

const TRAITS = new Set(['city', 'size', 'score', 'plan', 'tags']);
const LABELS: Readonly<Record<string, string>> = { weight: 'Weight in kg', size: 'People in it' };

export function householdCatalogue(database: string): Catalogue {
  const models = Object.entries(TABLES).map(
    ([name, columns]): PublishedModel => ({
      name,
      schema: database,
      alias: name,
      description: `Test model ${name}.`,
      meta: { sluice: META[name] },
      columns: Object.entries(columns).map(
        ([column, dataType]): PublishedColumn => ({
          name: column,
          dataType,
          description: `Test column ${column}.`,
          meta: { sluice: { trait: TRAITS.has(column), ...(LABELS[column] ? { label: LABELS[column] } : {}) } },
        }),
      ),
    }),
  );
  return catalogueOf(models);
}

const at = (day: string) => `${day} 12:00:00`;
const delivered = (hh: string | null, day: string, weight: string, carrier: string, isLate: boolean | null) => ({
  hh,
  delivered_at: at(day),
  weight,
  carrier,
  is_late: isLate,
  items: isLate === null ? [] : [carrier, 'tea'],
});
const opened = (index: number, name: string, day: string, payload: object) => ({
  household_id: household(index),
  name,
  at: at(day),
  payload,
});

/** 0 has everything, 1 is scored twice, 2 has no score, 3 is in no table but its own. 9 is nobody. */
const ROWS: Readonly<Record<string, readonly object[]>> = {
  dim_households: [
    { household_id: household(0), city: 'Gent', size: 4 },
    { household_id: household(1), city: 'Gent', size: 1 },
    { household_id: household(2), city: 'Bonn', size: 2 },
    { household_id: household(3), city: 'Bonn', size: 3 },
  ],
  household_scores: [
    { household_id: household(0), score: 50, plan: 'plus', tags: ['early'] },
    { household_id: household(1), score: 10, plan: 'basic', tags: [] },
    { household_id: household(1), score: 70, plan: 'basic', tags: [] },
    { household_id: household(9), score: 90, plan: 'plus', tags: ['early'] },
  ],
  fct_deliveries: [
    delivered(household(0), '2026-03-01', '12.5', 'Bike', false),
    delivered(household(0), '2026-03-10', '3.0', 'Van', true),
    delivered(household(1), '2026-03-10', '20.0', 'Van', null),
    delivered(household(9), '2026-03-10', '30.0', 'Van', true),
    delivered(null, '2026-03-10', '40.0', 'Van', true),
  ],
  app_events: [
    opened(0, 'App Opened', '2026-03-20', { screen: 'home', weight: 1 }),
    opened(2, 'App Opened', '2026-03-21', { screen: 'cart', rooms: ['bath', 'attic'] }),
    opened(2, 'Delivered', '2026-03-21', { weight: 100 }),
  ],
  orders: [{ order_id: 'o1', household_id: household(0), amount: '12.00' }],
  order_lines: [{ line_id: 'l1', order_id: 'o1', product_id: 'p1', quantity: 2 }],
  products: [{ product_id: 'p1', category: 'tea' }],
};

export async function fillHouseholds({ owner }: Warehouse): Promise<void> {
  for (const [table, columns] of Object.entries(TABLES)) {
    const types = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
    const sql = `create table sluice.${table} (${types.join(', ')}) engine = MergeTree order by tuple()`;
    await runSql(owner, sql);
    await owner.insert(`sluice.${table}`, ROWS[table] ?? []);
  }
}
