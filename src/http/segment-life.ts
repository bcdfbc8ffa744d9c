/**
 * Versions of a segment's definition, who depends on it, restoring it, archived segments, drafts, and what segments cost. Lists have
 * addresses of their own, so that no id of a segment is taken for one.
 */
import { createRoute, z } from '@hono/zod-openapi';
import { dependantsOf } from '../activations/segment-dependants.ts';
import {
  applyDraft,
  archivedSegments,
  dropDraft,
  listDrafts,
  readDraft,
  restoreSegment,
  type SegmentLifeDeps,
  saveDraft,
  segmentRevisions,
} from '../activations/segment-life.ts';
import { JsonObject } from '../documents/any-json.ts';
import type { SegmentDeps } from '../segments/deps.ts';
import { ArchivedSegment, SegmentCosts, SegmentDependants, SegmentDraft, SegmentRevision } from '../segments/life-schema.ts';
import { AppliedSegment } from '../segments/schema.ts';
import { segmentCosts } from '../segments/usage.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { callerOf, requireScope } from './authentication.ts';
import { json, NamedById, refusals, secured } from './reply.ts';
import { createRoutes } from './routes.ts';
import { languageOf, languageQuery } from './segment-sentences.ts';

export interface SegmentLifeRoutes {
  /** `list`: the name of the key that calls is who applied a segment. */
  readonly apiKeys: Pick<ApiKeys, 'verify' | 'list'>;
  /** Opened by the first call. */
  readonly segments: () => Promise<SegmentDeps>;
  readonly kinds: () => Promise<SegmentLifeDeps['kinds']>;
  readonly store: Pick<SegmentLifeDeps, 'resources'>;
}

const described = { ...secured, tags: ['Segments'] };
const reason = z.string().min(1).max(1_000).optional().openapi({ description: 'Why, kept with the version.' });

const revisions = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/revisions',
  summary: 'The versions of its definition, newest first: author, time, reason, and what changed in sentences',
  description: 'Also of an archived segment. /versions tells what was published of it.',
  request: { params: NamedById, query: z.strictObject(languageQuery) },
  responses: { 200: json('The versions', z.object({ revisions: z.array(SegmentRevision) })), ...refusals() },
});

const restore = createRoute({
  ...described,
  method: 'post',
  path: '/{id}/restore',
  summary: 'Apply an earlier definition again; bring an archived segment back',
  description: 'Nothing is published by it.',
  request: {
    params: NamedById,
    body: {
      required: false,
      ...json(
        'Which version, and why',
        z.strictObject({
          revision: z
            .number()
            .int()
            .min(1)
            .max(2_147_483_647)
            .optional()
            .openapi({ description: 'Left out: the last one of an archived segment, the one before the current one of any other.' }),
          reason,
        }),
      ),
    },
  },
  responses: { 200: json('It is applied', AppliedSegment), ...refusals(409, 413) },
});

const dependants = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/dependants',
  summary: 'What reads its members: segments, syncs, other documents, and dbt models',
  request: { params: NamedById },
  responses: { 200: json('The dependants', SegmentDependants), ...refusals() },
});

const archived = createRoute({
  ...described,
  method: 'get',
  path: '/',
  summary: 'Segments that were removed and can be brought back, newest first',
  responses: { 200: json('The archived segments', z.object({ segments: z.array(ArchivedSegment) })), ...refusals() },
});

const costs = createRoute({
  ...described,
  method: 'get',
  path: '/',
  summary: 'What segments have cost the warehouse, from its query log',
  request: {
    query: z.object({
      days: z.coerce.number().int().min(1).max(400).default(7),
      segment: z.string().min(1).max(64).optional().openapi({ description: 'Id of one segment. Left out: all.' }),
    }),
  },
  responses: { 200: json('The costs', SegmentCosts), ...refusals() },
});

const drafts = createRoute({
  ...described,
  method: 'get',
  path: '/',
  summary: 'Definitions that are being written',
  responses: { 200: json('The drafts', z.object({ drafts: z.array(SegmentDraft) })), ...refusals() },
});

