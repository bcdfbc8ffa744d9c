/** Durable jobs: pg-boss on the control plane. What is enqueued survives every crash and is run by one worker of one replica. */
import { sql } from 'drizzle-orm';
import { fromDrizzle, type JobResult, type JobWithMetadata, PgBoss } from 'pg-boss';
import * as z from 'zod';
import type { DocumentKind, JobOutcome } from '../documents/kind.ts';
import { CdpError } from '../errors.ts';
import type { Transaction } from '../store/connection.ts';
import { sluiceJobs } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { errors } from './errors.ts';
import { deadLetterPolicy, deadLetterQueue, isWorthRetrying, type Job, jobNames, jobSchema, queueKeyOf, queuePolicy } from './jobs.ts';

export interface JobContext {
  readonly jobId: string;
  /** 1 for the first time. */
  readonly attempt: number;
  /** Aborted when the process ends, the job took too long or somebody cancelled it: stop at the next safe point and throw. */
  readonly signal: AbortSignal;
}

/**
 * Does the work. A failure of the work itself (a model, a destination) is an outcome: the rooms record it, and the next slot tries again. What
 * keeps the work from being done is thrown: faults that may pass (transient, throttled, conflict) and anything unexpected are tried again soon;
 * other faults end the job at once among the dead letters, for a person to see.
 */
export type JobHandler = (job: Job, context: JobContext) => Promise<JobOutcome>;
/** By the name of the job. */
export type JobHandlers = Readonly<Record<string, JobHandler>>;

export interface DeadLetter {
  readonly id: string;
  readonly job: Job;
  readonly failedAt: Date;
  readonly attempts: number;
  /** What the last attempt said. */
  readonly reason: string;
}

export interface QueuedJob {
  readonly id: string;
  readonly job: Job;
  readonly state: 'waiting' | 'running';
  readonly since: Date;
}

/** A job that was given to the queue in the last fourteen days, whatever has become of it. */
export interface JobRecord {
  readonly id: string;
  readonly job: Job;
  /** `failed`: for good, or waiting to be tried again by a person (`deadLetters`). */
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  readonly queuedAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  /** Of a job that is done: ids and counts. Of one that failed: code and message. */
  readonly output: Readonly<Record<string, unknown>>;
}

/** A job as a worker takes it; `job` is undefined where what is in the queue cannot be read. */
export interface JobStart {
  readonly jobId: string;
  readonly job: Job | undefined;
  /** 1 for the first time. */
  readonly attempt: number;
}

/** What came of one attempt. `retry`: it is tried again by itself. `dead`: it waits for a person. `cancelled`: nobody runs it again. */
export type JobReport = JobStart & { readonly ms: number } & (
    | { readonly end: 'done'; readonly outcome: JobOutcome }
    | { readonly end: 'retry' | 'dead'; readonly error: unknown }
    | { readonly end: 'cancelled' }
  );

export interface WorkOptions {
  readonly onStart?: ((start: JobStart) => void) | undefined;
  /** Called when the attempt is over and before the queue knows. */
  readonly onEnd?: ((report: JobReport) => void) | undefined;
  /** Called after each job that succeeded, before it counts as done: what it enqueues is not lost in a crash, at worst enqueued twice. */
  readonly onDone?: (job: Job, outcome: JobOutcome) => Promise<void>;
  /** Jobs of one kind that this process runs at once. Default 2. */
  readonly concurrency?: number;
  /** How often idle workers look. Default 2 s. */
  readonly pollSeconds?: number;
}

export interface Queue {
  /**
   * @param options `id`: that of the job; a second one with the same id is not made. A UUID of the caller's own making.
   * @returns the job's id, or null when one for the same subject is waiting already: that one will see everything this one would have seen.
   */
  enqueue(job: Job, transaction?: Transaction, options?: { readonly id?: string }): Promise<string | null>;
  /** Starts workers for the kinds that have a handler. */
  work(handlers: JobHandlers, options?: WorkOptions): Promise<void>;
  /** What is waiting and running now. */
  pending(): Promise<readonly QueuedJob[]>;
  /** Undefined for a job that never was, or is long over. */
  find(id: string): Promise<JobRecord | undefined>;
  /**
   * Takes a job that waits out of its queue; one that runs, in whichever process, is told within seconds to stop at its next safe point.
   * @throws CdpError `schedule.job_missing`, `schedule.job_over`.
   */
  cancel(id: string): Promise<void>;
  deadLetters(): Promise<readonly DeadLetter[]>;
  /** Puts a failed job back into its queue. @throws CdpError `schedule.job_missing`. */
  retryDeadLetter(id: string): Promise<void>;
  /** Takes no more jobs; running ones get `graceMs` to end, then their signal is aborted and they go back to the queue. Default 4 s. */
  close(options?: { graceMs?: number }): Promise<void>;
}

