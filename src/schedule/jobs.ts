/** The kinds of jobs there are, and how each of their queues behaves. No I/O. */
import * as z from 'zod';
import type { ErrorFault } from '../errors.ts';

/** A piece of work that is done again and again: the dbt build, a segment's publication, a sync's run. */
export const Job = z.discriminatedUnion('name', [
  z.object({ name: z.literal('build') }),
  z.object({
    name: z.literal('segment.publish'),
    id: z.string(),
    /** A person publishes it this once whatever the guard says, or although far fewer members are left. */
    force: z.boolean().optional(),
    allow_shrink: z.boolean().optional(),
  }),
  z.object({
    name: z.literal('sync.run'),
    id: z.string(),
    /** A person allows this run so many removals, in place of the guard. */
    allow_removals: z.int().min(0).optional(),
    /** Everything is sent again. */
    is_resync: z.boolean().optional(),
  }),
]);
export type Job = z.output<typeof Job>;
export type JobName = Job['name'];

export const jobNames = ['build', 'segment.publish', 'sync.run'] as const satisfies readonly JobName[];

/** Where jobs end that failed for good: kept for people to see, and to run again. */
export const deadLetterQueue = 'dead_letters';

const hour = 3_600;
const day = 24 * hour;

/**
 * `stately` with the job's subject as key: of one sync at most one run is active and at most one waits, in however many replicas.
 * A worker that dies goes silent; after `heartbeatSeconds` its job is given to another.
 */
export const queuePolicy = {
  policy: 'stately',
  deadLetter: deadLetterQueue,
  heartbeatSeconds: 60,
  // The rooms have their own, shorter limits; this one only ends what they failed to end. pg-boss allows no more than a day.
  expireInSeconds: day - 1,
  // With the delays 30 s, 1 min, 2 min, … 10 min: about half an hour, which outlives restarts of warehouse and destination.
  retryLimit: 6,
  retryDelay: 30,
  retryBackoff: true,
  retryDelayMax: 600,
  deleteAfterSeconds: 14 * day,
} as const;

/** Failed jobs wait for a person for a month. */
export const deadLetterPolicy = { retentionSeconds: 30 * day, deleteAfterSeconds: 30 * day } as const;

/** The part of the job that must not run twice at a time, and what dependents call it: `build`, `segment:x`, `sync:y`. */
export function subjectOf(job: Job): string {
  if (job.name === 'build') return 'build';
  return `${job.name === 'segment.publish' ? 'segment' : 'sync'}:${job.id}`;
}

/** Whether running it again can help without anybody doing anything. A wrong definition stays wrong; a busy or restarting server does not. */
export const isWorthRetrying = (fault: ErrorFault | undefined) =>
  fault === undefined || ['transient', 'throttled', 'conflict'].includes(fault);
