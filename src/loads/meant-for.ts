/** Checks by column names, before any row is read, whether a file belongs to the table that it is appended to. */

import * as z from 'zod';
import { quoteIdentifier, quoteText } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Column } from './columns.ts';
import { errors } from './errors.ts';
import { type KnownLoad, otherReadings } from './known-loads.ts';
import type { QueryClient } from './queries.ts';
import type { Staged } from './staged.ts';

interface Appended {
  /** Columns of the table; empty when it is to be made. */
  readonly existing: readonly Column[];
  readonly known: readonly KnownLoad[];
  readonly staged: readonly Staged[];
}

/**
 * A file that shares no column with the table would only add columns, and rows without a value in the existing ones. A file that is in the
 * table and is read in another way replaces its first reading: with other columns, values that were read well would be lost.
 * @throws CdpError `loads.other_columns`.
 */
export async function assertMeantFor(client: QueryClient, target: string, { existing, known, staged }: Appended): Promise<void> {
  if (existing.length === 0) return;
  const there = new Set(existing.map(({ name }) => name));
  for (const one of staged) {
    // A first line that does not hold names is reported later, together with the rows.
    if (one.kind === 'text' && one.headerProblem !== undefined) continue;
    const names = one.columns.map(({ name }) => name);
    if (!names.some((name) => there.has(name)))
      throw errors.other_columns(
        `${one.file.name} has none of the columns of the table: it has ${listed(names)}, and the table ${listed([...there])}`,
      );
    const replaced = otherReadings(one, known);
    if (replaced.length === 0) continue;
    const added = names.filter((name) => !there.has(name));
    const lost = await withValues(
      client,
      target,
      replaced,
      [...there].filter((name) => !names.includes(name)),
    );
    if (added.length > 0 || lost.length > 0)
      throw errors.other_columns(
        `${one.file.name} is loaded already. Read with these options it has other columns${added.length > 0 ? `: ${listed(added)}` : ''}${lost.length > 0 ? `, and no longer ${listed(lost)}` : ''}`,
        {
          hint: 'Load it without the option that makes other columns of it. If this reading is the right one, load all files of the table again with --replace. The table is as it was.',
        },
      );
  }
}

const Names = z.object({ names: z.array(z.string()) });

/** The columns among `columns` in which a row of these loads has a value. */
async function withValues(
  client: QueryClient,
  target: string,
  loadIds: readonly string[],
  columns: readonly string[],
): Promise<readonly string[]> {
  if (columns.length === 0) return [];
  const each = columns.map((name) => `if(countIf(isNotNull(${quoteIdentifier(name)})) > 0, ${quoteText(name)}, '')`);
  const query = defineQuery({
    name: 'loads.columns_with_values',
    sql: `
      select arrayFilter(name -> name != '', [${each.join(', ')}]) as names
      from sluice_raw.${quoteIdentifier(target)}
      where _load_id in {load_ids:Array(UUID)}`,
    params: z.object({ load_ids: z.array(z.string()) }),
    row: Names,
  });
  const [found] = await client.ask(query, { load_ids: [...loadIds] });
  return found?.names ?? [];
}

const SHOWN = 5;

function listed(names: readonly string[]): string {
  const first = names.slice(0, SHOWN).map((name) => JSON.stringify(name));
  return names.length > SHOWN ? `${first.join(', ')} and ${names.length - SHOWN} more` : first.join(', ');
}