export interface QueueOptions {
  /** What jobs there are. */
  readonly kinds: readonly Pick<DocumentKind, 'kind' | 'job'>[];
  /** Failures of the queue's own background work (the database is away): it goes on by itself, but the log should say so. */
  readonly onError: (error: Error) => void;
}

/** A service that is told to stop has ten seconds in all. A job that is not done is handed back: it runs again from where it stood. */
const defaultGraceMs = 4_000;
/** How often a worker looks whether its job was cancelled. One small statement each time. */
const lookSeconds = 3;
/** How long an aborted handler may take to notice. */
const abortedMs = 3_000;

export async function openQueue(store: Store, { onError, kinds }: QueueOptions): Promise<Queue> {
  const names = jobNames(kinds);
  const schema = jobSchema(kinds);
  const boss = new PgBoss({
    db: { executeSql: (text, values) => store.pool.query(text, values).then(unwrap) },
    schema: sluiceJobs.schemaName,
    createSchema: false,
    // clock.ts is the clock.
    schedule: false,
    registerInstance: false,
    // The embedded server has no autovacuum to watch; a real one has an administrator.
    monitorVacuum: false,
  });
  boss.on('error', (error: unknown) => onError(asError(error)));
  await store.attempt(() => start(boss, names));

  const running = new Set<Promise<unknown>>();

  async function find(id: string): Promise<JobRecord | undefined> {
    if (!z.uuid().safeParse(id).success) return undefined;
    const found = await store.attempt(() => Promise.all(names.map((name) => boss.findJobs<unknown>(name, { id }))));
    const [job] = found.flat();
    return job && presentJob(job, schema);
  }

  /** The signal alone does not say it: it is aborted for other reasons too. */
  async function wasCancelled({ id, signal }: JobWithMetadata<unknown>): Promise<boolean> {
    if (!signal.aborted) return false;
    const found = await find(id).catch(() => undefined);
    return found?.state === 'cancelled';
  }

  return {
    enqueue: (job, transaction, { id } = {}) =>
      store.attempt(() =>
        boss.send(job.name, job, {
          singletonKey: queueKeyOf(job),
          ...(id !== undefined && { id }),
          ...(transaction && { db: fromDrizzle(transaction, sql) }),
        }),
      ),

    async work(handlers, { concurrency = 2, pollSeconds = 2, ...callbacks } = {}) {
      const options = {
        includeMetadata: true,
        perJobResults: true,
        batchSize: 1,
        localConcurrency: concurrency,
        pollingIntervalSeconds: pollSeconds,
        heartbeatRefreshSeconds: lookSeconds,
      } as const;
      for (const name of names) {
        if (!handlers[name]) continue;
        await boss.work(name, options, (jobs: JobWithMetadata<unknown>[]) => {
          const results = Promise.all(
            jobs.map((job) => run(job, schema, handlers, { ...callbacks, wasCancelled: () => wasCancelled(job) })),
          );
          running.add(results);
          const forget = () => running.delete(results);
          results.then(forget, forget);
          return results;
        });
      }
    },

    async pending() {
      const found = await store.attempt(() => Promise.all(names.map((name) => boss.findJobs<unknown>(name))));
      return found.flat().flatMap((job) => {
        if (job.state !== 'created' && job.state !== 'retry' && job.state !== 'active') return [];
        const state = job.state === 'active' ? ('running' as const) : ('waiting' as const);
        return [{ id: job.id, job: schema.parse(job.data), state, since: job.state === 'active' ? job.startedOn : job.createdOn }];
      });
    },

    find,

    async cancel(id) {
      const found = await find(id);
      if (!found) throw errors.job_missing(`There is no job ${id}`);
      const isOver = !['waiting', 'running'].includes(found.state);
      if (isOver) throw errors.job_over(`The job ${id} is ${found.state} already`);
      await store.attempt(() => boss.cancel(found.job.name, id));
      // It may have ended in between.
      const left = await find(id);
      if (left?.state !== 'cancelled') throw errors.job_over(`The job ${id} is ${left?.state ?? 'over'} already`);
    },

    async deadLetters() {
      const found = await store.attempt(() => boss.findJobs<unknown>(deadLetterQueue, { queued: true }));
      return found.map((letter) => presentDeadLetter(letter, schema));
    },

    async retryDeadLetter(id) {
      const moved = z.uuid().safeParse(id).success ? await store.attempt(() => boss.redrive(deadLetterQueue, { ids: [id] })) : 0;
      if (moved === 0) throw errors.job_missing(`There is no failed job ${id}, or the same is waiting in its queue already`);
    },

    async close({ graceMs = defaultGraceMs } = {}) {
      await boss.stop({ close: false, graceful: true, timeout: graceMs });
      // pg-boss has handed the rest back and aborted their signals; they may still use what our caller closes next.
      await Promise.race([Promise.allSettled(running), new Promise((resolve) => setTimeout(resolve, abortedMs).unref())]);
    },
  };
}

