/** How many runs of a sequence a condition has to know of. Pure. */
import { type Count, counts } from './checked.ts';

/** Whether one run decides, so that the others need not be counted. */
export function asksForPresence(times: Count): boolean {
  if (times.is === 'between') return false;
  return counts(times, 1) === counts(times, 2) && (times.is === 'eq' ? times.times === 0 : times.times <= 1);
}

/** More runs than these change nothing. */
export function decidingRuns(times: Count): number {
  if (times.is === 'between') return times.high + 1;
  return times.is === 'gte' || times.is === 'lt' ? times.times : times.times + 1;
}
