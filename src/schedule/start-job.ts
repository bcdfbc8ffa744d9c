/** Starts a job for a caller, who may ask again because the first answer was lost. */
import { isDeepStrictEqual } from 'node:util';
import { uuidOf } from '../documents/uuid-of.ts';
import { errors } from './errors.ts';
import { type Job, queueKeyOf } from './jobs.ts';
import type { Queue } from './queue.ts';

/**
 * `queued`: it is new. `repeated`: the same call was made before, under the same key. `waiting`: another job for the same subject waits
 * already, and will do what this one would have done.
 */
export interface StartedJob {
  readonly jobId: string;
  readonly how: 'queued' | 'repeated' | 'waiting';
}

/**
 * @param key says which call this is: two calls with one key are one. The caller makes sure that no other caller has the same.
 * @throws CdpError `schedule.key_reused`.
 */
export async function startJob(queue: Pick<Queue, 'enqueue' | 'find' | 'pending'>, job: Job, key?: string): Promise<StartedJob> {
  const id = key === undefined ? undefined : uuidOf(key);
  for (;;) {
    const before = id === undefined ? undefined : await queue.find(id);
    if (before && !isDeepStrictEqual(before.job, job)) throw errors.key_reused('This Idempotency-Key was used for another call');
    if (before) return { jobId: before.id, how: 'repeated' };
    const jobId = await queue.enqueue(job, undefined, id === undefined ? {} : { id });
    if (jobId !== null) return { jobId, how: 'queued' };
    const waiting = (await queue.pending()).find((one) => one.state === 'waiting' && queueKeyOf(one.job) === queueKeyOf(job));
    if (waiting) return { jobId: waiting.id, how: 'waiting' };
    // It has begun meanwhile: there is room for another.
  }
}
