/** /api/identity/explain, /path, /history, /report: who is who, why, since when, and how the graph is doing. */
import { createRoute, z } from '@hono/zod-openapi';
import { explain } from '../identity/explain.ts';
import { readHistory } from '../identity/history.ts';
import { findPath } from '../identity/path.ts';
import { reportIdentity } from '../identity/report.ts';
import { Explanation, History, PathAnswer, Report } from '../identity/schema.ts';
import type { ExplainDeps } from '../identity/subject.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { mayUnmask, requireScope } from './authentication.ts';
import { json, refusals, secured, unmask } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface ExplainRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  /** Opened by the first call. */
  readonly identity: () => Promise<ExplainDeps>;
}

const entity = z.string().optional().openapi({ description: 'person or account; needed where a type belongs to several.' });
const identifier = z.string().openapi({ example: 'email:ada@example.com', description: 'type:value, in any spelling.' });
const who = z.string().openapi({
  example: 'email:ada@example.com',
  description: 'The id of a profile or an account, an id that was one once, or an identifier as type:value in any spelling.',
});

const described = { ...secured, method: 'get' as const, tags: ['Identity'] };

const explaining = createRoute({
  ...described,
  path: '/explain',
  summary: 'Which profile an identifier belongs to, by which identifiers, since when',
  request: { query: z.strictObject({ who, entity, unmask }) },
  responses: { 200: json('The profile, or why there is none', Explanation), ...refusals() },
});

const path = createRoute({
  ...described,
  path: '/path',
  summary: 'Why two identifiers are one person, or why they are not',
  description: 'The shortest chain of evidence. Where they are not one, the links that do not count say why.',
  request: { query: z.strictObject({ a: identifier, b: identifier, entity, unmask }) },
  responses: { 200: json('The chain and the reasons', PathAnswer), ...refusals() },
});

const history = createRoute({
  ...described,
  path: '/history',
  summary: 'What happened to a profile, the oldest first',
  request: { query: z.strictObject({ who, entity, unmask }) },
  responses: { 200: json('What happened', History), ...refusals() },
});

const report = createRoute({
  ...described,
  path: '/report',
  summary: 'How the graph is doing, and what looks like a mistake in it',
  request: {
    query: z.strictObject({
      since: z.string().optional().openapi({
        example: '2026-03-01T00:00:00Z',
        description: 'Changes since then are counted; default: those of the last build that changed the graph.',
      }),
      unmask,
    }),
  },
  responses: { 200: json('The report', Report), ...refusals() },
});

export function explainRoutes({ apiKeys, identity }: ExplainRoutes) {
  const app = createRoutes();
  for (const route of [explaining, path, history, report]) {
    app.use(route.path, requireScope(apiKeys, 'read'));
  }
  return app
    .openapi(explaining, async (context) => {
      const asked = context.req.valid('query');
      return context.json(await explain(await identity(), asked.who, { entity: asked.entity, isMasked: !mayUnmask(context, asked) }), 200);
    })
    .openapi(path, async (context) => {
      const asked = context.req.valid('query');
      return context.json(
        await findPath(await identity(), asked.a, asked.b, { entity: asked.entity, isMasked: !mayUnmask(context, asked) }),
        200,
      );
    })
    .openapi(history, async (context) => {
      const asked = context.req.valid('query');
      return context.json(
        await readHistory(await identity(), asked.who, { entity: asked.entity, isMasked: !mayUnmask(context, asked) }),
        200,
      );
    })
    .openapi(report, async (context) => {
      const asked = context.req.valid('query');
      return context.json(await reportIdentity(await identity(), { since: asked.since, isMasked: !mayUnmask(context, asked) }), 200);
    });
}
