/** Which files are in a table already. */
import * as z from 'zod';
import { quoteIdentifier } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { InputFile } from './inputs.ts';

export interface KnownLoad {
  readonly load_id: string;
  readonly content_hash: string;
  readonly rows_rejected: number;
}

/** Whether its rows are still in the table is looked up each time: a person may have emptied the table. */
const loadsInTable = (table: string) =>
  defineQuery({
    name: 'loads.finished',
    sql: `
    with

    of_table as (

        select *
        from sluice_audit.loads
        where source = {source:String} and table_name = {table:String}

    )

    select
        toString(load_id) as load_id,
        any(content_hash) as content_hash,
        argMax(rows_rejected, finished_at) as rows_rejected
    from of_table
    where finished_at >= (select max(if(mode = 'replace', finished_at, toDateTime64(0, 3, 'UTC'))) from of_table)
      and of_table.load_id in (select _load_id from sluice_raw.${quoteIdentifier(table)})
    group by load_id
  `,
    params: z.object({ source: z.string(), table: z.string() }),
    row: z.object({ load_id: z.string(), content_hash: z.string(), rows_rejected: z.coerce.number() }),
  });

/** The loads since the table was last replaced: what is in it now. */
export function knownLoads(
  { owner }: Pick<Warehouse, 'owner'>,
  { source, table }: { readonly source: string; readonly table: string },
  target: string,
): Promise<KnownLoad[]> {
  return owner.ask(loadsInTable(target), { source, table });
}

export interface IdentifiedFile {
  readonly file: InputFile;
  readonly loadId: string;
}

/**
 * The files to load; of two with the same content only the first.
 * Append: the files that are not in the table in the form in which they would be read now.
 * Replace: all files, unless the table holds exactly these and none of their rows was refused (a refused row might fit a new table).
 */
export function unknownFiles(files: readonly IdentifiedFile[], known: readonly KnownLoad[], mode: 'append' | 'replace'): IdentifiedFile[] {
  const once = files.filter((one, index) => files.findIndex(({ loadId }) => loadId === one.loadId) === index);
  const isKnown = ({ loadId }: IdentifiedFile) => known.some(({ load_id }) => load_id === loadId);
  if (mode === 'append') return once.filter((one) => !isKnown(one));
  const isTheTable = once.length === known.length && once.every(isKnown) && known.every(({ rows_rejected }) => rows_rejected === 0);
  return isTheTable ? [] : once;
}

/** Loads of the same content that were read in another way: the rows of the new reading replace theirs. */
export function otherReadings({ file, loadId }: IdentifiedFile, known: readonly KnownLoad[]): string[] {
  return known.filter(({ content_hash, load_id }) => content_hash === file.contentHash && load_id !== loadId).map(({ load_id }) => load_id);
}
