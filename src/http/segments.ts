/** /api/segments: looks at segments, applies and removes single ones, and starts publishing their members. */
import { createRoute, z } from '@hono/zod-openapi';
import { type OneSegmentDeps, putSegment, removeSegment } from '../activations/one-segment.ts';
import { asJson, JsonObject } from '../documents/any-json.ts';
import { formatProblem, type Problem } from '../documents/problem.ts';
import type { Queue } from '../schedule/queue.ts';
import { JobStarted } from '../schedule/schema.ts';
import { startJob } from '../schedule/start-job.ts';
import { checkDocument, presentCheck } from '../segments/check-document.ts';
import { findDefinition, invalid, readDefinitions } from '../segments/definitions.ts';
import type { SegmentDeps } from '../segments/deps.ts';
import { listSegments, listVersions } from '../segments/list.ts';
import type { SegmentTarget } from '../segments/prepare.ts';
import { type SegmentPreview as Previewed, previewSegment, segmentSql } from '../segments/preview.ts';
import { AppliedSegment, SegmentCheck, SegmentListing, SegmentPreview, SegmentSize, SegmentVersion } from '../segments/schema.ts';
import { segmentSize } from '../segments/size.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { assertMayAskSql, callerOf, mayUnmask, requireScope } from './authentication.ts';
import { askingFor, replacesHeaders } from './replacement.ts';
import {
  callKey,
  flag,
  idempotencyHeaders,
  json,
  NamedById,
  next,
  pageQuery,
  pageReply,
  pageRequest,
  refusals,
  secured,
  unmask,
} from './reply.ts';
import { createRoutes } from './routes.ts';
import { languageOf, languageQuery } from './segment-sentences.ts';

export interface SegmentRoutes {
  /** `list`: the name of the key that calls is who applied a segment. */
  readonly apiKeys: Pick<ApiKeys, 'verify' | 'list'>;
  /** Opened by the first call. */
  readonly segments: () => Promise<SegmentDeps>;
  readonly queue: () => Promise<Pick<Queue, 'enqueue' | 'find' | 'pending'>>;
  readonly store: Pick<OneSegmentDeps, 'resources'>;
  readonly kinds: () => Promise<OneSegmentDeps['kinds']>;
}

const described = { ...secured, tags: ['Segments'] };
const warnings = z.array(z.string()).openapi({ description: 'What does not keep it from working, and should be looked at.' });

const SegmentDocument = z
  .looseObject({ id: z.string().optional(), title: z.string(), entity: z.string().openapi({ example: 'person' }), where: JsonObject })
  .openapi('SegmentDocument', {
    description: 'As activations/segments/*.yml holds it (docs/segments.md).',
    example: { id: 'of-gent', title: 'Of Ghent', entity: 'person', where: { trait: 'city', is: 'Gent' } },
  });
const documentBody = { required: true, ...json('The document', SegmentDocument) };
const reason = z.string().min(1).max(1_000).optional().openapi({ description: 'Why, kept with the version.' });
const estimate = flag('A quick answer from a sample of the entities, which says so. Without it the numbers are exact.');
const sampleQuery = {
  estimate,
  sample: z.coerce.number().int().min(0).max(100).default(5),
  unmask,
  ...languageQuery,
};

const list = createRoute({
  ...described,
  method: 'get',
  path: '/',
  summary: 'Every applied segment, with what is published of it',
  responses: { 200: json('The segments', z.object({ segments: z.array(SegmentListing) })), ...refusals() },
});

const get = createRoute({
  ...described,
  method: 'get',
  path: '/{id}',
  summary: 'One segment with its definition',
  request: { params: NamedById },
  responses: { 200: json('The segment', SegmentListing.extend({ definition: JsonObject }).openapi('SegmentDetail')), ...refusals() },
});

const put = createRoute({
  ...described,
  method: 'put',
  path: '/{id}',
  summary: 'Apply one segment',
  description:
    'Checked first; nothing is published by it. Where documents are kept in activations/, the next `sluice apply` takes back what the folder does not say.',
  request: {
    params: NamedById,
    query: z.strictObject({
      expected_revision: z.coerce.number().int().min(0).max(2_147_483_647).optional().openapi({
        description: 'The revision that the document was made from; 0 when there was none. 409 when it is another one by now.',
      }),
      reason,
    }),
    body: documentBody,
  },
  responses: { 200: json('It is applied', AppliedSegment), ...refusals(409, 413) },
});

