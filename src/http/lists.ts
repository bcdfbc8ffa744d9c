/** /api/lists: lists of identifiers, and whom they name. They are applied with the other documents, by /api/activations. */
import { createRoute, z } from '@hono/zod-openapi';
import type { SegmentDeps } from '../segments/deps.ts';
import { listLists, showList } from '../segments/lists/show.ts';
import { ListDetail, ListListing } from '../segments/schema.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { mayUnmask, requireScope } from './authentication.ts';
import { json, NamedById, refusals, secured, unmask } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface ListRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  /** Opened by the first call. */
  readonly segments: () => Promise<SegmentDeps>;
}

const described = { ...secured, tags: ['Segments'], method: 'get' as const };

const list = createRoute({
  ...described,
  path: '/',
  summary: 'Every applied list of identifiers, with the segments that read it',
  responses: { 200: json('The lists', z.object({ lists: z.array(ListListing) })), ...refusals() },
});

const get = createRoute({
  ...described,
  path: '/{id}',
  summary: 'Whom the values of a list name now, and some that name nobody',
  request: {
    params: NamedById,
    query: z.strictObject({
      unmatched: z.coerce.number().int().min(0).max(10_000).default(20).openapi({ description: 'How many values of nobody to show.' }),
      unmask,
    }),
  },
  responses: { 200: json('The list', ListDetail), ...refusals() },
});

export function listRoutes({ apiKeys, segments }: ListRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  return app
    .openapi(list, async (context) => context.json({ lists: await listLists(await segments()) }, 200))
    .openapi(get, async (context) => {
      const { unmatched: most, ...shown } = context.req.valid('query');
      const options = { most, isUnmasked: mayUnmask(context, shown), signal: context.req.raw.signal };
      return context.json(await showList(await segments(), context.req.valid('param').id, options), 200);
    });
}
