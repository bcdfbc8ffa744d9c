/**
 * What a build of some models has changed, and which scheduled work reads it: the rest is not run after it. A build of everything is followed by
 * everything that is scheduled after the build.
 */
import type { Manifest } from './dbt/manifest.ts';
import type { ModelResult } from './dbt/result.ts';
import { type DocumentKind, jobNameOf, type ReadTable } from './documents/kind.ts';
import type { Job } from './schedule/jobs.ts';

/** @template Rooms what the kinds ask for to say which tables their documents read. */
export interface FollowDeps<Rooms> {
  readonly kinds: readonly DocumentKind<never, never, Rooms>[];
  readonly rooms: () => Promise<Rooms>;
  readonly manifest: () => Promise<Pick<Manifest, 'models'>>;
}

interface Built {
  readonly models: readonly Pick<ModelResult, 'uniqueId' | 'status'>[];
}

/** @returns whether a job that is scheduled after the build reads something that this one has changed; what cannot be read counts as doing so. */
export async function readersOf<Rooms>(deps: FollowDeps<Rooms>, built: Built): Promise<(job: Job) => Promise<boolean>> {
  const [manifest, rooms] = await Promise.all([deps.manifest(), deps.rooms()]);
  const changed = changedTables(manifest, built);
  const readers = await Promise.all(
    deps.kinds.flatMap(({ kind, job }) => (job ? [job.reads(rooms).then((reads) => [jobNameOf({ kind }, job), reads] as const)] : [])),
  );
  const readsOf = new Map<string, (id: string) => readonly ReadTable[] | undefined>(readers);
  return async (job) => {
    if (changed.length === 0) return false;
    const tables = job.name === 'build' ? undefined : readsOf.get(job.name)?.(job.id);
    return tables?.some((table) => changed.some((one) => isOf(table, one))) ?? true;
  };
}

const isOf = (table: ReadTable, one: Required<ReadTable>) =>
  table.table === one.table && (table.database === undefined || table.database === one.database);

/** Tables that were built, and views that show one of them: a view is not built, and changes all the same. */
function changedTables(manifest: Pick<Manifest, 'models'>, { models }: Built): Required<ReadTable>[] {
  const changed = new Set(models.filter(({ status }) => status === 'success').map(({ uniqueId }) => uniqueId));
  for (let before = -1; before !== changed.size; ) {
    before = changed.size;
    for (const { uniqueId, materialized, dependsOn } of manifest.models)
      if (materialized === 'view' && dependsOn.some((id) => changed.has(id))) changed.add(uniqueId);
  }
  return manifest.models.filter(({ uniqueId }) => changed.has(uniqueId)).map(({ schema, alias }) => ({ database: schema, table: alias }));
}
