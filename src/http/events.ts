/** /api/events: what was collected, and what was not accepted; /api/loads: the files that were loaded. */
import { createRoute, z } from '@hono/zod-openapi';
import { RejectedEvent, StoredEvent } from '../collect/schema.ts';
import { listEvents, listRejected } from '../collect/stored-events.ts';
import { listLoads } from '../loads/list.ts';
import { LoadListing } from '../loads/schema.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { mayUnmask, requireScope } from './authentication.ts';
import { json, name, next, pageQuery, pageReply, pageRequest, refusals, secured, unmask } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface EventRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  readonly warehouse: Pick<Warehouse, 'reader'>;
}

const described = { ...secured, method: 'get' as const, path: '/', tags: ['Events'] };
const optional = name.optional().openapi({ description: 'Only those with exactly this.' });

const list = createRoute({
  ...described,
  summary: 'Events that were collected, latest first',
  request: {
    query: z.strictObject({
      source: optional,
      type: optional,
      event: optional,
      user_id: optional,
      anonymous_id: optional,
      unmask,
      ...pageQuery,
    }),
  },
  responses: { 200: json('A page of events', z.object({ events: z.array(StoredEvent), next })), ...refusals() },
});

const rejected = createRoute({
  ...described,
  path: '/rejected',
  summary: 'Messages that were not accepted, latest first, with the reasons',
  description: 'Kept for 90 days.',
  request: { query: z.strictObject({ source: optional, reason: optional, unmask, ...pageQuery }) },
  responses: { 200: json('A page of messages', z.object({ rejected: z.array(RejectedEvent), next })), ...refusals() },
});

export function eventRoutes({ apiKeys, warehouse }: EventRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  return app
    .openapi(list, async (context) => {
      const { limit, cursor, unmask: isAsked, ...filter } = context.req.valid('query');
      const shown = { isUnmasked: mayUnmask(context, { unmask: isAsked }) };
      return context.json(pageReply('events', await listEvents(warehouse, filter, pageRequest({ limit, cursor }), shown)), 200);
    })
    .openapi(rejected, async (context) => {
      const query = context.req.valid('query');
      const shown = { isUnmasked: mayUnmask(context, query) };
      return context.json(pageReply('rejected', await listRejected(warehouse, query, pageRequest(query), shown)), 200);
    });
}

const loads = createRoute({
  ...described,
  tags: ['Loads'],
  summary: 'Files that were loaded, latest first',
  request: { query: z.strictObject({ source: optional, table: optional, ...pageQuery }) },
  responses: { 200: json('A page of loads', z.object({ loads: z.array(LoadListing), next })), ...refusals() },
});

export function loadRoutes({ apiKeys, warehouse }: EventRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  return app.openapi(loads, async (context) => {
    const query = context.req.valid('query');
    return context.json(pageReply('loads', await listLoads(warehouse, query, pageRequest(query))), 200);
  });
}
