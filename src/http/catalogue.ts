/** /api/catalogue: what may be segmented by. */
import { createRoute, z } from '@hono/zod-openapi';
import { describeEntities, presentEntity } from '../catalogue/described.ts';
import { CatalogueEntity } from '../catalogue/schema.ts';
import type { SegmentDeps } from '../segments/deps.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { requireScope } from './authentication.ts';
import { json, name, refusals, secured } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface CatalogueRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  readonly segments: () => Promise<Pick<SegmentDeps, 'catalogue' | 'warehouse'>>;
}

const list = createRoute({
  ...secured,
  method: 'get',
  path: '/',
  tags: ['Catalogue'],
  summary: 'Entities with their traits, events and related rows',
  description: 'What the models declare (docs/catalogue.md), and what the data holds of it: events are counted, properties are sampled.',
  request: { query: z.strictObject({ entity: name.optional().openapi({ example: 'person', description: 'Only this one.' }) }) },
  responses: { 200: json('The same as `sluice catalogue --json`', z.object({ entities: z.array(CatalogueEntity) })), ...refusals() },
});

export function catalogueRoutes({ apiKeys, segments }: CatalogueRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  return app.openapi(list, async (context) => {
    const { catalogue, warehouse } = await segments();
    const described = await describeEntities(warehouse.reader, await catalogue(), context.req.valid('query').entity);
    return context.json({ entities: described.map(presentEntity) }, 200);
  });
}
