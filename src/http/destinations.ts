/** /api/destinations: where syncs send to; /api/connectors: what destinations there can be. */
import { createRoute, z } from '@hono/zod-openapi';
import type { ApiKeys } from '../store/api-keys.ts';
import type { Store } from '../store/store.ts';
import { listConnectors, showConnector } from '../syncs/connectors.ts';
import type { SyncDeps } from '../syncs/deps.ts';
import { listDestinations, showDestination } from '../syncs/destinations.ts';
import { ConnectorListing, Destination } from '../syncs/schema.ts';
import { requireScope } from './authentication.ts';
import { json, NamedById, refusals, secured } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface DestinationRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  readonly store: Pick<Store, 'resources'>;
  readonly syncs: () => Promise<Pick<SyncDeps, 'connectors'>>;
}

const described = { ...secured, method: 'get' as const, tags: ['Destinations'] };

const list = createRoute({
  ...described,
  path: '/',
  summary: 'Every applied destination, without secrets',
  responses: { 200: json('The destinations', z.object({ destinations: z.array(Destination) })), ...refusals() },
});

const get = createRoute({
  ...described,
  path: '/{id}',
  summary: 'One destination, without secrets',
  request: { params: NamedById },
  responses: { 200: json('The destination', Destination), ...refusals() },
});

export function destinationRoutes({ apiKeys, store, syncs }: DestinationRoutes) {
  const deps = async () => ({ resources: store.resources, connectors: (await syncs()).connectors });
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  return app
    .openapi(list, async (context) => context.json({ destinations: await listDestinations(await deps()) }, 200))
    .openapi(get, async (context) => context.json(await showDestination(await deps(), context.req.valid('param').id), 200));
}

const connectors = createRoute({
  ...described,
  path: '/',
  summary: 'Every connector with its settings, objects and fields',
  responses: { 200: json('The connectors', z.object({ connectors: z.array(ConnectorListing) })), ...refusals() },
});

const connector = createRoute({
  ...described,
  path: '/{id}',
  summary: 'One connector',
  request: { params: NamedById },
  responses: { 200: json('The connector', ConnectorListing), ...refusals() },
});

export function connectorRoutes({ apiKeys, syncs }: DestinationRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  return app
    .openapi(connectors, async (context) => context.json({ connectors: listConnectors((await syncs()).connectors) }, 200))
    .openapi(connector, async (context) => context.json(showConnector((await syncs()).connectors, context.req.valid('param').id), 200));
}
