/** Everything that has a schedule, read from the documents that are running now. */
import type { Config } from '../config.ts';
import { type DocumentJob, type DocumentKind, jobNameOf, scheduleOf, subjectOfDocument } from '../documents/kind.ts';
import { Schedule } from '../documents/schedule.ts';
import type { Resource, Resources } from '../store/resources.ts';
import { errors } from './errors.ts';
import { type Job, subjectOf } from './jobs.ts';

/** What a schedule asks of the kinds of documents. */
export type ScheduledKinds = readonly Pick<DocumentKind, 'kind' | 'references' | 'job'>[];

export interface Scheduled {
  /** `build`, `segment:x` or `sync:y`: the name of the schedule wherever it is recorded. */
  readonly subject: string;
  readonly job: Job;
  readonly schedule: Schedule;
  /** Subjects whose success starts it. */
  readonly triggers: readonly string[];
  /** When the document in force was applied: it cannot have been due before. Null where that is not known: then it is due from now on. */
  readonly since: Date | null;
}

/** A document that another version accepted and this one cannot read has no schedule here; `sluice status` tells of it. */
export async function listScheduled(resources: Pick<Resources, 'list'>, kinds: ScheduledKinds): Promise<Scheduled[]> {
  const all = await Promise.all(kinds.map(async (kind) => (kind.job ? scheduledOf(kind, kind.job, await resources.list(kind.kind)) : [])));
  return all.flat();
}

function scheduledOf(kind: ScheduledKinds[number], job: DocumentJob<never>, documents: readonly Resource[]): Scheduled[] {
  return documents.flatMap(({ id, document, appliedAt }) => {
    const read = scheduleOf(kind, document);
    return read ? [{ subject: subjectOfDocument(kind.kind, id), job: { name: jobNameOf(kind, job), id }, ...read, since: appliedAt }] : [];
  });
}

/** The build's own schedule, when the environment gives it one. @throws CdpError `schedule.build_schedule`. */
export function scheduledBuild({ SLUICE_BUILD_SCHEDULE: text }: Pick<Config, 'SLUICE_BUILD_SCHEDULE'>): Scheduled[] {
  if (text === undefined) return [];
  const schedule = Schedule.safeParse(/\s/.test(text.trim()) ? { cron: text } : { every: text.trim() }).data;
  if (!schedule) throw errors.build_schedule(`SLUICE_BUILD_SCHEDULE=${text} cannot be read`);
  return [{ subject: 'build', job: { name: 'build' }, schedule, triggers: [], since: null }];
}

/** What is to be enqueued when `done` has succeeded. */
export function dependentsOf(done: Job, all: readonly Scheduled[]): Job[] {
  const subject = subjectOf(done);
  return all.filter(({ triggers }) => triggers.includes(subject)).map(({ job }) => job);
}
