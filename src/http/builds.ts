/** /api/builds: an orchestrator says what it has built, so that what is scheduled after a build follows. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Followed, ReportedBuild } from '../reported-builds.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { requireScope } from './authentication.ts';
import { json, refusals, secured } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface BuildRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
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

const report = createRoute({
  ...secured,
  tags: ['Builds'],
  method: 'post',
  path: '/',
  summary: 'Say that a build of dbt has ended',
  description:
    'What is scheduled after a build and reads a table that was built is queued, once for each invocation: a call that is repeated changes nothing. Builds that the dbt package records itself need no call.',
  request: { body: { required: true, ...json('What was built', Report) } },
  responses: { 200: json('It was reported before', FollowedBuild), 202: json('What follows is queued', FollowedBuild), ...refusals(409, 413) },
});

export function buildRoutes({ apiKeys, followBuild }: BuildRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'admin'));
  return app.openapi(report, async (context) => {
    const { invocation_id: invocationId, status, models } = context.req.valid('json');
    const followed = await followBuild({ invocationId, isSuccess: status === 'success', ...(models && { models }) });
    return context.json({ ...followed, queued: [...followed.queued] }, followed.is_new ? 202 : 200);
  });
}
