/**
 * The lines that jobs, slots and failures leave in the service's log: ids, counts, durations, codes. Never a row; the message of an
 * unforeseen error may quote one, so of these only the name is written.
 */
import type { Logger } from 'pino';
import { CdpError } from '../errors.ts';
import { explain } from '../store/connection.ts';
import type { Fired } from './clock.ts';
import { subjectOf } from './jobs.ts';
import type { DeadLetter, JobReport, JobStart } from './queue.ts';

export interface ScheduleLog {
  jobStarted(start: JobStart): void;
  jobEnded(report: JobReport): void;
  slots(fired: readonly Fired[]): void;
  dead(letters: readonly DeadLetter[]): void;
  followed(builds: readonly FollowedBuild[]): void;
}

/** A build that the service did not run, and what was queued after it. */
export interface FollowedBuild {
  readonly invocation_id: string;
  readonly queued: readonly string[];
}

export function scheduleLog(logger: Logger): ScheduleLog {
  return {
    jobStarted(start) {
      logger.info(described(start), 'job started');
    },

    jobEnded(report) {
      const common = { ...described(report), ms: Math.round(report.ms) };
      if (report.end === 'done') {
        const line = { ...common, succeeded: report.outcome.succeeded, ...report.outcome.summary };
        if (report.outcome.succeeded) logger.info(line, 'job ended');
        else logger.warn(line, 'job ended');
        return;
      }
      if (report.end === 'cancelled') {
        logger.info({ ...common, succeeded: false }, 'job cancelled');
        return;
      }
      const line = { ...common, succeeded: false, will_retry: report.end === 'retry', ...failureOf(report.error) };
      if (report.end === 'retry') logger.warn(line, 'job ended');
      else logger.error(line, 'job ended');
    },

    slots(fired) {
      for (const { subject, slotAt, outcome } of fired) {
        const line = { subject, slot_at: slotAt.toISOString(), outcome };
        if (outcome === 'missed') logger.warn(line, 'slot missed');
        else logger.info(line, 'slot');
      }
    },

    followed(builds) {
      for (const { invocation_id, queued } of builds) logger.info({ invocation_id, queued }, 'build followed');
    },

    dead(letters) {
      for (const { id, job, attempts, failedAt } of letters) {
        const line = { dead_letter_id: id, job: job.name, subject: subjectOf(job), attempts, failed_at: failedAt.toISOString() };
        logger.error(line, 'job failed for good: `sluice schedule failed` shows why, `sluice schedule retry` runs it again');
      }
    },
  };
}

/** While the control plane is away the queue fails some three times a second: one line in so long says it, with how many it stands for. */
const REPEAT_MS = 30_000;

/** Writes failures of the queue's own background work. */
export function queueFailures(logger: Logger, nowMs: () => number = () => performance.now()): (error: Error) => void {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  return (error) => {
    unsaid += 1;
    if (nowMs() - saidAtMs < REPEAT_MS) return;
    logger.error({ ...failureOf(explain(error)), failures: unsaid }, 'the queue could not do its work; it tries again by itself');
    saidAtMs = nowMs();
    unsaid = 0;
  };
}

const described = ({ jobId, job, attempt }: JobStart) => ({ job_id: jobId, job: job?.name, subject: job && subjectOf(job), attempt });

function failureOf(error: unknown): Readonly<Record<string, unknown>> {
  if (error instanceof CdpError) return { code: error.code, reason: error.message, hint: error.hint };
  return { code: 'bug.unexpected', name: error instanceof Error ? error.name : typeof error };
}
