/** Segments in sentences, as the room's functions return them and HTTP answers. */
import { z } from '@hono/zod-openapi';
import { JsonObject } from '../documents/any-json.ts';
import { LANGUAGES } from './sentences/language.ts';

const language = z.enum(LANGUAGES);

export const SpokenSegment = z
  .object({
    segment_id: z.string(),
    language,
    text: z.string().openapi({
      description: 'Every sentence of the segment, one a line; parts of a group are below it, after a dash. /read-sentence reads it back.',
      example: 'Segment of-gent: “Of Ghent”\nEach person with:\n- city is Gent',
    }),
    condition: z.string().openapi({ description: 'Its condition alone, on one line.', example: 'city is Gent' }),
  })
  .openapi('SpokenSegment');
export type SpokenSegment = z.output<typeof SpokenSegment>;

export const SentencesRead = z
  .object({
    is_valid: z.boolean(),
    language,
    definition: JsonObject.nullable().openapi({
      description: 'The document that the sentences say; of a condition alone just its `where`. Null where they cannot be read.',
    }),
    problems: z.array(
      z.object({
        path: z.string().openapi({ description: 'In the definition, where the sentences could be read.', example: 'where.trait' }),
        message: z.string(),
        suggestions: z.array(z.string()).openapi({ description: 'What may have been meant.' }),
        line: z.number().int().nullable().openapi({ description: 'In the text, from 1.' }),
        column: z.number().int().nullable(),
      }),
    ),
  })
  .openapi('SentencesRead');
export type SentencesRead = z.output<typeof SentencesRead>;
