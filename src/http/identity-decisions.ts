/** /api/identity/decisions: what people decided by hand about who is who. */
import { createRoute, z } from '@hono/zod-openapi';
import { DecisionKind, PairKind, type Ruling, SingleKind } from '../identity/decision.ts';
import { type DecisionDeps, decide, listDecisions, revokeDecision } from '../identity/decisions.ts';
import { errors } from '../identity/errors.ts';
import { parseIdentifier } from '../identity/identifier.ts';
import { Decision } from '../identity/schema.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { callerOf, mayUnmask, requireScope } from './authentication.ts';
import { json, refusals, secured, unmask } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface DecisionRoutes {
  /** `list`: the name of the key that calls is part of who decided. */
  readonly apiKeys: Pick<ApiKeys, 'verify' | 'list'>;
  /** Opened by the first call. */
  readonly identity: () => Promise<DecisionDeps>;
}

const identifier = z.string().openapi({ example: 'email:ada@example.com', description: 'type:value, in any spelling.' });
const reason = z.string().min(1).openapi({ example: 'twins at one address', description: 'How you know.' });

const NewDecision = z
  .discriminatedUnion('kind', [
    z.object({ kind: PairKind, a: identifier, b: identifier }),
    z.object({ kind: SingleKind.extract(['never_use']), a: identifier }),
    z.object({
      kind: SingleKind.extract(['erase']),
      a: identifier,
      confirm: z.boolean().default(false).openapi({ description: 'Must be true: that it is meant.' }),
    }),
  ])
  .and(
    z.object({
      entity: z.string().optional().openapi({ description: 'Needed where the types of the identifiers leave a choice.' }),
      reason,
      by: z.string().min(1).optional().openapi({ description: 'Who decided, when the key acts for a person; its own name is added.' }),
    }),
  )
  .openapi('NewIdentityDecision');

const described = { ...secured, tags: ['Identity'] };
const Made = z.object({
  decision: Decision,
  is_new: z.boolean().openapi({ description: 'False when the same was in force already.' }),
  warnings: z.array(z.string()).openapi({ description: 'Contradictions with what is in force.' }),
});

const list = createRoute({
  ...described,
  method: 'get',
  path: '/',
  summary: 'The manual decisions, newest first',
  request: {
    query: z.strictObject({
      kind: DecisionKind.optional(),
      revoked: z.stringbool().default(false).openapi({ type: 'boolean', description: 'Also those that were revoked.' }),
      unmask,
    }),
  },
  responses: { 200: json('The decisions', z.object({ decisions: z.array(Decision) })), ...refusals() },
});

const make = createRoute({
  ...described,
  method: 'post',
  path: '/',
  summary: 'Decide; takes effect with the next build',
  description: 'The same decision in force twice is one: a call that is repeated changes nothing. A never-link beats everything.',
  request: { body: { required: true, ...json('The decision', NewDecision) } },
  responses: { 200: json('It was in force already', Made), 201: json('It was made', Made), ...refusals(409, 413) },
});

const revoke = createRoute({
  ...described,
  method: 'delete',
  path: '/{id}',
  summary: 'Revoke a decision; the next build is as if it had never been made',
  description: 'Decision and revocation both stay in the log. Revoking twice changes nothing.',
  request: {
    params: z.object({ id: z.uuid() }),
    query: z.strictObject({ reason, by: z.string().min(1).optional() }),
  },
  responses: { 200: json('The decision as it is now', Decision), ...refusals(409) },
});

export function decisionRoutes({ apiKeys, identity }: DecisionRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  app.on(['POST', 'DELETE'], '*', requireScope(apiKeys, 'admin'));
  return app
    .openapi(list, async (context) => {
      const { kind, revoked, ...shown } = context.req.valid('query');
      const options = { isWithRevoked: revoked, isMasked: !mayUnmask(context, shown) };
      const decisions = await listDecisions(await identity(), options);
      return context.json({ decisions: decisions.filter((decision) => kind === undefined || decision.kind === kind) }, 200);
    })
    .openapi(make, async (context) => {
      const body = context.req.valid('json');
      const { entity, reason: why, by } = body;
      const decider = await callerOf(context, apiKeys, by);
      const made = await decide(await identity(), { ruling: rulingOf(body), entity, reason: why, by: decider });
      return context.json({ ...made, warnings: [...made.warnings] }, made.is_new ? 201 : 200);
    })
    .openapi(revoke, async (context) => {
      const { reason: why, by } = context.req.valid('query');
      const decider = await callerOf(context, apiKeys, by);
      return context.json(await revokeDecision(await identity(), context.req.valid('param').id, { reason: why, by: decider }), 200);
    });
}

function rulingOf(body: z.output<typeof NewDecision>): Ruling {
  switch (body.kind) {
    case 'never_link':
    case 'force_link':
      return { kind: body.kind, identifiers: [parseIdentifier(body.a), parseIdentifier(body.b)] };
    case 'erase':
      if (!body.confirm) throw errors.unconfirmed('Nothing was erased');
      return { kind: body.kind, identifiers: [parseIdentifier(body.a)] };
    case 'never_use':
      return { kind: body.kind, identifiers: [parseIdentifier(body.a)] };
  }
}
