/** What runs when, what waits, and what failed for good: what `sluice schedule` prints. */
import type { Config } from '../config.ts';
import type { DocumentKind } from '../documents/kind.ts';
import { describeSchedule, nextSlots } from '../documents/schedule.ts';
import type { Store } from '../store/store.ts';
import { errors } from './errors.ts';
import { subjectOf } from './jobs.ts';
import type { JobRecord, Queue } from './queue.ts';
import { listScheduled, scheduledBuild } from './scheduled.ts';
import type { FailedJob, JobView, ScheduleListing } from './schema.ts';
import { missedSlots, recentSlots } from './slot-record.ts';

export type OverviewConfig = Pick<Config, 'SLUICE_TIMEZONE' | 'SLUICE_BUILD_SCHEDULE'>;

/** Every schedule with its next five times, its last slot and how many were missed in the last seven days. */
export async function listSchedules(store: Store, config: OverviewConfig, kinds: readonly DocumentKind[]): Promise<ScheduleListing[]> {
  const timezone = config.SLUICE_TIMEZONE;
  const [documents, missed] = await Promise.all([listScheduled(store.resources, kinds), missedSlots(store)]);
  return Promise.all(
    [...scheduledBuild(config), ...documents].map(async ({ subject, schedule, triggers }) => {
      const [last] = await recentSlots(store, subject, 1);
      return {
        subject,
        schedule: describeSchedule(schedule, timezone),
        after: triggers,
        next: nextSlots(schedule, timezone).map((slot) => slot.toISOString()),
        last: last ? { slot_at: last.slotAt.toISOString(), outcome: last.outcome, recorded_at: last.recordedAt.toISOString() } : null,
        missed_in_7_days: missed.get(subject) ?? 0,
      };
    }),
  );
}

/** Jobs that failed for good and wait for a person. */
export async function listFailedJobs(queue: Pick<Queue, 'deadLetters'>): Promise<FailedJob[]> {
  return (await queue.deadLetters()).map(({ id, job, failedAt, attempts, reason }) => ({
    id,
    subject: subjectOf(job),
    failed_at: failedAt.toISOString(),
    attempts,
    reason,
  }));
}

/** What waits and what runs now. */
export async function listJobs(queue: Pick<Queue, 'pending' | 'find'>): Promise<JobView[]> {
  const jobs = await Promise.all((await queue.pending()).map(({ id }) => queue.find(id)));
  return jobs.flatMap((job) => (job ? [presentJob(job)] : []));
}

/** @throws CdpError `schedule.job_missing`. */
export async function readJob(queue: Pick<Queue, 'find'>, id: string): Promise<JobView> {
  const job = await queue.find(id);
  if (!job) throw errors.job_missing(`There is no job ${id}`);
  return presentJob(job);
}

function presentJob({ id, job, state, queuedAt, startedAt, endedAt, output }: JobRecord): JobView {
  return {
    id,
    name: job.name,
    subject: subjectOf(job),
    state,
    queued_at: queuedAt.toISOString(),
    started_at: startedAt?.toISOString() ?? null,
    ended_at: endedAt?.toISOString() ?? null,
    result: Object.fromEntries(Object.entries(output).flatMap(([name, value]) => (isPlain(value) ? [[name, value]] : []))),
  };
}

const isPlain = (value: unknown): value is string | number | boolean | null =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);
