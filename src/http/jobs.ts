/** /api/jobs: what waits and runs, what failed for good; /api/schedules: what runs when. */
import { createRoute, z } from '@hono/zod-openapi';
import type { DocumentKind } from '../documents/kind.ts';
import { listFailedJobs, listJobs, listSchedules, type OverviewConfig, readJob } from '../schedule/overview.ts';
import type { Queue } from '../schedule/queue.ts';
import { FailedJob, JobView, ScheduleListing } from '../schedule/schema.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import type { Store } from '../store/store.ts';
import { requireScope } from './authentication.ts';
import { byUuid, json, refusals, secured } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface JobRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  readonly queue: () => Promise<Pick<Queue, 'cancel' | 'deadLetters' | 'find' | 'pending' | 'retryDeadLetter'>>;
}

const described = { ...secured, tags: ['Jobs'] };

const list = createRoute({
  ...described,
  method: 'get',
  path: '/',
  summary: 'Jobs that wait and jobs that run',
  responses: { 200: json('The jobs', z.object({ jobs: z.array(JobView) })), ...refusals() },
});

const failed = createRoute({
  ...described,
  method: 'get',
  path: '/failed',
  summary: 'Jobs that failed for good and wait for a person',
  responses: { 200: json('The jobs', z.object({ jobs: z.array(FailedJob) })), ...refusals() },
});

const get = createRoute({
  ...described,
  method: 'get',
  path: '/{id}',
  summary: 'How a job is going, or what came of it',
  description: 'Jobs that are over are kept for fourteen days.',
  request: { params: byUuid },
  responses: { 200: json('The job', JobView), ...refusals() },
});

const cancel = createRoute({
  ...described,
  method: 'post',
  path: '/{id}/cancel',
  summary: 'Cancel a job that waits or runs',
  description:
    'One that runs stops at its next safe point: a build within a minute, a sync when what is in flight was answered. What was done stays, and the next run goes on from there. What its schedule follows does not follow a job that was cancelled. One that is over: 409.',
  request: { params: byUuid },
  responses: { 200: json('The job as it is now', JobView), ...refusals(409) },
});

const retry = createRoute({
  ...described,
  method: 'post',
  path: '/{id}/retry',
  summary: 'Put a failed job back into its queue',
  request: { params: byUuid },
  responses: { 200: json('It waits again', z.object({ id: z.string(), retried: z.literal(true) })), ...refusals() },
});

export function jobRoutes({ apiKeys, queue }: JobRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  app.post('*', requireScope(apiKeys, 'admin'));
  return app
    .openapi(list, async (context) => context.json({ jobs: await listJobs(await queue()) }, 200))
    .openapi(failed, async (context) => context.json({ jobs: await listFailedJobs(await queue()) }, 200))
    .openapi(get, async (context) => context.json(await readJob(await queue(), context.req.valid('param').id), 200))
    .openapi(cancel, async (context) => {
      const { id } = context.req.valid('param');
      const jobs = await queue();
      await jobs.cancel(id);
      return context.json(await readJob(jobs, id), 200);
    })
    .openapi(retry, async (context) => {
      const { id } = context.req.valid('param');
      await (await queue()).retryDeadLetter(id);
      return context.json({ id, retried: true as const }, 200);
    });
}

export interface ScheduleRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  readonly store: Store;
  readonly config: OverviewConfig;
  readonly kinds: () => Promise<readonly DocumentKind[]>;
}

const schedules = createRoute({
  ...secured,
  method: 'get',
  path: '/',
  tags: ['Jobs'],
  summary: 'Every schedule with its next times, its last slot and how many were missed',
  responses: { 200: json('The schedules', z.object({ schedules: z.array(ScheduleListing) })), ...refusals() },
});

export function scheduleRoutes({ apiKeys, store, config, kinds }: ScheduleRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  return app.openapi(schedules, async (context) => context.json({ schedules: await listSchedules(store, config, await kinds()) }, 200));
}
