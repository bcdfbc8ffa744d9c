/** Of one sync one run works at a time, in however many processes: who runs it holds its lease. */
import type { Leases } from '../store/leases.ts';

export const leaseOf = (syncId: string) => `sync:${syncId}`;

/** Whether a process runs a sync now: tells a run that goes on from one whose process died. */
export const runningSyncs =
  (leases: Pick<Leases, 'holder'>) =>
  async (syncId: string): Promise<boolean> =>
    (await leases.holder(leaseOf(syncId))) !== undefined;
