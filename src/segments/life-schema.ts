/** What the life of a segment is answered as over HTTP, and its functions return: versions of the definition, dependants, drafts, costs. */
import { z } from '@hono/zod-openapi';
import { JsonObject } from '../documents/any-json.ts';

const at = z.string().openapi({ example: '2026-03-01T09:00:00.000Z' });
const count = z.number().int();

const DefinitionChange = z
  .object({
    is: z.enum(['created', 'removed_segment', 'added', 'removed', 'changed', 'moved', 'setting']),
    path: z.string().openapi({ description: 'Place in the document; empty for all of it.', example: 'where.all[1]' }),
    before: z.string().nullable().openapi({ description: 'What it said; null where it was not there.' }),
    after: z.string().nullable(),
    sentence: z.string().openapi({ example: 'Removed: Country is NL or BE.' }),
  })
  .openapi('SegmentDefinitionChange');

export const SegmentRevision = z
  .object({
    revision: count.openapi({ description: 'Number of the version of the definition. Counts on when an archived segment comes back.' }),
    applied_at: at,
    applied_by: z.string(),
    reason: z.string().nullable().openapi({ description: 'In the words of whoever applied it.' }),
    is_current: z.boolean(),
    changes: z.array(DefinitionChange).openapi({ description: 'Against the version before.' }),
    definition: JsonObject.nullable().openapi({ description: 'null where the segment was archived.' }),
  })
  .openapi('SegmentRevision');
export type SegmentRevision = z.output<typeof SegmentRevision>;

export const SegmentDependants = z
  .object({
    segments: z.array(z.string()).openapi({ description: 'Segments that read its members.' }),
    syncs: z.array(z.string()),
    others: z.array(z.object({ kind: z.string(), id: z.string() })).openapi({ description: 'Documents of other kinds that name it.' }),
    models: z
      .array(z.object({ name: z.string(), file: z.string() }))
      .openapi({ description: 'dbt models of the project whose SQL names the view of its members.' }),
  })
  .openapi('SegmentDependants');
export type SegmentDependants = z.output<typeof SegmentDependants>;

export const ArchivedSegment = z
  .object({ segment_id: z.string(), title: z.string().nullable(), archived_at: at, archived_by: z.string() })
  .openapi('ArchivedSegment');
export type ArchivedSegment = z.output<typeof ArchivedSegment>;

export const SegmentDraft = z
  .object({
    segment_id: z.string(),
    title: z.string().nullable(),
    saved_at: at,
    saved_by: z.string(),
    is_new: z.boolean().openapi({ description: 'No segment of this id is applied.' }),
    document: JsonObject,
  })
  .openapi('SegmentDraft');
export type SegmentDraft = z.output<typeof SegmentDraft>;

export const SegmentCost = z
  .object({
    segment_id: z.string(),
    queries: count.openapi({ description: 'Publications, previews, sizes and explanations.' }),
    failed: count.openapi({ description: 'Of these, how many the warehouse ended with an error, such as one over its budget.' }),
    seconds: z.number().openapi({ description: 'Time that its queries took, added up.' }),
    cpu_seconds: z.number(),
    read_rows: count,
    read_bytes: count,
    peak_memory_bytes: count.openapi({ description: 'Of its largest query.' }),
    publications: count,
    seconds_per_publication: z.number().nullable(),
    last_at: at,
  })
  .openapi('SegmentCost');
export type SegmentCost = z.output<typeof SegmentCost>;

export const SegmentCosts = z
  .object({
    days: count,
    segments: z.array(SegmentCost).openapi({ description: 'The most processor time first.' }),
  })
  .openapi('SegmentCosts');
export type SegmentCosts = z.output<typeof SegmentCosts>;

export const PublishedMember = z
  .object({ member_id: z.string().openapi({ description: 'Key of the entity, as text.' }), entered_at: at })
  .openapi('PublishedMember');
export type PublishedMember = z.output<typeof PublishedMember>;

export const MembershipChange = z
  .object({
    member_id: z.string().openapi({ description: 'Key of the entity, as text.' }),
    event: z.string().openapi({ description: 'entered or left.' }),
    reason: z.string().openapi({ description: 'data, definition or merge.' }),
    version: z.string().openapi({ description: 'Version with which it happened.' }),
    occurred_at: at,
  })
  .openapi('MembershipChange');
export type MembershipChange = z.output<typeof MembershipChange>;

export const SegmentSizes = z
  .object({
    segment_id: z.string(),
    timezone: z.string().openapi({ description: 'Of the days.' }),
    sizes: z
      .array(
        z.object({ day: z.string().openapi({ example: '2026-03-01' }), members: count, entered: count, left: count, publications: count }),
      )
      .openapi({
        description: 'One for each day with a publication, the oldest first: the size at its end. Of other days the one before holds.',
      }),
  })
  .openapi('SegmentSizes');
export type SegmentSizes = z.output<typeof SegmentSizes>;
