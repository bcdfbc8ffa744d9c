/** What `sluice serve` does about schedules: workers that run jobs, dependents that follow them, and the clock. */
import type { Store } from '../store/store.ts';
import { type ScheduleConfig, startClock } from './clock.ts';
import type { Job } from './jobs.ts';
import type { JobHandlers, Queue, WorkOptions } from './queue.ts';
import { dependentsOf, listScheduled } from './scheduled.ts';

export interface RunOptions extends Omit<WorkOptions, 'onDone'> {
  readonly store: Store;
  readonly queue: Queue;
  readonly config: ScheduleConfig;
  readonly handlers: JobHandlers;
  readonly onError: (error: unknown) => void;
}

/** @returns what stops the clock; running jobs end when the queue is closed. */
export async function runSchedules({
  store,
  queue,
  config,
  handlers,
  onError,
  ...options
}: RunOptions): Promise<{ close(): Promise<void> }> {
  const clock = startClock({ store, queue, config, onError });
  await queue.work(handlers, {
    ...options,
    async onDone(job) {
      await enqueueDependents(store, queue, job);
    },
  });
  return clock;
}

/** Enqueues what is scheduled `after` the job: for those who have done its work without the queue, as `sluice build` does. */
export async function enqueueDependents(store: Store, queue: Queue, done: Job): Promise<readonly Job[]> {
  const dependents = dependentsOf(done, await listScheduled(store.resources));
  for (const dependent of dependents) await queue.enqueue(dependent);
  return dependents;
}
