/** How the syncs are doing: what `sluice sync status`, `sluice sync list` and `sluice status` print. */
import type { SyncDeps } from './deps.ts';
import { readSync } from './documents.ts';
import { lastRuns, plannedOf, type RunRow } from './run-record.ts';

export interface SyncStatus {
  readonly sync_id: string;
  readonly title: string;
  readonly source: string;
  readonly destination: string;
  readonly mode: string;
  /** never: it has not run yet. crashed: the process died; the next run recovers. */
  readonly health: 'never' | 'healthy' | 'warning' | 'failing' | 'running' | 'crashed';
  /** End of the last run that delivered all it meant to. */
  readonly last_success_at: Date | null;
  /** Newest first. */
  readonly runs: readonly (RunRow & { readonly planned: number })[];
}

/** @param isRunning tells a run that goes on from one whose process died: whether somebody holds the lease. */
export async function syncStatus(
  deps: Pick<SyncDeps, 'resources' | 'warehouse'>,
  id: string,
  isRunning: (id: string) => Promise<boolean>,
  limit = 10,
): Promise<SyncStatus> {
  const sync = await readSync(deps, id);
  const runs = await lastRuns(deps, id, limit);
  const success = runs.find((run) => run.status === 'succeeded');
  return {
    sync_id: id,
    title: sync.title,
    source: 'segment' in sync.source ? `segment ${sync.source.segment}` : `table ${sync.source.table}`,
    destination: sync.destination,
    mode: sync.mode,
    health: await healthOf(runs[0], () => isRunning(id)),
    last_success_at: success?.finished_at ?? null,
    runs: runs.map((run) => ({ ...run, planned: plannedOf(run) })),
  };
}

async function healthOf(last: RunRow | undefined, isRunning: () => Promise<boolean>): Promise<SyncStatus['health']> {
  switch (last?.status) {
    case undefined:
      return 'never';
    case 'succeeded':
      return 'healthy';
    case 'with_errors':
    case 'cancelled':
      return 'warning';
    case 'failed':
      return 'failing';
    case 'running':
      return (await isRunning()) ? 'running' : 'crashed';
  }
}
