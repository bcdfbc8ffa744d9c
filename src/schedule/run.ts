/** What `sluice serve` does about schedules: workers that run jobs, dependents that follow them, and the clock. */
import type { Store } from '../store/store.ts';
import { startClock } from './clock.ts';
import type { JobHandlers, Queue, WorkOptions } from './queue.ts';
import { dependentsOf, listScheduled } from './scheduled.ts';

export interface RunOptions extends Omit<WorkOptions, 'onDone'> {
  readonly store: Store;
  readonly queue: Queue;
  readonly handlers: JobHandlers;
  readonly timezone: string;
  readonly onError: (error: unknown) => void;
}

/** @returns what stops the clock; running jobs end when the queue is closed. */
export async function runSchedules({
  store,
  queue,
  handlers,
  timezone,
  onError,
  ...options
}: RunOptions): Promise<{ close(): Promise<void> }> {
  await queue.work(handlers, {
    ...options,
    async onDone(job) {
      for (const dependent of dependentsOf(job, await listScheduled(store.resources))) await queue.enqueue(dependent);
    },
  });
  return startClock({ store, queue, timezone, onError });
}
