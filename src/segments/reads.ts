/** Which tables applied segments read: after a build of some models only what reads one of them is published. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { tablesIn } from '../catalogue/tables-in.ts';
import { distinctTables, type TableName } from '../sql/sql-text.ts';
import { checkSegment } from './check-against-catalogue.ts';
import { type CheckedSegment, type Leaf, measuredColumn } from './checked.ts';
import { traitsOfWhole } from './checked-whole.ts';
import { allLeavesOf, filtersOf, tablesBeside } from './compile-source.ts';
import { type Definitions, readDefinitions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';

/** @returns the tables of a segment and of those that it names; undefined when one of them cannot be used as it is. */
export async function readsOfSegments(
  deps: Pick<SegmentDeps, 'resources' | 'catalogue'>,
): Promise<(id: string) => readonly TableName[] | undefined> {
  const [definitions, catalogue] = await Promise.all([readDefinitions(deps), deps.catalogue()]);
  return (id) => tablesOfSegment(id, definitions, catalogue);
}

function tablesOfSegment(id: string, definitions: Definitions, catalogue: Catalogue): TableName[] | undefined {
  const tables: TableName[] = [];
  const waiting = [id];
  const seen = new Set<string>();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const definition = definitions.usable.get(next);
    const checked =
      definition && checkSegment(definition, { catalogue, segments: definitions.usable, lists: definitions.lists, allowsSql: true });
    if (!checked?.ok) return undefined;
    // What a condition in SQL reads only the warehouse knows: such a segment follows every build.
    if (allLeavesOf(checked.segment.root).some(({ kind }) => kind === 'sql')) return undefined;
    tables.push(...ownTables(checked.segment));
    waiting.push(...checked.segment.references);
  }
  return tables;
}

function ownTables({ entity, root, whole }: CheckedSegment): TableName[] {
  return [entity.table, ...allLeavesOf(root).flatMap(tablesOfLeaf), ...traitsOfWhole(whole).map(({ table }) => table)];
}

/** Without those of the conditions on other entities within it. */
export function tablesOfLeaf(leaf: Leaf): TableName[] {
  if (leaf.kind !== 'related') return tablesIn([leaf]);
  const { way, during, measure } = leaf;
  const filters = filtersOf(leaf);
  const hops = [
    ...filters.flatMap((filter) => (filter.is === 'that' ? filter.hops : filter.of.hops)),
    ...(during?.at.hops ?? []),
    ...(measuredColumn(measure)?.hops ?? []),
  ];
  const entities = filters.flatMap((filter) => (filter.is === 'that' ? [filter.entity.table] : []));
  const beside = during ? tablesBeside(during.window) : [];
  return distinctTables([...beside, ...[...way, ...hops].flatMap(({ from, table }) => [from.table, table]), ...entities]);
}