const getDraft = createRoute({
  ...described,
  method: 'get',
  path: '/{id}',
  summary: 'One draft',
  request: { params: NamedById },
  responses: { 200: json('The draft', SegmentDraft), ...refusals() },
});

const putDraft = createRoute({
  ...described,
  method: 'put',
  path: '/{id}',
  summary: 'Keep a definition, finished or not, without applying it',
  request: { params: NamedById, body: { required: true, ...json('The document, as far as it is written', JsonObject) } },
  responses: { 200: json('The draft', SegmentDraft), ...refusals(409, 413) },
});

const deleteDraft = createRoute({
  ...described,
  method: 'delete',
  path: '/{id}',
  summary: 'Throw a draft away',
  request: { params: NamedById },
  responses: { 200: json('It is gone', z.object({ segment_id: z.string(), removed: z.literal(true) })), ...refusals() },
});

const applyOne = createRoute({
  ...described,
  method: 'post',
  path: '/{id}/apply',
  summary: 'Check a draft and apply it as the segment of its id',
  request: { params: NamedById, query: z.object({ reason }) },
  responses: { 200: json('It is applied', AppliedSegment), ...refusals(409) },
});

const lifeOf = async ({ segments, kinds, store }: SegmentLifeRoutes): Promise<SegmentLifeDeps> => ({
  segments: await segments(),
  kinds: await kinds(),
  resources: store.resources,
});

/** Beside /api/segments/{id}. */
export function segmentLifeRoutes(deps: SegmentLifeRoutes) {
  const { apiKeys } = deps;
  const app = createRoutes();
  app.use('/:id/revisions', requireScope(apiKeys, 'read'));
  app.use('/:id/dependants', requireScope(apiKeys, 'read'));
  app.use('/:id/restore', requireScope(apiKeys, 'admin'));
  return app
    .openapi(revisions, async (context) => {
      const { id } = context.req.valid('param');
      return context.json({ revisions: await segmentRevisions(await lifeOf(deps), id, languageOf(context.req)) }, 200);
    })
    .openapi(dependants, async (context) => context.json(await dependantsOf(await lifeOf(deps), context.req.valid('param').id), 200))
    .openapi(restore, async (context) => {
      const { id } = context.req.valid('param');
      const asked = context.req.valid('json') ?? {};
      return context.json(await restoreSegment(await lifeOf(deps), id, { ...asked, by: await callerOf(context, apiKeys) }), 200);
    });
}

export function archivedSegmentRoutes({ apiKeys, store }: SegmentLifeRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  return app.openapi(archived, async (context) => context.json({ segments: await archivedSegments(store) }, 200));
}

export function segmentCostRoutes({ apiKeys, segments }: SegmentLifeRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  return app.openapi(costs, async (context) => context.json(await segmentCosts(await segments(), context.req.valid('query')), 200));
}

export function segmentDraftRoutes(deps: SegmentLifeRoutes) {
  const { apiKeys, store } = deps;
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  app.on(['PUT', 'DELETE', 'POST'], '*', requireScope(apiKeys, 'admin'));
  return app
    .openapi(drafts, async (context) => context.json({ drafts: await listDrafts(store) }, 200))
    .openapi(getDraft, async (context) => context.json(await readDraft(store, context.req.valid('param').id), 200))
    .openapi(putDraft, async (context) => {
      const { id } = context.req.valid('param');
      const document = context.req.valid('json');
      return context.json(await saveDraft(store, id, document, { by: await callerOf(context, apiKeys) }), 200);
    })
    .openapi(deleteDraft, async (context) => {
      const { id } = context.req.valid('param');
      await dropDraft(store, id, { by: await callerOf(context, apiKeys) });
      return context.json({ segment_id: id, removed: true as const }, 200);
    })
    .openapi(applyOne, async (context) => {
      const { id } = context.req.valid('param');
      const applying = { by: await callerOf(context, apiKeys), ...context.req.valid('query') };
      return context.json(await applyDraft(await lifeOf(deps), id, applying), 200);
    });
}
