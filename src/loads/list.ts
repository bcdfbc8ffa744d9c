/** The files that were loaded, the latest first, by pages. */
import * as z from 'zod';
import { type Page, type PageRequest, pageParams, readPage } from '../warehouse/page.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { LoadListing } from './schema.ts';

const loadsQuery = defineQuery({
  name: 'loads.list',
  sql: `
    select
        toString(load_id) as load_id,
        source,
        table_name as table,
        file,
        format,
        mode,
        file_bytes,
        rows_loaded,
        rows_rejected,
        started_at,
        finished_at
    from sluice_audit.loads
    where ({source:String} = '' or source = {source:String})
      and ({table:String} = '' or table_name = {table:String})
      and finished_at <= {page_at:DateTime64(3, 'UTC')}
    order by
        finished_at desc,
        file,
        load_id
    limit {page_skip:UInt64}, {page_take:UInt64}
  `,
  params: z.object({ ...pageParams, source: z.string(), table: z.string() }),
  row: z.object({
    load_id: z.string(),
    source: z.string(),
    table: z.string(),
    file: z.string(),
    format: z.string(),
    mode: z.string(),
    file_bytes: z.coerce.number(),
    rows_loaded: z.coerce.number(),
    rows_rejected: z.coerce.number(),
    started_at: z.string(),
    finished_at: z.string(),
  }),
});

export function listLoads(
  { reader }: Pick<Warehouse, 'reader'>,
  { source = '', table = '' }: { readonly source?: string | undefined; readonly table?: string | undefined },
  page: PageRequest,
): Promise<Page<LoadListing>> {
  return readPage(reader, loadsQuery, { source, table }, page, ({ finished_at }) => finished_at);
}
