/** /api/segments: what is applied and published, the SQL behind it, previews, and publishing. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Logger } from 'pino';
import { asJson, JsonObject } from '../documents/any-json.ts';
import { formatProblem, type Problem } from '../documents/problem.ts';
import { CdpError } from '../errors.ts';
import { findDefinition, readDefinitions } from '../segments/definitions.ts';
import type { SegmentDeps } from '../segments/deps.ts';
import { listSegments } from '../segments/list.ts';
import { previewSegment, segmentSize, segmentSql } from '../segments/preview.ts';
import { publishSegment } from '../segments/publish.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { requireScope } from './authentication.ts';
import { json, refusals, secured } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface SegmentRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  /** Opened by the first call: a service that only collects needs no dbt. */
  readonly segments: () => Promise<SegmentDeps>;
}

const Listing = z
  .object({
    segment_id: z.string(),
    title: z.string().nullable(),
    entity: z.string().nullable(),
    reads: z.array(z.string()).openapi({ description: 'Segments whose members it reads.' }),
    size: z.number().int().nullable().openapi({ description: 'Members; null until it is published for the first time.' }),
    version: z.string().nullable(),
    last_good_at: z.string().nullable(),
    failed_at: z.string().nullable(),
    failed_reason: z.string().nullable().openapi({ description: 'Why the last publication failed; the members before it stay published.' }),
  })
  .openapi('Segment');

const warnings = z.array(z.string()).openapi({
  description: 'Names of events and properties that no data has yet, what as_of does not move, and how many rows have no key.',
});
const Id = z.object({ id: z.string().openapi({ example: 'lapsing-regulars' }) });
const described = { ...secured, tags: ['Segments'] };

const Condition = z.object({
  path: z.string().openapi({ description: 'Place in the definition.', example: 'where.all[0]' }),
  sentence: z.string().openapi({ description: 'What it says.', example: 'Country is NL or BE' }),
  people: z.number().int(),
  is_of_now: z.boolean().openapi({ description: 'Asks for what is true now, whatever as_of says.' }),
});

const list = createRoute({
  ...described,
  method: 'get',
  path: '/',
  summary: 'Every applied segment, with what is published of it',
  responses: { 200: json('The segments', z.object({ segments: z.array(Listing) })), ...refusals(409) },
});

const get = createRoute({
  ...described,
  method: 'get',
  path: '/{id}',
  summary: 'One segment with its definition',
  request: { params: Id },
  responses: { 200: json('The segment', Listing.extend({ definition: JsonObject })), ...refusals(409) },
});

const sql = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/sql',
  summary: 'The SQL that finds its members now',
  request: { params: Id },
  responses: {
    200: json('SQL, and the values of its parameters', z.object({ sql: z.string(), params: JsonObject, warnings })),
    ...refusals(409),
  },
});

const size = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/size',
  summary: 'How many members it has now',
  request: { params: Id },
  responses: { 200: json('The size', z.object({ members: z.number().int(), warnings })), ...refusals(409) },
});

const preview = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/preview',
  summary: 'What each condition holds, who would come and go, and a few members with personal data masked',
  request: { params: Id, query: z.object({ sample: z.coerce.number().int().min(0).max(100).default(5) }) },
  responses: {
    200: json(
      'The preview',
      z.object({
        segment_id: z.string(),
        title: z.string(),
        entity: z.string(),
        as_of: z.string().openapi({ description: 'The moment at which everything is looked at, in UTC.' }),
        timezone: z.string().openapi({ description: 'IANA zone of its dates.' }),
        members: z.number().int(),
        people: z.number().int(),
        entering: z.number().int(),
        leaving: z.number().int(),
        conditions: z.array(Condition),
        sample: z.array(z.looseObject({})),
        warnings,
      }),
    ),
    ...refusals(409),
  },
});

const publish = createRoute({
  ...described,
  method: 'post',
  path: '/{id}/publish',
  summary: 'Find the members now and make them the current version',
  request: {
    params: Id,
    query: z.object({
      force: z.stringbool().default(false).openapi({ type: 'boolean', description: 'Publishes whatever the guard says.' }),
      allow_shrink: z
        .stringbool()
        .default(false)
        .openapi({ type: 'boolean', description: 'Publishes although far fewer members are left than guard.max_shrink allows.' }),
    }),
  },
  responses: {
    200: json(
      'The new version',
      z.object({
        segment_id: z.string(),
        version: z.string(),
        size: z.number().int(),
        entered: z.number().int(),
        left: z.number().int(),
        as_of: z.string(),
        seconds: z.number(),
        warnings,
      }),
    ),
    ...refusals(409),
  },
});

export function segmentRoutes({ apiKeys, segments }: SegmentRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  app.post('*', requireScope(apiKeys, 'admin'));
  return app
    .openapi(list, async (context) => context.json({ segments: await listSegments(await segments()).then((all) => all.map(mutable)) }, 200))
    .openapi(get, async (context) => {
      const deps = await segments();
      const { id } = context.req.valid('param');
      const definition = findDefinition(await readDefinitions(deps), id);
      const listing = (await listSegments(deps)).find(({ segment_id }) => segment_id === id);
      return context.json({ ...mutable(listing as NonNullable<typeof listing>), definition: asJson(definition) }, 200);
    })
    .openapi(sql, async (context) => {
      const compiled = await segmentSql(await segments(), context.req.valid('param'));
      return context.json({ sql: compiled.sql, params: asJson(compiled.params), warnings: written(compiled.warnings) }, 200);
    })
    .openapi(size, async (context) => {
      const { members, warnings: found } = await segmentSize(await segments(), context.req.valid('param'), context.req.raw.signal);
      return context.json({ members, warnings: written(found) }, 200);
    })
    .openapi(preview, async (context) => {
      const { sample } = context.req.valid('query');
      const seen = await previewSegment(await segments(), context.req.valid('param'), {
        sampleSize: sample,
        signal: context.req.raw.signal,
      });
      return context.json({ ...seen, conditions: [...seen.conditions], sample: [...seen.sample], warnings: written(seen.warnings) }, 200);
    })
    .openapi(publish, async (context) => {
      const { id } = context.req.valid('param');
      // Mounted alone, as in a test, these routes have no log.
      const { force: isForced, allow_shrink: allowsShrink } = context.req.valid('query');
      const log: Logger | undefined = context.get('log')?.();
      const subject = `segment:${id}`;
      const startedMs = performance.now();
      const ms = () => Math.round(performance.now() - startedMs);
      log?.info({ subject }, 'publish started');
      try {
        const published = await publishSegment(await segments(), id, { isForced, allowsShrink });
        const { version, size, entered, left } = published;
        log?.info({ subject, succeeded: true, version, size, entered, left, ms: ms() }, 'publish ended');
        return context.json({ ...published, warnings: [...published.warnings] }, 200);
      } catch (error) {
        const code = error instanceof CdpError ? error.code : 'bug.unexpected';
        log?.warn({ subject, succeeded: false, code, ms: ms() }, 'publish ended');
        throw error;
      }
    });
}

const written = (problems: readonly Problem[]) => problems.map((problem) => formatProblem(problem));

const mutable = <T extends { readonly reads: readonly string[] }>(listing: T) => ({ ...listing, reads: [...listing.reads] });
