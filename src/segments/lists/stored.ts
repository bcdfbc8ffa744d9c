/** The values of lists in the warehouse: written once for each content of a list, and dropped when no applied list has that content any more. */
import * as z from 'zod';
import type { Problem } from '../../documents/problem.ts';
import { clickhouseTime } from '../../sql/sql-text.ts';
import { defineQuery, defineStatement } from '../../warehouse/query.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import type { CheckedSegment } from '../checked.ts';
import { allLeavesOf } from '../compile-source.ts';
import { type ListDefinition, versionOf } from './definition.ts';

const ROWS_AT_ONCE = 100_000;

const written = defineQuery({
  name: 'segments.list_versions',
  sql: `
    select distinct
        list_id,
        version,
        written_at < now64(3) - interval 1 day as is_old
    from sluice_state.list_versions
  `,
  params: z.object({}),
  row: z.object({ list_id: z.string(), version: z.string(), is_old: z.coerce.boolean() }),
});

export interface ContentToWrite {
  readonly list: string;
  readonly version: string;
  /** Empty where the values are keys or traits. */
  readonly identifierType: string;
  readonly values: () => Promise<readonly string[]>;
}

/**
 * Nothing reads it before a list of this content is applied. Done twice, at once or after a crash, rows stand there twice, which changes
 * nothing: they are asked as a set.
 */
export async function writeContent(
  { owner }: Pick<Warehouse, 'owner'>,
  { list, version, identifierType, values }: ContentToWrite,
): Promise<void> {
  if ((await owner.ask(written, {})).some((one) => one.list_id === list && one.version === version)) return;
  const all = await values();
  for (let start = 0; start < all.length; start += ROWS_AT_ONCE) {
    const rows = all.slice(start, start + ROWS_AT_ONCE);
    await owner.insert(
      'sluice_state.list_values',
      rows.map((value) => ({ list_id: list, version, identifier_type: identifierType, value })),
    );
  }
  const row = { list_id: list, version, value_count: all.length, written_at: clickhouseTime(Date.now()) };
  await owner.insert('sluice_state.list_versions', [row]);
}

/** Contents that a segment reads and that are not whole in the warehouse. */
export async function missingContents({ reader }: Pick<Warehouse, 'reader'>, { root }: CheckedSegment): Promise<Problem[]> {
  const lists = allLeavesOf(root).filter((leaf) => leaf.kind === 'list');
  if (lists.length === 0) return [];
  const there = await reader.ask(written, {});
  return lists
    .filter(({ list, version }) => !there.some((one) => one.list_id === list && one.version === version))
    .map(({ list, path }) => ({
      path: [...path, 'list'],
      message: `the values of the list ${list} are not in the warehouse: run \`sluice apply\` once more`,
    }));
}

const forget = defineStatement({
  name: 'segments.forget_list_version',
  sql: 'alter table sluice_state.list_versions delete where list_id = {list:String} and version = {version:String} settings mutations_sync = 1',
  params: z.object({ list: z.string(), version: z.string() }),
});
const drop = defineStatement({
  name: 'segments.drop_list_version',
  sql: 'alter table sluice_state.list_values drop partition ({list:String}, {version:String})',
  params: z.object({ list: z.string(), version: z.string() }),
});

/** A plan that was not applied within a day is made again, with its values. @param lists those that are applied. */
export async function dropDisusedContents({ owner }: Pick<Warehouse, 'owner'>, lists: Iterable<ListDefinition>): Promise<void> {
  const used = new Set([...lists].map((list) => `${list.id} ${versionOf(list)}`));
  const disused = (await owner.ask(written, {})).filter((one) => one.is_old && !used.has(`${one.list_id} ${one.version}`));
  for (const { list_id: list, version } of disused) {
    // A version without its row is not whole, so nobody reads what is left of it.
    await owner.run(forget, { list, version });
    await owner.run(drop, { list, version });
  }
}
