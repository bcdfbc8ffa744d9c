/** /api/profiles and /api/accounts: everything that is known of a person or an account, by any of their identifiers. */
import { createRoute, z } from '@hono/zod-openapi';
import { columnsOf, findNamed, type ProfileDeps, readProfileView, readTimeline } from '../identity/profile.ts';
import { ProfileView, TimelineEvent } from '../identity/schema.ts';
import { readMemberships } from '../segments/memberships.ts';
import { Memberships } from '../segments/schema.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import type { SyncDeps } from '../syncs/deps.ts';
import { SentRow } from '../syncs/schema.ts';
import { readSent } from '../syncs/sent.ts';
import { mayUnmask, requireScope } from './authentication.ts';
import { json, name, next, pageQuery, pageReply, pageRequest, refusals, secured, unmask } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface ProfileRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  /** Opened by the first call. */
  readonly profiles: () => Promise<ProfileDeps>;
  readonly syncs: () => Promise<SyncDeps>;
}

const described = { ...secured, method: 'get' as const, tags: ['Profiles'] };

const Who = z.object({
  who: name.openapi({
    example: 'email:ada@example.com',
    description: 'Its id, an id that was its once, or an identifier as type:value in any spelling. Of an entity of your own, its key.',
  }),
});

const view = createRoute({
  ...described,
  path: '/{who}',
  summary: 'Its columns, and its consent as far as it is known',
  request: { params: Who, query: z.strictObject({ unmask }) },
  responses: { 200: json('What is known', ProfileView), ...refusals() },
});

const timeline = createRoute({
  ...described,
  path: '/{who}/timeline',
  summary: 'What happened to it, newest first',
  request: { params: Who, query: z.strictObject({ unmask, ...pageQuery }) },
  responses: { 200: json('A page of events', z.object({ events: z.array(TimelineEvent), next })), ...refusals() },
});

const segments = createRoute({
  ...described,
  path: '/{who}/segments',
  summary: 'The segments that it is in, and what it entered and left',
  request: { params: Who },
  responses: { 200: json('Its segments', Memberships), ...refusals() },
});

const sent = createRoute({
  ...described,
  path: '/{who}/sent',
  summary: 'What was sent of it where, and what became of it',
  description: 'The last 200 attempts of the applied syncs, by the key that it has now.',
  request: { params: Who, query: z.strictObject({ unmask }) },
  responses: { 200: json('Newest first', z.object({ sent: z.array(SentRow) })), ...refusals() },
});

export function profileRoutes({ apiKeys, profiles, syncs }: ProfileRoutes, entity: string) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  const find = async (who: string) => findNamed(await profiles(), entity, who);
  return app
    .openapi(view, async (context) => {
      const shown = { isUnmasked: mayUnmask(context, context.req.valid('query')) };
      return context.json(await readProfileView(await profiles(), await find(context.req.valid('param').who), shown), 200);
    })
    .openapi(timeline, async (context) => {
      const query = context.req.valid('query');
      const shown = { isUnmasked: mayUnmask(context, query) };
      const named = await find(context.req.valid('param').who);
      return context.json(pageReply('events', await readTimeline(await profiles(), named, pageRequest(query), shown)), 200);
    })
    .openapi(segments, async (context) => {
      const { id } = await find(context.req.valid('param').who);
      return context.json(await readMemberships(await syncs(), entity, id), 200);
    })
    .openapi(sent, async (context) => {
      const shown = { isUnmasked: mayUnmask(context, context.req.valid('query')) };
      const named = await find(context.req.valid('param').who);
      const columns = await columnsOf(await profiles(), named);
      const values = new Map(columns.map((column) => [column.name, column.value]));
      const tables = named.entity.tables.map(({ table }) => table.table);
      return context.json({ sent: await readSent(await syncs(), { entity, tables, values }, shown) }, 200);
    });
}
