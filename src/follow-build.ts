/**
 * What a build of some models has changed, and which scheduled work reads it: the rest is not run after it. A build of everything is followed by
 * everything that is scheduled after the build.
 */
import type { Catalogue } from './catalogue/catalogue.ts';
import type { Manifest } from './dbt/manifest.ts';
import type { ModelResult } from './dbt/result.ts';
import type { Job } from './schedule/jobs.ts';
import { checkSegment } from './segments/check.ts';
import type { CheckedSegment } from './segments/checked.ts';
import { eventsOf, leavesOf } from './segments/compile-source.ts';
import { type Definitions, readDefinitions } from './segments/definitions.ts';
import type { TableName } from './sql/sql-text.ts';
import type { Resources } from './store/resources.ts';
import { readSync } from './syncs/documents.ts';

export interface FollowDeps {
  readonly resources: Pick<Resources, 'list' | 'get'>;
  readonly catalogue: () => Promise<Catalogue>;
  readonly manifest: () => Promise<Pick<Manifest, 'models'>>;
}

interface Built {
  readonly models: readonly Pick<ModelResult, 'uniqueId' | 'status'>[];
}

/** @returns whether a job that is scheduled after the build reads something that this one has changed; what cannot be read counts as doing so. */
export async function readersOf(deps: FollowDeps, built: Built): Promise<(job: Job) => Promise<boolean>> {
  const [manifest, catalogue, definitions] = await Promise.all([deps.manifest(), deps.catalogue(), readDefinitions(deps)]);
  const changed = changedTables(manifest, built);
  const reads = (tables: readonly TableName[]) => tables.some((table) => changed.has(nameOf(table)));
  return async (job) => {
    if (changed.size === 0) return false;
    if (job.name === 'segment.publish') {
      const tables = tablesOfSegment(job.id, definitions, catalogue);
      return tables === undefined || reads(tables);
    }
    if (job.name !== 'sync.run') return true;
    const sync = await readSync(deps, job.id).catch(() => undefined);
    if (!sync) return true;
    if ('table' in sync.source) return [...changed].some((name) => name.endsWith(`.${'table' in sync.source ? sync.source.table : ''}`));
    const segment = definitions.usable.get(sync.source.segment);
    const entity = segment && catalogue.entities.get(segment.entity);
    const members = tablesOfSegment(sync.source.segment, definitions, catalogue);
    if (!entity || !members) return true;
    return reads([...members, entity.table, ...[...entity.traits.values()].map(({ table }) => table)]);
  };
}

const nameOf = ({ database, table }: TableName) => `${database}.${table}`;

/** Tables that were built, and views that show one of them: a view is not built, and changes all the same. */
function changedTables(manifest: Pick<Manifest, 'models'>, { models }: Built): Set<string> {
  const changed = new Set(models.filter(({ status }) => status === 'success').map(({ uniqueId }) => uniqueId));
  for (let before = -1; before !== changed.size; ) {
    before = changed.size;
    for (const { uniqueId, materialized, dependsOn } of manifest.models)
      if (materialized === 'view' && dependsOn.some((id) => changed.has(id))) changed.add(uniqueId);
  }
  const tables = manifest.models.filter(({ uniqueId }) => changed.has(uniqueId));
  return new Set(tables.map(({ schema, alias }) => nameOf({ database: schema, table: alias })));
}

/** Also of the segments that it names; undefined when one of them cannot be used as it is. */
function tablesOfSegment(id: string, definitions: Definitions, catalogue: Catalogue): TableName[] | undefined {
  const tables: TableName[] = [];
  const waiting = [id];
  const seen = new Set<string>();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const definition = definitions.usable.get(next);
    const checked = definition && checkSegment(definition, { catalogue, segments: definitions.usable });
    if (!checked?.ok) return undefined;
    tables.push(...ownTables(checked.segment));
    waiting.push(...checked.segment.references);
  }
  return tables;
}

function ownTables({ entity, root }: CheckedSegment): TableName[] {
  const traits = leavesOf(root).flatMap((leaf) => {
    if (leaf.kind !== 'trait') return [];
    return leaf.test.is === 'trait' ? [leaf.trait.table, leaf.test.other.table] : [leaf.trait.table];
  });
  const streams = eventsOf(root).flatMap(({ parts }) => parts.map(({ stream }) => stream.table));
  return [entity.table, ...traits, ...streams];
}
