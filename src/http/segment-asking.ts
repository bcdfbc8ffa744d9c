/** /api/segments: explanations, comparisons and overlaps; nothing here publishes anything. */
import { createRoute, z } from '@hono/zod-openapi';
import { JsonObject } from '../documents/any-json.ts';
import { keyMeant, type ProfileDeps } from '../identity/profile.ts';
import { backtestSegment, MAX_WEEKS } from '../segments/backtest.ts';
import { compareSegment } from '../segments/compare.ts';
import type { SegmentDeps } from '../segments/deps.ts';
import { explainMember } from '../segments/explain.ts';
import { overlapOf, waterfallOf } from '../segments/overlap.ts';
import { draftOf, entityOf, type SegmentTarget } from '../segments/prepare.ts';
import { SegmentBacktest, SegmentComparison, SegmentExplanation, SegmentOverlap, SegmentWaterfall } from '../segments/schema.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { assertMayAskSql, mayUnmask, requireScope } from './authentication.ts';
import { json, NamedById, name, refusals, secured, unmask } from './reply.ts';
import { createRoutes } from './routes.ts';
import { languageOf, languageQuery } from './segment-sentences.ts';

export interface SegmentAskingRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  /** Opened by the first call. */
  readonly segments: () => Promise<SegmentDeps>;
  readonly profiles: () => Promise<ProfileDeps>;
}

const described = { ...secured, tags: ['Segments'] };

const explanationQuery = z.object({
  who: name.openapi({ example: 'email:ada@example.com', description: 'Key of an entity, or an identifier as type:value.' }),
  as_of: z
    .string()
    .max(40)
    .optional()
    .openapi({ description: 'A past date, or a moment with its offset, instead of now.', example: '2026-03-01' }),
  unmask,
  ...languageQuery,
});
const sample = z.coerce
  .number()
  .int()
  .min(0)
  .max(100)
  .default(10)
  .openapi({ description: 'Entering and leaving members to show of each.' });
const draftBody = { required: true, ...json('The document, as activations/segments/*.yml holds it', JsonObject) };
const namesBody = {
  required: true,
  ...json('Published segments of one entity', z.object({ segments: z.array(name).min(2).max(50) })),
};

const explain = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/explain',
  summary: 'Why somebody is a member or is not: each condition, and the values that decide it',
  request: { params: NamedById, query: explanationQuery },
  responses: { 200: json('The explanation', SegmentExplanation), ...refusals(400, 409) },
});

const explainDraft = createRoute({
  ...described,
  method: 'post',
  path: '/explain',
  summary: 'The same, of a document that is not applied',
  request: { query: explanationQuery, body: draftBody },
  responses: { 200: json('The explanation', SegmentExplanation), ...refusals(400, 409, 413) },
});

const compare = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/compare',
  summary: 'Who would enter and leave with the next publication, and because of which condition',
  request: { params: NamedById, query: z.object({ sample, ...languageQuery }) },
  responses: { 200: json('The comparison', SegmentComparison), ...refusals(409) },
});

const compareDraft = createRoute({
  ...described,
  method: 'post',
  path: '/compare',
  summary: 'The same, of an edit: with the `id` of the segment that it edits',
  request: { query: z.object({ sample, ...languageQuery }), body: draftBody },
  responses: { 200: json('The comparison', SegmentComparison), ...refusals(409, 413) },
});

const backtest = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/backtest',
  summary: 'How large it would have been in each of the last weeks',
  request: { params: NamedById, query: z.object({ weeks: z.coerce.number().int().min(1).max(MAX_WEEKS).default(12) }) },
  responses: { 200: json('Its sizes', SegmentBacktest), ...refusals(409) },
});

const overlap = createRoute({
  ...described,
  method: 'post',
  path: '/overlap',
  summary: 'How many members each two published segments share',
  request: { body: namesBody },
  responses: { 200: json('The matrix', SegmentOverlap), ...refusals(400, 409, 413) },
});

const waterfall = createRoute({
  ...described,
  method: 'post',
  path: '/waterfall',
  summary: 'What each of several published segments keeps, when each member counts for the first one only',
  request: { body: namesBody },
  responses: { 200: json('The segments, in the order that was given', SegmentWaterfall), ...refusals(400, 409, 413) },
});

export function segmentAskingRoutes({ apiKeys, segments, profiles }: SegmentAskingRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  const explained = async (target: SegmentTarget, who: string, options: Parameters<typeof explainMember>[3]) => {
    const deps = await segments();
    return explainMember(deps, target, await keyMeant(await profiles(), await entityOf(deps, target), who), options);
  };
  return app
    .openapi(explainDraft, async (context) => {
      const { who, as_of: asOf, unmask: isAsked } = context.req.valid('query');
      const options = {
        asOf,
        isUnmasked: mayUnmask(context, { unmask: isAsked }),
        language: languageOf(context.req),
        signal: context.req.raw.signal,
      };
      const document = context.req.valid('json');
      assertMayAskSql(context, document);
      const draft = draftOf(document);
      return context.json(await explained(draft, who, options), 200);
    })
    .openapi(explain, async (context) => {
      const { who, as_of: asOf, unmask: isAsked } = context.req.valid('query');
      const options = {
        asOf,
        isUnmasked: mayUnmask(context, { unmask: isAsked }),
        language: languageOf(context.req),
        signal: context.req.raw.signal,
      };
      return context.json(await explained(context.req.valid('param'), who, options), 200);
    })
    .openapi(compareDraft, async (context) => {
      const document = context.req.valid('json');
      assertMayAskSql(context, document);
      const draft = draftOf(document);
      const options = { sampleSize: context.req.valid('query').sample, language: languageOf(context.req), signal: context.req.raw.signal };
      return context.json(await compareSegment(await segments(), draft, options), 200);
    })
    .openapi(compare, async (context) => {
      const options = { sampleSize: context.req.valid('query').sample, language: languageOf(context.req), signal: context.req.raw.signal };
      return context.json(await compareSegment(await segments(), context.req.valid('param'), options), 200);
    })
    .openapi(backtest, async (context) => {
      const { weeks } = context.req.valid('query');
      return context.json(
        await backtestSegment(await segments(), context.req.valid('param'), { weeks, signal: context.req.raw.signal }),
        200,
      );
    })
    .openapi(overlap, async (context) =>
      context.json(await overlapOf(await segments(), context.req.valid('json').segments, context.req.raw.signal), 200),
    )
    .openapi(waterfall, async (context) =>
      context.json(await waterfallOf(await segments(), context.req.valid('json').segments, context.req.raw.signal), 200),
    );
}