const remove = createRoute({
  ...described,
  method: 'delete',
  path: '/{id}',
  summary: 'Archive one segment that nothing reads',
  description:
    'POST /api/segments/{id}/restore brings it back. Its members stay published until `sluice segment publish --all` retires it.',
  request: { params: NamedById, query: z.object({ reason }) },
  responses: { 200: json('It is removed', z.object({ segment_id: z.string(), removed: z.literal(true) })), ...refusals(409) },
});

const check = createRoute({
  ...described,
  method: 'post',
  path: '/check',
  summary: 'Whether a document would be taken, with every problem and its place',
  request: { body: documentBody },
  responses: { 200: json('What was found', SegmentCheck), ...refusals(409, 413) },
});

const previewDraft = createRoute({
  ...described,
  method: 'post',
  path: '/preview',
  summary: 'The same as the preview of an applied segment, of a document that is not',
  request: { headers: replacesHeaders, query: z.strictObject(sampleQuery), body: documentBody },
  responses: { 200: json('The preview', SegmentPreview), ...refusals(409, 413) },
});

const preview = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/preview',
  summary: 'What each condition holds, who would come and go, and a few members with personal data masked',
  request: { headers: replacesHeaders, params: NamedById, query: z.strictObject(sampleQuery) },
  responses: { 200: json('The preview', SegmentPreview), ...refusals(409) },
});

const sql = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/sql',
  summary: 'The SQL that finds its members now',
  request: { params: NamedById },
  responses: {
    200: json('SQL, and the values of its parameters', z.object({ sql: z.string(), params: JsonObject, warnings })),
    ...refusals(409),
  },
});

const size = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/size',
  summary: 'How many members it has now, and how many of them each of its syncs can send',
  request: { headers: replacesHeaders, params: NamedById, query: z.strictObject({ estimate }) },
  responses: { 200: json('The size', SegmentSize), ...refusals(409) },
});

const sizeDraft = createRoute({
  ...described,
  method: 'post',
  path: '/size',
  summary: 'The same, of a document that is not applied: what a builder asks while somebody writes',
  request: { headers: replacesHeaders, query: z.strictObject({ estimate }), body: documentBody },
  responses: { 200: json('The size', SegmentSize), ...refusals(409, 413) },
});

const versions = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/versions',
  summary: 'What was published of it, newest first',
  request: { params: NamedById, query: z.strictObject(pageQuery) },
  responses: { 200: json('A page of versions', z.object({ versions: z.array(SegmentVersion), next })), ...refusals() },
});

const publish = createRoute({
  ...described,
  method: 'post',
  path: '/{id}/publish',
  summary: 'Find the members now and make them the current version',
  description: 'Answers at once: it is a durable job, which `sluice serve` takes. GET /api/jobs/{id} says what came of it.',
  request: {
    params: NamedById,
    headers: idempotencyHeaders,
    query: z.strictObject({
      force: flag('Publishes whatever the guard says.'),
      allow_shrink: flag('Publishes although far fewer members are left than guard.max_shrink allows.'),
    }),
  },
  responses: { 202: json('Queued', JobStarted), ...refusals(409) },
});

