/** Which slots a tick of the clock has to deal with. No I/O. */
import { slotsBetween } from '../documents/schedule.ts';
import type { Scheduled } from './scheduled.ts';

export interface DueSlot {
  readonly scheduled: Scheduled;
  readonly slotAt: Date;
  /** Of several slots that came due while no clock ran only the newest is run: one run sees everything the others would have seen. */
  readonly isMissed: boolean;
}

/** Longer ago, a run would surprise more than it helps; and a start must not walk through months of minutes. */
const lookbackMs = 7 * 24 * 60 * 60 * 1_000;
/** After a week without a clock, `every: 1m` must not write ten thousand rows. */
const maxMissed = 100;

/** @param after per subject, the instant up to which its slots are dealt with already. */
export function dueSlots(all: readonly Scheduled[], after: ReadonlyMap<string, Date>, until: Date, timezone: string): DueSlot[] {
  return all.flatMap((scheduled) => {
    const known = after.get(scheduled.subject)?.getTime() ?? 0;
    const applied = scheduled.since?.getTime() ?? (known === 0 ? until.getTime() : 0);
    const since = new Date(Math.max(known, applied, until.getTime() - lookbackMs));
    const slots = slotsBetween(scheduled.schedule, since, until, timezone).slice(-maxMissed - 1);
    return slots.map((slotAt, index) => ({ scheduled, slotAt, isMissed: index < slots.length - 1 }));
  });
}
