/** What a visual builder is answered: the catalogue with what can be asked of each thing, and values to pick from. */
import { z } from '@hono/zod-openapi';
import { CatalogueEntity, column } from '../catalogue/schema.ts';

const count = z.number().int();
const at = z.string().openapi({ example: '2026-03-01T09:00:00.000Z' });

const operators = z
  .array(z.string())
  .readonly()
  .openapi({ description: 'Of the language of segments, those that fit: one of them stands in a condition.', example: ['is', 'is_not'] });
const measures = z
  .array(z.string())
  .readonly()
  .openapi({ description: 'What can be measured over the values of several events or rows.', example: ['sum', 'avg', 'min', 'max'] });
const kinds = z
  .array(z.enum(['text', 'number', 'boolean', 'date', 'time', 'list', 'object']))
  .readonly()
  .openapi({ description: 'Kinds of values: those that were seen, or the declared one.' });

const { traits, events, streams, related, open_traits: openTraits } = CatalogueEntity.shape;
const asked = { operators, measures };
const askedColumn = z.object({ ...column, ...asked });

export const BuilderEntity = CatalogueEntity.extend({
  entities: count.nullable().openapi({ description: 'How many there are; null while that is not known.' }),
  measured_at: at.nullable().openapi({ description: 'When `entities` and the fill rates were measured: they are kept for ten minutes.' }),
  traits: z.array(
    traits.element.extend({
      operators,
      fill_rate: z.number().nullable().openapi({
        description:
          'Share of the entities that have a value, 0 to 1; null while that is not known, as before the first build or where it costs too much.',
      }),
    }),
  ),
  open_traits: z.array(openTraits.element.extend({ operators, kinds })),
  events: z.array(
    events.element.extend({
      properties: z.array(
        z.object({
          name: z.string().openapi({ example: 'address.city' }),
          label: z.string(),
          description: z.string(),
          types: z.array(z.string()).readonly().openapi({ description: 'ClickHouse’s.' }),
          kinds,
          share: z
            .number()
            .nullable()
            .openapi({ description: 'Of the sampled events of this name, how many have it, 0 to 1; null of a declared column.' }),
          is_pii: z
            .boolean()
            .openapi({ description: 'Personal data; of a property in JSON nothing is declared, so it is taken for personal.' }),
          ...asked,
        }),
      ),
    }),
  ),
  streams: z.array(streams.element.extend({ columns: z.array(askedColumn) })),
  related: z.array(
    related.element.extend({
      columns: z.array(askedColumn),
      reachable_columns: z
        .array(askedColumn)
        .openapi({ description: 'Of the one row that relations lead to from each of these: `product.category`.' }),
      times: z
        .array(z.string())
        .openapi({ description: 'Columns that a window can go by (`at`); the first is taken where none is named and there is one.' }),
    }),
  ),
  segments: z
    .array(z.object({ segment_id: z.string(), title: z.string(), size: count.nullable(), last_good_at: at.nullable() }))
    .openapi({ description: 'Applied segments of this entity, which conditions may name.' }),
}).openapi('BuilderEntity');
export type BuilderEntity = z.output<typeof BuilderEntity>;

export const SuggestedValues = z
  .object({
    values: z.array(
      z.object({
        value: z
          .string()
          .openapi({ description: 'As a document writes it: every digit, a moment in UTC. An empty text is a value.', example: 'Gent' }),
        kind: z.enum(['text', 'number', 'boolean', 'date', 'time']),
        count: count.openapi({ description: 'Entities, events or rows that have it; of a list, how often it stands in one.' }),
      }),
    ),
    rows: count.openapi({ description: 'Of how many values this is, the missing ones among them.' }),
    missing: count.openapi({ description: 'Rows without a value: null, an empty list, no such property.' }),
    different: count.openapi({ description: 'How many different values there are, whatever was searched for.' }),
    is_sample: z
      .boolean()
      .openapi({ description: 'Reading all would cost too much: these are the first 200,000 rows, and counts and absences are of those.' }),
    as_of: at,
  })
  .openapi('SuggestedValues');
export type SuggestedValues = z.output<typeof SuggestedValues>;
