/** Everything that has a schedule, read from the documents that are running now. */
import * as z from 'zod';
import type { Config } from '../config.ts';
import { Schedule } from '../documents/schedule.ts';
import type { Resource, Resources } from '../store/resources.ts';
import { errors } from './errors.ts';
import { type Job, subjectOf } from './jobs.ts';

export interface Scheduled {
  /** `build`, `segment:x` or `sync:y`: the name of the schedule wherever it is recorded. */
  readonly subject: string;
  readonly job: Job;
  readonly schedule: Schedule;
  /** Subjects whose success starts it. */
  readonly triggers: readonly string[];
  /** When the document in force was applied: it cannot have been due before. Null where nobody knows: then it is due from now on. */
  readonly since: Date | null;
}

/** The only parts of a document that matter here; the rest belongs to its room, which checked it when it was applied. */
const Part = z.object({
  schedule: Schedule.optional(),
  source: z.object({ segment: z.string().optional() }).optional(),
});

export async function listScheduled(resources: Pick<Resources, 'list'>): Promise<Scheduled[]> {
  const [segments, syncs] = await Promise.all([resources.list('segment'), resources.list('sync')]);
  return [
    ...segments.flatMap((resource) => scheduled(resource, { name: 'segment.publish', id: resource.id })),
    ...syncs.flatMap((resource) => scheduled(resource, { name: 'sync.run', id: resource.id })),
  ];
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

/** A document that another version accepted and this one cannot read has no schedule here; `sluice status` reports it where it is parsed. */
function scheduled(resource: Resource, job: Job): Scheduled[] {
  const part = Part.safeParse(resource.document).data;
  if (!part?.schedule) return [];
  const source = part.source?.segment === undefined ? 'build' : `segment:${part.source.segment}`;
  const named = 'after' in part.schedule ? part.schedule.after : [];
  const triggers = named.map((trigger) => (trigger === 'source' ? source : trigger));
  return [{ subject: subjectOf(job), job, schedule: part.schedule, triggers, since: resource.appliedAt }];
}
