/** What the room answers over HTTP, and its functions return: the same as `sluice catalogue --json`. */
import { z } from '@hono/zod-openapi';

export const column = {
  name: z.string(),
  label: z.string(),
  description: z.string(),
  type: z.string().openapi({ description: 'ClickHouse’s, as the yml says it.' }),
  kind: z.string().openapi({ example: 'text', description: 'What it can be compared with.' }),
  is_pii: z.boolean().openapi({ description: 'Personal data: masked in previews and logs.' }),
  unit: z
    .string()
    .nullable()
    .openapi({ example: 'days', description: 'What a number counts, as the yml says it; null where it does not.' }),
  currency: z.string().nullable().openapi({ example: 'EUR', description: 'ISO 4217, as the yml says it; null where it does not.' }),
};
const table = z.string().openapi({ example: 'sluice.profiles' });
const at = z.string().nullable().openapi({ example: '2026-03-01T09:00:00.000Z', description: 'Null where no event has a time.' });

const SeenProperty = z.object({
  name: z.string().openapi({ example: 'address.city' }),
  types: z.array(z.string()).readonly().openapi({ description: 'Of the values that were seen, most frequent first.' }),
  share: z.number().openapi({ description: 'Of the sampled rows that had it, 0 to 1.' }),
});
const DeclaredProperty = z.object({
  name: z.string(),
  types: z.array(z.string()).readonly(),
  label: z.string(),
  description: z.string(),
});

export const CatalogueEntity = z
  .object({
    name: z.string().openapi({ example: 'person' }),
    label: z.string(),
    key: z.string().openapi({ description: 'Column that names one in every table of its traits.' }),
    table,
    tables: z.array(table).openapi({ description: 'Every table of its traits, the own one first.' }),
    traits: z.array(z.object({ ...column, table })),
    open_traits: z
      .array(SeenProperty.extend({ is_pii: z.boolean() }))
      .openapi({ description: 'Of identify calls, not declared: with the types and the share of people that were seen.' }),
    streams: z.array(
      z.object({
        name: z.string(),
        table,
        key: z.string(),
        time: z.string(),
        event: z.string().optional().openapi({ description: 'Name of every event.' }),
        event_column: z.string().optional().openapi({ description: 'The column that names each.' }),
        columns: z.array(z.object(column)).openapi({ description: 'Columns beside the properties that conditions may ask for.' }),
        description: z.string(),
      }),
    ),
    events: z.array(
      z.object({
        name: z.string(),
        stream: z.string(),
        count: z.number().int(),
        first_seen_at: at,
        last_seen_at: at,
        properties: z.array(z.union([DeclaredProperty, SeenProperty])).readonly(),
      }),
    ),
    related: z.array(
      z.object({
        name: z.string(),
        path: z.array(z.string()).readonly().openapi({ description: 'Names from the entity on.' }),
        depth: z.number().int(),
        cardinality: z.string().openapi({ description: '`many` orders of a person, the `one` person of an order.' }),
        to: z.union([z.object({ entity: z.string() }), z.object({ model: z.string() })]).readonly(),
        table,
        key: z.string().nullable(),
        on: z.array(z.string()).openapi({ description: 'Columns that are equal.' }),
        description: z.string(),
        columns: z.array(z.object(column)),
      }),
    ),
  })
  .openapi('CatalogueEntity');
export type CatalogueEntity = z.output<typeof CatalogueEntity>;