async function start(boss: PgBoss, names: readonly string[]): Promise<void> {
  await boss.start();
  await boss.createQueue(deadLetterQueue, deadLetterPolicy);
  for (const name of names) {
    await boss.createQueue(name, queuePolicy);
    // Creating an existing queue changes nothing; a new version may bring other figures. The policy itself cannot change.
    const { policy: _, ...figures } = queuePolicy;
    await boss.updateQueue(name, figures);
  }
}

async function run(
  job: JobWithMetadata<unknown>,
  schema: z.ZodType<Job>,
  handlers: JobHandlers,
  {
    onDone,
    onStart,
    onEnd,
    wasCancelled,
  }: Pick<WorkOptions, 'onDone' | 'onStart' | 'onEnd'> & { readonly wasCancelled: () => Promise<boolean> },
): Promise<JobResult> {
  const start: JobStart = { jobId: job.id, job: schema.safeParse(job.data).data, attempt: job.retryCount + 1 };
  const startedMs = performance.now();
  const ended = () => ({ ...start, ms: performance.now() - startedMs });
  /** The queue has it as cancelled already: what is answered changes nothing there. */
  const cancelled = (): JobResult => {
    onEnd?.({ ...ended(), end: 'cancelled' });
    return { id: job.id, status: 'completed' };
  };
  onStart?.(start);
  try {
    const parsed = schema.parse(job.data);
    const handler = handlers[parsed.name];
    if (!handler) throw errors.no_handler(`No handler for ${parsed.name}`);
    const outcome = await handler(parsed, { jobId: job.id, attempt: start.attempt, signal: job.signal });
    if (await wasCancelled()) return cancelled();
    const { succeeded, summary } = outcome;
    if (succeeded) await onDone?.(parsed, outcome);
    onEnd?.({ ...ended(), end: 'done', outcome });
    return { id: job.id, status: 'completed', output: { succeeded, ...summary } };
  } catch (error) {
    if (await wasCancelled()) return cancelled();
    const known = error instanceof CdpError ? error : undefined;
    const output = { code: known?.code ?? 'bug.unexpected', message: error instanceof Error ? error.message : String(error) };
    const isFailed = isWorthRetrying(known?.fault);
    onEnd?.({ ...ended(), end: isFailed && job.retryCount < job.retryLimit ? 'retry' : 'dead', error });
    return { id: job.id, status: isFailed ? 'failed' : 'deadletter', output };
  }
}

const STATES = {
  created: 'waiting',
  retry: 'waiting',
  active: 'running',
  completed: 'done',
  cancelled: 'cancelled',
  failed: 'failed',
} as const satisfies Readonly<Record<JobWithMetadata['state'], JobRecord['state']>>;

function presentJob(job: JobWithMetadata<unknown>, schema: z.ZodType<Job>): JobRecord {
  return {
    id: job.id,
    job: schema.parse(job.data),
    state: STATES[job.state],
    queuedAt: job.createdOn,
    startedAt: job.startedOn ?? null,
    endedAt: job.completedOn ?? null,
    output: (job.output ?? {}) as Readonly<Record<string, unknown>>,
  };
}

function presentDeadLetter(letter: JobWithMetadata<unknown>, schema: z.ZodType<Job>): DeadLetter {
  const output = letter.sourceOutput;
  const reason = output && 'message' in output ? String(output.message) : JSON.stringify(output);
  return {
    id: letter.id,
    job: schema.parse(letter.data),
    failedAt: letter.createdOn,
    attempts: (letter.sourceRetryCount ?? 0) + 1,
    reason,
  };
}

/** pg-boss reports some failures as plain objects with the members of an error. */
function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  const { message = 'unknown', stack, ...rest } = error as Partial<Error>;
  return Object.assign(new Error(message), rest, stack === undefined ? {} : { stack });
}

/** `pg` answers several statements in one text with an array of results. */
function unwrap<R>(result: { rows: R[] } | readonly { rows: R[] }[]): { rows: R[] } {
  return 'rows' in result ? result : { rows: result.flatMap(({ rows }) => rows) };
}
