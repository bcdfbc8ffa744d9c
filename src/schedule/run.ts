/** What `sluice serve` does about schedules: workers that run jobs, dependents that follow them, and the clock. */
import type { JobOutcome } from '../documents/kind.ts';
import type { Store } from '../store/store.ts';
import { type ScheduleConfig, startClock } from './clock.ts';
import type { Job } from './jobs.ts';
import type { FollowedBuild, ScheduleLog } from './log.ts';
import type { JobHandlers, Queue, WorkOptions } from './queue.ts';
import { dependentsOf, listScheduled, type ScheduledKinds } from './scheduled.ts';

export interface RunOptions extends Omit<WorkOptions, 'onDone' | 'onStart' | 'onEnd'> {
  readonly store: Store;
  readonly queue: Queue;
  readonly config: ScheduleConfig;
  readonly kinds: ScheduledKinds;
  readonly handlers: JobHandlers;
  readonly onError: (error: unknown) => void;
  /** Which dependents a job that succeeded concerns; undefined for all of them. */
  readonly concernedBy?: (done: Job, outcome: JobOutcome) => Promise<((dependent: Job) => Promise<boolean>) | undefined>;
  /** Follows builds that the service did not run; called after each tick of the clock. */
  readonly followBuilds?: () => Promise<readonly FollowedBuild[]>;
  readonly log?: ScheduleLog;
}

/** @returns what stops the clock; running jobs end when the queue is closed. */
export async function runSchedules({
  store,
  queue,
  config,
  kinds,
  handlers,
  onError,
  concernedBy,
  followBuilds,
  log,
  ...options
}: RunOptions): Promise<{ close(): Promise<void> }> {
  const reportDead = createDeadLetterReport(queue, log);
  const clock = startClock({
    store,
    queue,
    config,
    kinds,
    onError,
    async onTick(fired) {
      log?.slots(fired);
      await reportDead();
      const followed = (await followBuilds?.()) ?? [];
      log?.followed(followed);
    },
  });
  await queue.work(handlers, {
    ...options,
    onStart: log?.jobStarted,
    onEnd: log?.jobEnded,
    async onDone(job, outcome) {
      await enqueueDependents({ store, queue, kinds }, job, await concernedBy?.(job, outcome));
    },
  });
  return clock;
}

/**
 * Looks for jobs that failed for good since the last look: also those whose worker died and can say nothing itself. The first look reports
 * all that a person has not dealt with.
 */
function createDeadLetterReport(queue: Pick<Queue, 'deadLetters'>, log: ScheduleLog | undefined): () => Promise<void> {
  let reported = new Set<string>();
  return async () => {
    if (log === undefined) return;
    const letters = await queue.deadLetters();
    log.dead(letters.filter(({ id }) => !reported.has(id)));
    reported = new Set(letters.map(({ id }) => id));
  };
}

/**
 * Enqueues what is scheduled `after` the job: for those who have done its work without the queue, as `sluice build` does.
 * @param isConcerned false for a dependent that reads nothing of what was done; all are concerned by default.
 */
export async function enqueueDependents(
  { store, queue, kinds }: Pick<RunOptions, 'store' | 'queue' | 'kinds'>,
  done: Job,
  isConcerned: (job: Job) => Promise<boolean> = async () => true,
): Promise<readonly Job[]> {
  const enqueued: Job[] = [];
  for (const dependent of dependentsOf(done, await listScheduled(store.resources, kinds))) {
    if (!(await isConcerned(dependent))) continue;
    await queue.enqueue(dependent);
    enqueued.push(dependent);
  }
  return enqueued;
}
