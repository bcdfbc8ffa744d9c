/** Which tables applied segments read: after a build of some models only what reads one of them is published. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { TableName } from '../sql/sql-text.ts';
import { checkSegment } from './check-against-catalogue.ts';
import type { CheckedSegment } from './checked.ts';
import { traitsOfWhole } from './checked-whole.ts';
import { groupedOf, leavesOf } from './compile-source.ts';
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
    const checked = definition && checkSegment(definition, { catalogue, segments: definitions.usable, allowsSql: true });
    if (!checked?.ok) return undefined;
    // What a condition in SQL reads only the warehouse knows: such a segment follows every build.
    if (leavesOf(checked.segment.root).some(({ kind }) => kind === 'sql')) return undefined;
    tables.push(...ownTables(checked.segment));
    waiting.push(...checked.segment.references);
  }
  return tables;
}

function ownTables({ entity, root, whole }: CheckedSegment): TableName[] {
  const traits = leavesOf(root).flatMap((leaf) => {
    if (leaf.kind !== 'trait') return [];
    return leaf.test.is === 'trait' ? [leaf.trait.table, leaf.test.other.table] : [leaf.trait.table];
  });
  const streams = groupedOf(root).flatMap(({ parts }) => parts.map(({ stream }) => stream.table));
  return [entity.table, ...traits, ...streams, ...traitsOfWhole(whole).map(({ table }) => table)];
}
