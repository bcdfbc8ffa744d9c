/** The kinds of jobs there are, and how each of their queues behaves. No I/O. */
// Not of `zod` itself: the API describes these options, whichever module is loaded first.
import { z } from '@hono/zod-openapi';
import { type DocumentKind, jobNameOf, subjectOfDocument } from '../documents/kind.ts';
import { uuidOf } from '../documents/uuid-of.ts';
import type { ErrorFault } from '../errors.ts';

/**
 * A piece of work that is done again and again: the dbt build, or what a kind of document does for each of its documents. `<kind>.<verb>` and the
 * document's id, beside them what a person asks of this one run.
 */
export type Job = BuildJobRequest | DocumentJobRequest;
/** Without options everything is built, as a schedule does. */
type BuildJobRequest = { readonly name: 'build' } & z.output<typeof BuildOptions>;
export type DocumentJobRequest = { readonly name: `${string}.${string}`; readonly id: string; readonly [option: string]: unknown };

/** dbt would take what begins with a dash for an option of its own. */
const selectors = z
  .array(z.string().regex(/^[^-\s\p{Cc}][^\p{Cc}]{0,199}$/u, 'a selector of dbt, such as orders+ or tag:daily'))
  .min(1)
  .max(100);

/** What a person may ask of one build: dbt selectors of what to build and what to leave out, and incremental models from scratch. */
export const BuildOptions = z.object({
  select: selectors.optional(),
  exclude: selectors.optional(),
  full_refresh: z.boolean().optional(),
});

type Kinds = readonly Pick<DocumentKind, 'kind' | 'job'>[];

/** One queue each. */
export const jobNames = (kinds: Kinds): readonly Job['name'][] => [
  'build',
  ...kinds.flatMap((kind) => (kind.job ? [jobNameOf(kind, kind.job)] : [])),
];

/** What stands in a queue: written by this version, or by another. */
export function jobSchema(kinds: Kinds): z.ZodType<Job> {
  const ofKinds = kinds.flatMap((kind) =>
    kind.job ? [z.object({ name: z.literal(jobNameOf(kind, kind.job)), id: z.string(), ...kind.job.options })] : [],
  );
  return z.discriminatedUnion('name', [z.object({ name: z.literal('build'), ...BuildOptions.shape }), ...ofKinds]) as z.ZodType<Job>;
}

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
  return job.name === 'build' ? 'build' : subjectOfDocument(job.name.slice(0, job.name.indexOf('.')), job.id);
}

/**
 * Of jobs with one key at most one waits: it does what another with this key would do. A build of some models must not stand in for one of
 * everything.
 */
export function queueKeyOf(job: Job): string {
  if (job.name !== 'build') return subjectOf(job);
  const { name: _, ...options } = job as BuildJobRequest;
  return Object.keys(options).length === 0 ? 'build' : `build ${uuidOf(JSON.stringify(options))}`;
}

/** Whether the job builds some models only: then only what reads one of these follows. */
export const isBuildOfSome = (job: Job): boolean => job.name === 'build' && ('select' in job || 'exclude' in job);

/** Whether running it again can help although nothing was changed. A wrong definition stays wrong; a busy or restarting server does not. */
export const isWorthRetrying = (fault: ErrorFault | undefined) =>
  fault === undefined || ['transient', 'throttled', 'conflict'].includes(fault);
