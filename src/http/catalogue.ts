/** /api/catalogue: what may be segmented by, and values to pick from. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { builderCatalogue } from '../segments/builder-catalogue.ts';
import { BuilderEntity, SuggestedValues } from '../segments/builder-schema.ts';
import type { SegmentDeps } from '../segments/deps.ts';
import { suggestValues, type ValuesOf } from '../segments/value-suggestions.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { mayUnmask, requireScope } from './authentication.ts';
import type { HttpEnvironment } from './environment.ts';
import { askingFor, replacesHeaders } from './replacement.ts';
import { json, name, refusals, secured, unmask } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface CatalogueRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  readonly segments: () => Promise<SegmentDeps>;
}

const described = { ...secured, method: 'get' as const, tags: ['Catalogue'] };

const list = createRoute({
  ...described,
  path: '/',
  summary: 'Entities with their traits, events, related rows and segments, and what can be asked of each',
  description:
    'What the models declare (docs/catalogue.md), and what the data holds of it: events are counted, properties are sampled, fill rates are measured and kept for ten minutes.',
  request: { query: z.strictObject({ entity: name.optional().openapi({ example: 'person', description: 'Only this one.' }) }) },
  responses: { 200: json('The same as `sluice catalogue --json`', z.object({ entities: z.array(BuilderEntity) })), ...refusals() },
});

const valuesQuery = z.strictObject({
  search: z
    .string()
    .max(200)
    .optional()
    .openapi({ description: 'Values that begin with it, then values that have it within; upper and lower case are the same.' }),
  limit: z.coerce.number().int().min(1).max(200).default(20),
  unmask,
});
const entity = name.openapi({ example: 'person' });
const PERSONAL = 'Values of personal columns, and of properties in JSON, which declare nothing, are refused (403) without `unmask`.';
const values = {
  ...described,
  description: `The most frequent first, counted exactly where 5,000,000 rows are enough, else over a sample that is marked. ${PERSONAL}`,
  responses: { 200: json('The values', SuggestedValues), ...refusals(409) },
};
const asking = { headers: replacesHeaders, query: valuesQuery };

const ofTrait = createRoute({
  ...values,
  path: '/{entity}/traits/{trait}/values',
  summary: 'Values of a trait, with how many entities have each',
  request: { ...asking, params: z.object({ entity, trait: name.openapi({ example: 'city' }) }) },
});

const ofProperty = createRoute({
  ...values,
  path: '/{entity}/events/{event}/properties/{property}/values',
  summary: 'Values of a property of an event, with how many events have each',
  request: {
    ...asking,
    params: z.object({ entity, event: name.openapi({ example: 'Order Completed' }), property: name.openapi({ example: 'sku' }) }),
  },
});

const ofStreamColumn = createRoute({
  ...values,
  path: '/{entity}/streams/{stream}/columns/{column}/values',
  summary: 'Values of a column of a stream of events',
  request: {
    ...asking,
    params: z.object({ entity, stream: name.openapi({ example: 'events' }), column: name.openapi({ example: 'source' }) }),
  },
});

const ofRelated = createRoute({
  ...values,
  path: '/{entity}/related/{related}/columns/{column}/values',
  summary: 'Values of a column of related rows, with how many rows have each',
  request: {
    ...asking,
    params: z.object({
      entity,
      related: name.openapi({ example: 'orders.lines', description: 'The way, with dots.' }),
      column: name.openapi({ example: 'product.category', description: 'Dots lead over relations to one.' }),
    }),
  },
});

export function catalogueRoutes({ apiKeys, segments }: CatalogueRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  const suggested = async (
    context: Context<HttpEnvironment>,
    of: string,
    subject: ValuesOf,
    { search, limit, ...shown }: z.output<typeof valuesQuery>,
  ) => {
    const options = { search, limit, isUnmasked: mayUnmask(context, shown) };
    return askingFor(context, await segments(), (deps, signal) => suggestValues(deps, of, subject, { ...options, signal }));
  };
  return app
    .openapi(list, async (context) => {
      const entities = await builderCatalogue(await segments(), context.req.valid('query').entity);
      return context.json({ entities: entities.map(({ shown }) => shown) }, 200);
    })
    .openapi(ofTrait, async (context) => {
      const { entity: of, ...subject } = context.req.valid('param');
      return context.json(await suggested(context, of, subject, context.req.valid('query')), 200);
    })
    .openapi(ofProperty, async (context) => {
      const { entity: of, ...subject } = context.req.valid('param');
      return context.json(await suggested(context, of, subject, context.req.valid('query')), 200);
    })
    .openapi(ofStreamColumn, async (context) => {
      const { entity: of, ...subject } = context.req.valid('param');
      return context.json(await suggested(context, of, subject, context.req.valid('query')), 200);
    })
    .openapi(ofRelated, async (context) => {
      const { entity: of, ...subject } = context.req.valid('param');
      return context.json(await suggested(context, of, subject, context.req.valid('query')), 200);
    });
}
