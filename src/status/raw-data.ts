/** Whether the raw data of another installation (SLUICE_RAW_DATABASE) can be read, and cannot be written. */
import { readRawSource } from '../warehouse/raw-source.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Examination } from './doctor.ts';

/** @param user as which dbt reads on a server of its own. */
export function examineRawData(open: () => Promise<Pick<Warehouse, 'owner' | 'rawSource' | 'databases'>>, user: string): Examination {
  return {
    name: 'raw data',
    needs: ['warehouse'],
    async examine() {
      const { owner, rawSource, databases } = await open();
      if (rawSource === databases.raw) return `models read ${rawSource}, this installation's own`;
      const { tables, mayRead, mayWrite } = await readRawSource(owner, rawSource);
      if (!mayRead || tables === 0) {
        const detail = mayRead ? `there is no table in ${rawSource}` : `${user} may not read ${rawSource}`;
        const hint = `Check SLUICE_RAW_DATABASE, and let an administrator run: grant select on ${rawSource}.* to ${user}`;
        return { outcome: 'failed', detail, hint };
      }
      const detail = `models read the tables of ${rawSource}, another installation's; loads and collection are refused`;
      if (!mayWrite) return detail;
      const hint = `Sluice writes nothing there, but models could. Let an administrator run: revoke insert, alter, drop, truncate on ${rawSource}.* from ${user}`;
      return { outcome: 'warning', detail: `${detail}; ${user} may write there`, hint };
    },
  };
}
