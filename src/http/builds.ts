/** /api/builds: builds on record, starting one, and what an orchestrator says that it has built, so that what is scheduled after a build follows. */
import { createRoute, z } from '@hono/zod-openapi';
import { listBuilds, readBuild } from '../dbt/recorded-builds.ts';
import { BuildListing, BuiltModel } from '../dbt/schema.ts';
import type { Followed, ReportedBuild } from '../reported-builds.ts';
import { BuildOptions } from '../schedule/jobs.ts';
import type { Queue } from '../schedule/queue.ts';
import { JobStarted } from '../schedule/schema.ts';
import { startJob } from '../schedule/start-job.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { requireScope } from './authentication.ts';
import { byUuid, callKey, idempotencyHeaders, json, name, next, pageQuery, pageReply, pageRequest, refusals, secured } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface BuildRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  readonly warehouse: Pick<Warehouse, 'reader'>;
  readonly queue: () => Promise<Pick<Queue, 'enqueue' | 'find' | 'pending'>>;
  readonly followBuild: (build: ReportedBuild) => Promise<Followed>;
}

const Report = z
  .strictObject({
    invocation_id: z.uuid().openapi({ description: "dbt's own id of the run: `metadata.invocation_id` of target/run_results.json." }),
    status: z.enum(['success', 'failed']).openapi({ description: 'A build that failed is followed by nothing.' }),
    models: z
      .array(z.string().min(1))
      .max(10_000)
      .optional()
      .openapi({ example: ['fct_orders'], description: 'What was built: names or unique ids of models. Without it, everything.' }),
  })
  .openapi('BuildReport');

const FollowedBuild = z
  .object({
    invocation_id: z.string(),
    is_new: z.boolean().openapi({ description: 'False when it was reported before: then nothing was queued now.' }),
    queued: z.array(z.string()).openapi({ example: ['segment:lapsing'] }),
  })
  .openapi('FollowedBuild');

const BuildRequest = z
  .strictObject({
    select: BuildOptions.shape.select.openapi({
      example: ['profile_traits+', 'tag:daily'],
      description: 'Only these models: names, folders or selectors of dbt, as `sluice build --select` takes them.',
    }),
    exclude: BuildOptions.shape.exclude.openapi({ example: ['tag:slow'], description: 'Leaves these models out.' }),
    full_refresh: BuildOptions.shape.full_refresh.openapi({ description: 'Builds incremental models again from scratch.' }),
  })
  .openapi('BuildRequest');

const report = createRoute({
  ...secured,
  tags: ['Builds'],
  method: 'post',
  path: '/',
  summary: 'Say that a build of dbt has ended',
  description:
    'What is scheduled after a build and reads a table that was built is queued, once for each invocation: a call that is repeated changes nothing. Builds that the dbt package records itself need no call.',
  request: { body: { required: true, ...json('What was built', Report) } },
  responses: {
    200: json('It was reported before', FollowedBuild),
    202: json('What follows is queued', FollowedBuild),
    ...refusals(409, 413),
  },
});

const list = createRoute({
  ...secured,
  tags: ['Builds'],
  method: 'get',
  path: '/',
  summary: 'Builds, latest first',
  request: { query: z.strictObject({ status: name.optional().openapi({ example: 'failed' }), ...pageQuery }) },
  responses: { 200: json('A page of builds', z.object({ builds: z.array(BuildListing), next })), ...refusals() },
});

const get = createRoute({
  ...secured,
  tags: ['Builds'],
  method: 'get',
  path: '/{id}',
  summary: 'One build with its models',
  request: { params: byUuid },
  responses: { 200: json('The build', BuildListing.extend({ models: z.array(BuiltModel) }).openapi('BuildDetail')), ...refusals() },
});

const start = createRoute({
  ...secured,
  tags: ['Builds'],
  method: 'post',
  path: '/start',
  summary: 'Build everything, or some models',
  description:
    'Answers at once: it is a durable job, which `sluice serve` takes. What is scheduled after the build follows it; after a build of some models, what reads a table that was built.',
  request: { headers: idempotencyHeaders, body: { required: false, ...json('Everything without it', BuildRequest) } },
  responses: { 202: json('Queued', JobStarted), ...refusals(409, 413) },
});

export function buildRoutes({ apiKeys, followBuild, warehouse, queue }: BuildRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  app.post('*', requireScope(apiKeys, 'admin'));
  return app
    .openapi(list, async (context) => {
      const { status, ...page } = context.req.valid('query');
      return context.json(pageReply('builds', await listBuilds(warehouse, status, pageRequest(page))), 200);
    })
    .openapi(get, async (context) => context.json(await readBuild(warehouse, context.req.valid('param').id), 200))
    .openapi(start, async (context) => {
      const { full_refresh, ...selected } = context.req.valid('json') ?? {};
      const asked = { ...selected, ...(full_refresh && { full_refresh }) };
      const { jobId, how } = await startJob(await queue(), { name: 'build', ...asked }, callKey(context));
      return context.json({ job_id: jobId, is_new: how === 'queued' }, 202);
    })
    .openapi(report, async (context) => {
      const { invocation_id: invocationId, status, models } = context.req.valid('json');
      const followed = await followBuild({ invocationId, isSuccess: status === 'success', ...(models && { models }) });
      return context.json({ ...followed, queued: [...followed.queued] }, followed.is_new ? 202 : 200);
    });
}
