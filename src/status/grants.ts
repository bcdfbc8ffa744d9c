/** Of `sluice doctor`: whether previews and publications may read what the catalogue names, in whichever database it stands. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { tablesIn } from '../catalogue/tables-in.ts';
import { CdpError } from '../errors.ts';
import { grantReads, refusedTables, statementsOf } from '../warehouse/readable.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Check } from './doctor.ts';

/** @param isGranting runs the missing grants as the owner first; what it may not grant is still found. */
export async function examineGrants(
  warehouse: Pick<Warehouse, 'owner' | 'reader' | 'publisher' | 'databases' | 'isEmbedded'>,
  catalogue: Catalogue,
  isGranting: boolean,
): Promise<string | Omit<Check, 'name'>> {
  const tables = tablesIn(catalogue);
  let refused = await refusedTables(warehouse, tables);
  let notGranted = '';
  if (isGranting && refused.length > 0) {
    await grantReads(warehouse.owner, refused).catch((error: unknown) => {
      if (!(error instanceof CdpError)) throw error;
      notGranted = `. They could not be granted: ${error.message}`;
    });
    refused = await refusedTables(warehouse, tables);
  }
  if (refused.length === 0) return `the reader and the publisher may read all ${tables.length} tables of the catalogue`;
  const sql = statementsOf(refused);
  const detail = `${refused.map(({ sentence }) => sentence).join('; ')}${notGranted}`;
  const hint = sql.length === 0 ? 'Segments over them cannot be published.' : `Run on the server: ${sql.join('; ')}`;
  return { outcome: 'failed', detail, hint, sql };
}
