/** Who is in a published segment, who entered and left, how its size went, and the JSON Schema of its document. */
import { createRoute, z } from '@hono/zod-openapi';
import { asJson, JsonObject } from '../documents/any-json.ts';
import type { SegmentDeps } from '../segments/deps.ts';
import { segmentJsonSchema } from '../segments/json-schema.ts';
import { MembershipChange, PublishedMember, SegmentSizes } from '../segments/life-schema.ts';
import { listChanges, listMembers, readSizes } from '../segments/membership-lists.ts';
import { namesInUse } from '../segments/names-in-use.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { requireScope } from './authentication.ts';
import { flag, json, NamedById, next, pageQuery, pageReply, pageRequest, refusals, secured } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface SegmentHistoryRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  /** Opened by the first call. */
  readonly segments: () => Promise<SegmentDeps>;
}

const described = { ...secured, method: 'get' as const, tags: ['Segments'] };

const members = createRoute({
  ...described,
  path: '/{id}/members',
  summary: 'Its published members, those that entered last first',
  request: { params: NamedById, query: z.strictObject(pageQuery) },
  responses: { 200: json('A page of members', z.object({ members: z.array(PublishedMember), next })), ...refusals() },
});

const changes = createRoute({
  ...described,
  path: '/{id}/changes',
  summary: 'Who entered and left it, newest first, with the version and the reason',
  request: { params: NamedById, query: z.strictObject({ event: z.enum(['entered', 'left']).optional(), ...pageQuery }) },
  responses: { 200: json('A page of changes', z.object({ changes: z.array(MembershipChange), next })), ...refusals() },
});

const sizes = createRoute({
  ...described,
  path: '/{id}/sizes',
  summary: 'Its published size day by day',
  request: { params: NamedById, query: z.strictObject({ days: z.coerce.number().int().min(1).max(1_000).default(90) }) },
  responses: { 200: json('The sizes', SegmentSizes), ...refusals() },
});

const schema = createRoute({
  ...described,
  path: '/',
  summary: 'The JSON Schema of a segment’s document, for editors',
  request: { query: z.strictObject({ names: flag('With the traits, events and segments of this installation.') }) },
  responses: { 200: json('JSON Schema, draft 2020-12', JsonObject), ...refusals() },
});

/** Beside /api/segments/{id}. */
export function segmentHistoryRoutes({ apiKeys, segments }: SegmentHistoryRoutes) {
  const app = createRoutes();
  for (const path of ['members', 'changes', 'sizes']) app.use(`/:id/${path}`, requireScope(apiKeys, 'read'));
  return app
    .openapi(members, async (context) => {
      const page = pageRequest(context.req.valid('query'));
      return context.json(pageReply('members', await listMembers(await segments(), context.req.valid('param').id, page)), 200);
    })
    .openapi(changes, async (context) => {
      const { event, ...paged } = context.req.valid('query');
      const { id } = context.req.valid('param');
      return context.json(pageReply('changes', await listChanges(await segments(), id, event, pageRequest(paged))), 200);
    })
    .openapi(sizes, async (context) =>
      context.json(await readSizes(await segments(), context.req.valid('param').id, context.req.valid('query').days), 200),
    );
}

export function segmentSchemaRoutes({ apiKeys, segments }: SegmentHistoryRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  return app.openapi(schema, async (context) => {
    const { names } = context.req.valid('query');
    return context.json(asJson(segmentJsonSchema(names ? await namesInUse(await segments()) : undefined)), 200);
  });
}
