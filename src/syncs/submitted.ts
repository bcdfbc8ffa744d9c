/** Remembers batches that a destination has taken and still works on, so that a process that comes after a crash asks about them. */
import * as z from 'zod';
import type { SubmittedBatches } from '../connector-kit/deliver.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { SyncDeps } from './deps.ts';
import type { RunRow } from './run-record.ts';

const submitted = defineQuery({
  name: 'syncs.submitted',
  sql: `
    select
        batch_id,
        argMax(step, submitted_at) as step
    from sluice_state.sync_submitted
    where sync_id = {sync_id:String}
      and run_id = {run_id:UUID}
    group by batch_id
  `,
  params: z.object({ sync_id: z.string(), run_id: z.string() }),
  row: z.object({ batch_id: z.string(), step: z.string() }),
});

/** @param isRecovery an earlier process may have left batches behind. */
export async function submittedBatches(
  { warehouse }: Pick<SyncDeps, 'warehouse'>,
  { sync_id, run_id }: Pick<RunRow, 'sync_id' | 'run_id'>,
  isRecovery: boolean,
): Promise<SubmittedBatches & { batches(): readonly string[] }> {
  const found = isRecovery ? await warehouse.owner.ask(submitted, { sync_id, run_id }) : [];
  const steps = new Map(found.map(({ batch_id, step }) => [batch_id, step]));
  return {
    batches: () => [...steps.keys()],
    stepOf: (batchId) => steps.get(batchId),
    async keep(batch_id, step) {
      await warehouse.owner.insert('sluice_state.sync_submitted', [{ sync_id, run_id, batch_id, step }], {
        columns: ['sync_id', 'run_id', 'batch_id', 'step'],
      });
    },
  };
}
