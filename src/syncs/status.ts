/** How the syncs are doing: what `sluice sync status`, `sluice sync list` and `sluice status` print. */
import { CdpError } from '../errors.ts';
import type { SyncDeps } from './deps.ts';
import { readSync } from './documents.ts';
import { lastRun, lastRuns, lastSuccess, plannedOf, type RunRow } from './run-record.ts';

export interface SyncStatus {
  readonly sync_id: string;
  readonly title: string;
  readonly source: string;
  readonly destination: string;
  readonly mode: string;
  /**
   * Health of the last run. never: it has not run yet. failing: it failed, could not start, or nothing that it sent was accepted. crashed:
   * the process died; the next run recovers.
   */
  readonly health: 'never' | 'healthy' | 'warning' | 'failing' | 'running' | 'crashed';
  /** Why it is not healthy; null when it is, or has not run. */
  readonly reason: string | null;
  /** End of the last run that delivered everything it planned. */
  readonly last_success_at: Date | null;
  /** With its numbers: skipped are rows that were not sent, rejected those that the destination refused. */
  readonly last_run: (RunRow & { readonly planned: number }) | null;
  /** Newest first; requests for a resync and resets among them. */
  readonly runs: readonly (RunRow & { readonly planned: number })[];
}

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
    last_success_at: successAt,
    last_run: last ? { ...last, planned: plannedOf(last) } : null,
    runs: runs.map((run) => ({ ...run, planned: plannedOf(run) })),
  };
}

/** A document that an earlier version accepted and this one cannot read is a problem of this sync only; the others are still shown. */
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
