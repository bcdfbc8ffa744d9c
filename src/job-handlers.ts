/** What each kind of job does: the one place where the queue meets the rooms. */
import type { Dbt } from './dbt/dbt.ts';
import type { JobHandlers } from './schedule/queue.ts';
import type { SegmentDeps } from './segments/deps.ts';
import { publishSegment } from './segments/publish.ts';
import type { SyncDeps } from './syncs/deps.ts';
import { runSync } from './syncs/run-sync.ts';

export interface Rooms {
  readonly dbt: Dbt;
  readonly segments: SegmentDeps;
  readonly syncs: SyncDeps;
}

export function jobHandlers({ dbt, segments, syncs }: Rooms): JobHandlers {
  return {
    async build(_job, { signal }) {
      const { runId, status, models, tests } = await dbt.build({ signal });
      const count = (list: readonly { readonly status: string }[], ...wanted: string[]) =>
        list.filter((one) => wanted.includes(one.status)).length;
      const built = { models_built: count(models, 'success'), models_failed: count(models, 'error') };
      return {
        // A project without models builds nothing that somebody could wait for.
        succeeded: status === 'success' && models.length > 0,
        summary: { run_id: runId, status, ...built, tests_failed: count(tests, 'fail', 'error') },
      };
    },

    async 'segment.publish'({ id, force: isForced = false, allow_shrink: allowsShrink = false }, { signal }) {
      const { version, size, entered, left } = await publishSegment(segments, id, { signal, isForced, allowsShrink });
      return { succeeded: true, summary: { version, size, entered, left } };
    },

    async 'sync.run'({ id, allow_removals: allowRemovals, is_resync: isResync = false }, { signal }) {
      const result = await runSync(syncs, id, { signal, isResync, ...(allowRemovals === undefined ? {} : { allowRemovals }) });
      const { run_id, run_number, status, planned, accepted, rejected, unknown, skipped, removed, withheld, invalid, held } = result;
      const counts = { planned, accepted, rejected, unknown, skipped, removed, withheld, invalid, held };
      // Rejected rows are the rows' affair, retried by the next run; what follows the sync does not wait for them.
      return {
        succeeded: status === 'succeeded' || status === 'with_errors',
        summary: { run_id, run_number, status, ...counts, error_code: result.error_code, reason: result.message },
      };
    },
  };
}
