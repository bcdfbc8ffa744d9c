/** /api/segments: segments in sentences, and sentences as segments. */
import { createRoute, z } from '@hono/zod-openapi';
import { JsonObject } from '../documents/any-json.ts';
import type { SegmentDeps } from '../segments/deps.ts';
import { draftOf } from '../segments/prepare.ts';
import { SentencesRead, SpokenSegment } from '../segments/sentence-schema.ts';
import { LANGUAGES, type Language, SentenceLanguage } from '../segments/sentences/language.ts';
import { readSentences, speakSegment } from '../segments/speaking.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { assertMayAskSql, requireScope } from './authentication.ts';
import { json, NamedById, name, refusals, secured } from './reply.ts';
import { createRoutes } from './routes.ts';

export interface SegmentSentenceRoutes {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  /** Opened by the first call. */
  readonly segments: () => Promise<SegmentDeps>;
}

export const languageQuery = {
  language: SentenceLanguage.optional().openapi({
    description: 'Of the sentences. Left out: the first of Accept-Language that is known, else SLUICE_LANGUAGE.',
  }),
};

interface Asked {
  query(name: string): string | undefined;
  header(name: string): string | undefined;
}

/** Undefined where the call names no language that is known. */
export function languageOf(request: Asked): Language | undefined {
  const named = SentenceLanguage.safeParse(request.query('language'));
  if (named.success) return named.data;
  const wanted = (request.header('accept-language') ?? '').split(',').map((one) => {
    const [tag = '', ...parameters] = one.trim().toLowerCase().split(';');
    const weight = parameters
      .find((parameter) => parameter.trim().startsWith('q='))
      ?.trim()
      .slice(2);
    return { language: tag.split('-')[0], weight: weight === undefined ? 1 : Number(weight) || 0 };
  });
  const sorted = wanted.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  return sorted.flatMap(({ language }) => LANGUAGES.filter((known) => known === language))[0];
}

const described = { ...secured, tags: ['Segments'] };

const describeDraft = createRoute({
  ...described,
  method: 'post',
  path: '/describe',
  summary: 'A document in sentences',
  request: {
    query: z.strictObject(languageQuery),
    body: { required: true, ...json('The document, as activations/segments/*.yml holds it', JsonObject) },
  },
  responses: { 200: json('Its sentences', SpokenSegment), ...refusals(413) },
});

const describe = createRoute({
  ...described,
  method: 'get',
  path: '/{id}/describe',
  summary: 'An applied segment in sentences',
  request: { params: NamedById, query: z.strictObject(languageQuery) },
  responses: { 200: json('Its sentences', SpokenSegment), ...refusals() },
});

const MAX_TEXT = 200_000;

const read = createRoute({
  ...described,
  method: 'post',
  path: '/read-sentence',
  summary: 'The definition that sentences say, with every problem and its place in the text',
  request: {
    query: z.strictObject(languageQuery),
    body: {
      required: true,
      ...json(
        'A condition in a sentence, or all sentences of a segment',
        z.strictObject({
          text: z.string().min(1).max(MAX_TEXT).openapi({ example: 'Order Completed at least 3 times in the last 90 days' }),
          entity: name.optional().openapi({ description: 'What a condition alone is of. Left out: person.', example: 'person' }),
        }),
      ),
    },
  },
  responses: { 200: json('What was read', SentencesRead), ...refusals(413) },
});

export function segmentSentenceRoutes({ apiKeys, segments }: SegmentSentenceRoutes) {
  const app = createRoutes();
  app.use(requireScope(apiKeys, 'read'));
  return app
    .openapi(describeDraft, async (context) => {
      const draft = draftOf(context.req.valid('json'));
      return context.json(await speakSegment(await segments(), draft, { language: languageOf(context.req) }), 200);
    })
    .openapi(describe, async (context) =>
      context.json(await speakSegment(await segments(), context.req.valid('param'), { language: languageOf(context.req) }), 200),
    )
    .openapi(read, async (context) => {
      const { text, entity } = context.req.valid('json');
      const options = {
        language: languageOf(context.req),
        entity,
        assertMayAsk: (definition: unknown) => assertMayAskSql(context, definition),
      };
      return context.json(await readSentences(await segments(), text, options), 200);
    });
}
