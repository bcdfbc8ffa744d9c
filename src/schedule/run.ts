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

/**
 * Enqueues what is scheduled `after` the job: for those who have done its work without the queue, as `sluice build` does.
 * @param isConcerned false for a dependent that reads nothing of what was done; all are concerned by default.
 */
export async function enqueueDependents(
  store: Store,
  queue: Queue,
  done: Job,
  isConcerned: (job: Job) => Promise<boolean> = async () => true,
): Promise<readonly Job[]> {
  const enqueued: Job[] = [];
  for (const dependent of dependentsOf(done, await listScheduled(store.resources))) {
    if (!(await isConcerned(dependent))) continue;
    await queue.enqueue(dependent);
    enqueued.push(dependent);
  }
  return enqueued;
}
