/** The record of every slot: who fires it is decided here, and a slot that did not lead to a run can be seen here. */
import { and, count, desc, eq, gt, lt, max, sql } from 'drizzle-orm';
import { scheduleSlots } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { DueSlot } from './due.ts';
import type { Queue } from './queue.ts';

/** `enqueued`: a job was made. `skipped`: one for the same subject was still waiting. `missed`: no clock ran when it came due. */
export type SlotOutcome = 'enqueued' | 'skipped' | 'missed';

export interface Slot {
  readonly schedule: string;
  readonly slotAt: Date;
  readonly outcome: SlotOutcome;
  readonly recordedAt: Date;
}

const databaseTime = sql`clock_timestamp()`;

/**
 * Records the slot and enqueues its job, both or neither. Of any number of replicas that try, the primary key lets one through.
 * @returns null when another replica was first.
 */
export async function claimSlot(store: Store, queue: Queue, { scheduled, slotAt, isMissed }: DueSlot): Promise<SlotOutcome | null> {
  const schedule = scheduled.subject;
  return store.transaction(async (transaction) => {
    const outcome = isMissed ? 'missed' : 'enqueued';
    const claimed = await transaction
      .insert(scheduleSlots)
      .values({ schedule, slotAt, outcome, recordedAt: databaseTime })
      .onConflictDoNothing()
      .returning({ slotAt: scheduleSlots.slotAt });
    if (claimed.length === 0) return null;
    if (isMissed) return outcome;

    const jobId = await queue.enqueue(scheduled.job, transaction);
    const result = jobId === null ? 'skipped' : 'enqueued';
    const isIt = and(eq(scheduleSlots.schedule, schedule), eq(scheduleSlots.slotAt, slotAt));
    await transaction.update(scheduleSlots).set({ outcome: result, jobId }).where(isIt);
    return result;
  });
}

/** Per schedule, its newest recorded slot. */
export async function lastSlots(store: Store): Promise<Map<string, Date>> {
  const rows = await store.attempt((db) =>
    db
      .select({ schedule: scheduleSlots.schedule, slotAt: max(scheduleSlots.slotAt) })
      .from(scheduleSlots)
      .groupBy(scheduleSlots.schedule),
  );
  return new Map(rows.flatMap(({ schedule, slotAt }) => (slotAt ? [[schedule, slotAt] as const] : [])));
}

/** Newest first. */
export async function recentSlots(store: Store, schedule: string, limit: number): Promise<Slot[]> {
  const rows = await store.attempt((db) =>
    db.select().from(scheduleSlots).where(eq(scheduleSlots.schedule, schedule)).orderBy(desc(scheduleSlots.slotAt)).limit(limit),
  );
  return rows.map(({ jobId: _, outcome, ...row }) => ({ ...row, outcome: outcome as SlotOutcome }));
}

/** Per schedule, how many slots of the last seven days were missed. */
export async function missedSlots(store: Store): Promise<Map<string, number>> {
  const isRecentMiss = and(eq(scheduleSlots.outcome, 'missed'), gt(scheduleSlots.slotAt, sql`clock_timestamp() - interval '7 days'`));
  const rows = await store.attempt((db) =>
    db
      .select({ schedule: scheduleSlots.schedule, missed: count() })
      .from(scheduleSlots)
      .where(isRecentMiss)
      .groupBy(scheduleSlots.schedule),
  );
  return new Map(rows.map(({ schedule, missed }) => [schedule, missed]));
}

/** Must keep more than the clock looks back (due.ts), or a slot could be fired a second time. */
export async function forgetOldSlots(store: Store): Promise<void> {
  await store.attempt((db) => db.delete(scheduleSlots).where(lt(scheduleSlots.recordedAt, sql`clock_timestamp() - interval '90 days'`)));
}
