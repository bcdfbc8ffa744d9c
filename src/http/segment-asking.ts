/** /api/segments: explanations, comparisons and overlaps; nothing here publishes anything. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { JsonObject } from '../documents/any-json.ts';
import { keyMeant, type ProfileDeps } from '../identity/profile.ts';
import { backtestSegment, MAX_WEEKS } from '../segments/backtest.ts';
import { compareSegment } from '../segments/compare.ts';
import { DECIDING_ROWS, MAX_DECIDING_ROWS } from '../segments/deciding-rows.ts';
import type { SegmentDeps } from '../segments/deps.ts';
import { explainMember } from '../segments/explain.ts';
import { MAX_DAYS } from '../segments/outcome.ts';
import { overlapOf, waterfallOf } from '../segments/overlap.ts';
import { draftOf, entityOf, type SegmentTarget } from '../segments/prepare.ts';
import { SegmentBacktest, SegmentComparison, SegmentExplanation, SegmentOverlap, SegmentWaterfall } from '../segments/schema.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { assertMayAskSql, mayUnmask, requireScope } from './authentication.ts';
import type { HttpEnvironment } from './environment.ts';
import { askingFor, replacesHeaders } from './replacement.ts';
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
  rows: z.coerce
    .number()
    .int()
    .min(0)
    .max(MAX_DECIDING_ROWS)
    .default(DECIDING_ROWS)
    .openapi({ description: 'Events or related rows to show of each condition that they decide.' }),
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
  request: { headers: replacesHeaders, params: NamedById, query: explanationQuery },
  responses: { 200: json('The explanation', SegmentExplanation), ...refusals(400, 409) },
});

const explainDraft = createRoute({
  ...described,
  method: 'post',
  path: '/explain',
  summary: 'The same, of a document that is not applied',
  request: { headers: replacesHeaders, query: explanationQuery, body: draftBody },
  responses: { 200: json('The explanation', SegmentExplanation), ...refusals(400, 409, 413) },
});

const compare = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/compare',
  summary: 'Who would enter and leave with the next publication, and because of which condition',
  request: { headers: replacesHeaders, params: NamedById, query: z.object({ sample, ...languageQuery }) },
  responses: { 200: json('The comparison', SegmentComparison), ...refusals(409) },
});

const compareDraft = createRoute({
  ...described,
  method: 'post',
  path: '/compare',
  summary: 'The same, of an edit: with the `id` of the segment that it edits',
  request: { headers: replacesHeaders, query: z.object({ sample, ...languageQuery }), body: draftBody },
  responses: { 200: json('The comparison', SegmentComparison), ...refusals(409, 413) },
});

const backtest = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/backtest',
  summary: 'How large it would have been in each of the last weeks',
  request: {
    headers: replacesHeaders,
    params: NamedById,
    query: z.object({ weeks: z.coerce.number().int().min(1).max(MAX_WEEKS).default(12) }),
  },
  responses: { 200: json('Its sizes', SegmentBacktest), ...refusals(409) },
});

const backtestOutcome = createRoute({
  ...described,
  method: 'post',
  path: '/{id}/backtest',
  summary: 'The same, and how many met an outcome in the days after each week: of the members, and of all others',
  request: {
    params: NamedById,
    body: {
      required: true,
      ...json(
        'The outcome',
        z
          .strictObject({
            weeks: z.number().int().min(1).max(MAX_WEEKS).default(12),
            outcome: JsonObject.openapi({
              description: 'A condition as it stands under `where`: events, sequences or related rows, without `during`.',
              example: { event: 'Order Completed' },
            }),
            days: z.number().int().min(1).max(MAX_DAYS).default(28).openapi({ description: 'Days after each week in which it counts.' }),
          })
          .openapi('SegmentBacktestRequest'),
      ),
    },
  },
  responses: { 200: json('Its sizes, and the outcome of the weeks whose days have passed', SegmentBacktest), ...refusals(400, 409, 413) },
});

const overlap = createRoute({
  ...described,
  method: 'post',
  path: '/overlap',
  summary: 'How many members each two published segments share',
  request: { headers: replacesHeaders, body: namesBody },
  responses: { 200: json('The matrix', SegmentOverlap), ...refusals(400, 409, 413) },
});

const waterfall = createRoute({
  ...described,
  method: 'post',
  path: '/waterfall',
  summary: 'What each of several published segments keeps, when each member counts for the first one only',
  request: { headers: replacesHeaders, body: namesBody },
  responses: { 200: json('The segments, in the order that was given', SegmentWaterfall), ...refusals(400, 409, 413) },
});

export function segmentAskingRoutes({ apiKeys, segments, profiles }: SegmentAskingRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  const explained = async (
    context: Context<HttpEnvironment>,
    target: SegmentTarget,
    { who, as_of: asOf, rows, ...shown }: z.output<typeof explanationQuery>,
  ) => {
    const options = { asOf, rows, isUnmasked: mayUnmask(context, shown) };
    const named = await profiles();
    return askingFor(context, await segments(), async (deps, signal) =>
      explainMember(deps, target, await keyMeant(named, await entityOf(deps, target), who), { ...options, signal }),
    );
  };
  return app
    .openapi(explainDraft, async (context) => {
      const document = context.req.valid('json');
      assertMayAskSql(context, document);
      return context.json(await explained(context, draftOf(document), context.req.valid('query')), 200);
    })
    .openapi(explain, async (context) =>
      context.json(await explained(context, context.req.valid('param'), context.req.valid('query')), 200),
    )
    .openapi(compareDraft, async (context) => {
      const document = context.req.valid('json');
      assertMayAskSql(context, document);
      const draft = draftOf(document);
      const options = { sampleSize: context.req.valid('query').sample, language: languageOf(context.req) };
      return context.json(
        await askingFor(context, await segments(), (deps, signal) => compareSegment(deps, draft, { ...options, signal })),
        200,
      );
    })
    .openapi(compare, async (context) => {
      const options = { sampleSize: context.req.valid('query').sample, language: languageOf(context.req) };
      return context.json(
        await askingFor(context, await segments(), (deps, signal) =>
          compareSegment(deps, context.req.valid('param'), { ...options, signal }),
        ),
        200,
      );
    })
    .openapi(backtest, async (context) => {
      const { weeks } = context.req.valid('query');
      return context.json(
        await askingFor(context, await segments(), (deps, signal) => backtestSegment(deps, context.req.valid('param'), { weeks, signal })),
        200,
      );
    })
    .openapi(backtestOutcome, async (context) => {
      const { weeks, outcome: where, days } = context.req.valid('json');
      assertMayAskSql(context, where);
      const options = { weeks, outcome: { where, days }, signal: context.req.raw.signal };
      return context.json(await backtestSegment(await segments(), context.req.valid('param'), options), 200);
    })
    .openapi(overlap, async (context) =>
      context.json(
        await askingFor(context, await segments(), (deps, signal) => overlapOf(deps, context.req.valid('json').segments, signal)),
        200,
      ),
    )
    .openapi(waterfall, async (context) =>
      context.json(
        await askingFor(context, await segments(), (deps, signal) => waterfallOf(deps, context.req.valid('json').segments, signal)),
        200,
      ),
    );
}