export function segmentRoutes({ apiKeys, segments, queue, store, kinds }: SegmentRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  app.on(['PUT', 'DELETE'], '*', requireScope(apiKeys, 'admin'));
  app.post('/:id/publish', requireScope(apiKeys, 'admin'));
  const one = async (): Promise<OneSegmentDeps> => ({ segments: await segments(), resources: store.resources, kinds: await kinds() });
  return app
    .openapi(list, async (context) => context.json({ segments: await listSegments(await segments()) }, 200))
    .openapi(check, async (context) =>
      context.json(presentCheck(await checkDocument(await segments(), draft(context, context.req.valid('json')))), 200),
    )
    .openapi(previewDraft, async (context) => {
      const { sample, estimate: isEstimate, ...shown } = context.req.valid('query');
      const document = draft(context, context.req.valid('json'));
      const options = { sampleSize: sample, isUnmasked: mayUnmask(context, shown), isEstimate, language: languageOf(context.req) };
      const seen = await askingFor(context, await segments(), async (deps, signal) =>
        previewSegment(deps, await targetOf(deps, document), { ...options, signal }),
      );
      return context.json(previewReply(seen), 200);
    })
    .openapi(sizeDraft, async (context) => {
      const { estimate: isEstimate } = context.req.valid('query');
      const document = draft(context, context.req.valid('json'));
      const found = await askingFor(context, await segments(), async (deps, signal) =>
        segmentSize(deps, await targetOf(deps, document), { isEstimate, signal }),
      );
      return context.json({ ...found, warnings: written(found.warnings) }, 200);
    })
    .openapi(get, async (context) => {
      const deps = await segments();
      const { id } = context.req.valid('param');
      const definitions = await readDefinitions(deps);
      // One that cannot be used is shown as it is stored, with the reason: it could not be mended otherwise.
      const definition =
        (definitions.unusable.has(id) && definitions.stored.get(id)) || (definitions.written.get(id) ?? findDefinition(definitions, id));
      const listing = (await listSegments(deps)).find(({ segment_id }) => segment_id === id);
      return context.json({ ...(listing as NonNullable<typeof listing>), definition: asJson(definition) }, 200);
    })
    .openapi(put, async (context) => {
      const { expected_revision: expectedRevision, reason: why } = context.req.valid('query');
      const by = await callerOf(context, apiKeys);
      const { id } = context.req.valid('param');
      return context.json(await putSegment(await one(), id, context.req.valid('json'), { by, expectedRevision, reason: why }), 200);
    })
    .openapi(remove, async (context) => {
      const { id } = context.req.valid('param');
      await removeSegment(await one(), id, { by: await callerOf(context, apiKeys), ...context.req.valid('query') });
      return context.json({ segment_id: id, removed: true as const }, 200);
    })
    .openapi(sql, async (context) => {
      const compiled = await segmentSql(await segments(), context.req.valid('param'));
      return context.json({ sql: compiled.sql, params: asJson(compiled.params), warnings: written(compiled.warnings) }, 200);
    })
    .openapi(size, async (context) => {
      const { estimate: isEstimate } = context.req.valid('query');
      const found = await askingFor(context, await segments(), (deps, signal) =>
        segmentSize(deps, context.req.valid('param'), { isEstimate, signal }),
      );
      return context.json({ ...found, warnings: written(found.warnings) }, 200);
    })
    .openapi(versions, async (context) => {
      const { id } = context.req.valid('param');
      return context.json(pageReply('versions', await listVersions(await segments(), id, pageRequest(context.req.valid('query')))), 200);
    })
    .openapi(preview, async (context) => {
      const { sample, estimate: isEstimate, ...shown } = context.req.valid('query');
      const options = { sampleSize: sample, isUnmasked: mayUnmask(context, shown), isEstimate, language: languageOf(context.req) };
      const seen = await askingFor(context, await segments(), (deps, signal) =>
        previewSegment(deps, context.req.valid('param'), { ...options, signal }),
      );
      return context.json(previewReply(seen), 200);
    })
    .openapi(publish, async (context) => {
      const { id } = context.req.valid('param');
      const { force, allow_shrink } = context.req.valid('query');
      findDefinition(await readDefinitions(await segments()), id);
      const allowed = { ...(force && { force }), ...(allow_shrink && { allow_shrink }) };
      const { jobId, how } = await startJob(await queue(), { name: 'segment.publish', id, ...allowed }, callKey(context));
      return context.json({ job_id: jobId, is_new: how === 'queued' }, 202);
    });
}

const written = (problems: readonly Problem[]) => problems.map((problem) => formatProblem(problem));

const previewReply = (seen: Previewed) => ({ ...seen, warnings: written(seen.warnings) });

/** @throws CdpError `segments.invalid`. */
async function targetOf(deps: SegmentDeps, document: ReturnType<typeof draft>): Promise<SegmentTarget> {
  const { definition, problems } = await checkDocument(deps, document);
  if (definition === undefined) throw invalid(String(document.id), problems);
  return { definition };
}

/** One that is being written may have no id yet. */
function draft(context: Parameters<typeof assertMayAskSql>[0], document: z.output<typeof SegmentDocument>) {
  assertMayAskSql(context, document);
  return { id: 'draft', ...document };
}
