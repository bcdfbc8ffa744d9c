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
      const { runId, status, models } = await dbt.build({ signal });
      // A project without models builds nothing that somebody could wait for.
      return { succeeded: status === 'success' && models.length > 0, summary: { run_id: runId, status } };
    },

    async 'segment.publish'({ id }, { signal }) {
      const { version, size, entered, left } = await publishSegment(segments, id, { signal });
      return { succeeded: true, summary: { version, size, entered, left } };
    },

    async 'sync.run'({ id }, { signal }) {
      const { run_id, status, planned, accepted, rejected, unknown } = await runSync(syncs, id, { signal });
      // Rejected rows are the rows' affair, retried by the next run; what follows the sync does not wait for them.
      return {
        succeeded: status === 'succeeded' || status === 'with_errors',
        summary: { run_id, status, planned, accepted, rejected, unknown },
      };
    },
  };
}
