/** /api/activations: a set of documents against what runs, as `sluice plan` and `sluice apply` do. */
import { createRoute } from '@hono/zod-openapi';
import { planDocument } from '../activations/plan-document.ts';
import type { PostedPlans } from '../activations/posted.ts';
import { PlanDocument, PostedActivations } from '../activations/schema.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { callerOf, requireScope } from './authentication.ts';
import { json, refusals, secured } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface ActivationRoutes {
  /** `list`: the name of the key that calls is who applied the documents. */
  readonly apiKeys: Pick<ApiKeys, 'verify' | 'list'>;
  /** Opened by the first call. */
  readonly activations: () => Promise<PostedPlans>;
}

const described = { ...secured, method: 'post' as const, tags: ['Activations'] };
const body = { required: false, ...json('Without it, the documents of the folder activations/', PostedActivations) };

const plan = createRoute({
  ...described,
  path: '/plan',
  summary: 'Check a set of documents, and say how it differs from what runs. Changes nothing',
  description: 'The answer holds the documents whole, so it takes the scope admin.',
  request: { body },
  responses: { 200: json('The plan', PlanDocument), ...refusals(409, 413) },
});

const apply = createRoute({
  ...described,
  path: '/apply',
  summary: 'Make what runs equal to a set of documents: all of it or nothing',
  description: 'Repeated, it changes nothing. Where a plan was looked at, send its `world` along: then that plan is applied or none.',
  request: { body },
  responses: { 200: json('What was changed', PlanDocument), ...refusals(409, 413) },
});

export function activationRoutes({ apiKeys, activations }: ActivationRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'admin'));
  return app
    .openapi(plan, async (context) => context.json(planDocument(await (await activations()).plan(context.req.valid('json') ?? {})), 200))
    .openapi(apply, async (context) => {
      const by = await callerOf(context, apiKeys);
      return context.json(planDocument(await (await activations()).apply(context.req.valid('json') ?? {}, by)), 200);
    });
}
