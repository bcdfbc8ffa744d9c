/** How the syncs are doing: what `sluice sync status`, `sluice sync list` and `sluice status` print. */
import { CdpError } from '../errors.ts';
import type { SyncDeps } from './deps.ts';
import { readSync } from './documents.ts';
import { lastRun, lastRuns, lastSuccess, type RunRow } from './run-record.ts';
import { presentRun } from './runs.ts';
import type { SyncListing, SyncRun } from './schema.ts';

export type SyncStatus = SyncListing & {
  /** Newest first; requests for a resync and resets among them. */
  readonly runs: readonly SyncRun[];
};

/** @param isRunning whether a process holds the lease: it distinguishes a live run from one whose process died. */
export async function syncStatus(
  deps: Pick<SyncDeps, 'resources' | 'warehouse'>,
  id: string,
  isRunning: (id: string) => Promise<boolean>,
  limit = 10,
): Promise<SyncStatus> {
  const about = await describeSync(deps, id);
  const [runs, last, successAt] = await Promise.all([lastRuns(deps, id, limit), lastRun(deps, id), lastSuccess(deps, id)]);
  const health = await healthOf(last, () => isRunning(id));
  return {
    sync_id: id,
    ...about.described,
    health: about.problem === null ? health : 'failing',
    reason: about.problem ?? reasonOf(health, last),
    last_success_at: successAt?.toISOString() ?? null,
    last_run: last ? presentRun(last) : null,
    runs: runs.map(presentRun),
  };
}

/** Every applied sync with its health, by id. */
export async function listSyncs(
  deps: Pick<SyncDeps, 'resources' | 'warehouse'>,
  isRunning: (id: string) => Promise<boolean>,
): Promise<SyncListing[]> {
  const applied = await deps.resources.list('sync');
  return Promise.all(
    applied.map(async ({ id }) => {
      const { runs: _, ...listing } = await syncStatus(deps, id, isRunning, 1);
      return listing;
    }),
  );
}

/** A document that an earlier version accepted and this one cannot read is this sync's trouble, and keeps no other from being shown. */
async function describeSync(deps: Pick<SyncDeps, 'resources'>, id: string) {
  try {
    const { title, source, destination, mode } = await readSync(deps, id);
    const from = 'segment' in source ? `segment ${source.segment}` : `table ${source.table}`;
    return { described: { title, source: from, destination, mode }, problem: null };
  } catch (error) {
    if (!(error instanceof CdpError) || error.code !== 'syncs.invalid') throw error;
    return { described: { title: id, source: '', destination: '', mode: '' }, problem: error.message };
  }
}

async function healthOf(last: RunRow | undefined, isRunning: () => Promise<boolean>): Promise<SyncStatus['health']> {
  switch (last?.status) {
    case undefined:
      return 'never';
    case 'succeeded':
      return 'healthy';
    case 'with_errors':
      return isNothingAccepted(last) ? 'failing' : 'warning';
    case 'cancelled':
      return 'warning';
    case 'failed':
      return 'failing';
    case 'running':
      return (await isRunning()) ? 'running' : 'crashed';
  }
}

/** Rows were sent, and none was accepted. */
export const isNothingAccepted = ({ accepted, rejected, unknown }: Pick<RunRow, 'accepted' | 'rejected' | 'unknown'>): boolean =>
  accepted === 0 && rejected + unknown > 0;

function reasonOf(health: SyncStatus['health'], last: RunRow | undefined): string | null {
  if (health === 'healthy' || health === 'never' || health === 'running') return null;
  if (health === 'crashed') return 'The process ended before the run did; the next run finishes what was in flight.';
  return last?.message || last?.error_code || null;
}
