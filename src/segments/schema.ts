/** What the room answers over HTTP, and its functions return. */
import { z } from '@hono/zod-openapi';
import { JsonObject } from '../documents/any-json.ts';
import { MODIFIERS } from './modifiers.ts';

const at = z.string().openapi({ example: '2026-03-01T09:00:00.000Z' });
const count = z.number().int();

export const Memberships = z
  .object({
    segments: z
      .array(z.object({ segment_id: z.string(), title: z.string(), entered_at: at }))
      .openapi({ description: 'Now, as published.' }),
    history: z
      .array(
        z.object({
          segment_id: z.string(),
          event: z.string().openapi({ description: 'entered or left.' }),
          reason: z.string().openapi({ description: 'data, definition or merge.' }),
          occurred_at: at,
        }),
      )
      .openapi({ description: 'The last 200, newest first.' }),
  })
  .openapi('Memberships');
export type Memberships = z.output<typeof Memberships>;

export const SegmentListing = z
  .object({
    segment_id: z.string(),
    title: z.string().nullable(),
    entity: z.string().nullable(),
    reads: z.array(z.string()).openapi({ description: 'Segments that this one reads.' }),
    size: count.nullable().openapi({ description: 'Members that are published; null until then.' }),
    version: z.string().nullable(),
    last_good_at: at.nullable(),
    failed_at: at.nullable(),
    failed_reason: z
      .string()
      .nullable()
      .openapi({ description: 'Of the last attempt, or of the definition itself; null when all is well.' }),
  })
  .openapi('Segment');
export type SegmentListing = z.output<typeof SegmentListing>;

export const SegmentVersion = z
  .object({
    version: z.string(),
    previous_version: z.string(),
    size: count,
    entered: count,
    left: count,
    definition_hash: z.string().openapi({ description: 'Of the conditions: another hash means that the segment was edited.' }),
    as_of: at,
    published_at: at,
    seconds: z.number(),
    is_retired: z.boolean().openapi({ description: 'The segment was removed: it has no members any more.' }),
  })
  .openapi('SegmentVersion');
export type SegmentVersion = z.output<typeof SegmentVersion>;

const Finding = z.object({
  path: z.string().openapi({ example: 'where.all[0].trait' }),
  message: z.string(),
  suggestions: z.array(z.string()).openapi({ description: 'What may have been meant.' }),
});

export const SegmentCheck = z
  .object({ is_valid: z.boolean(), problems: z.array(Finding), warnings: z.array(Finding) })
  .openapi('SegmentCheck');
export type SegmentCheck = z.output<typeof SegmentCheck>;

/** `warnings` are sentences here; the room has them with their places. */
export const SegmentPreview = z
  .object({
    segment_id: z.string(),
    title: z.string(),
    entity: z.string(),
    as_of: at.openapi({ description: 'The moment at which everything is looked at, in UTC.' }),
    timezone: z.string().openapi({ description: 'IANA zone of its dates.' }),
    members: count,
    people: count.openapi({ description: 'Size of the entity: rows with a key.' }),
    entering: count.openapi({ description: 'Beside the published version: who would come.' }),
    leaving: count.openapi({ description: 'Beside the published version: who would go.' }),
    conditions: z
      .array(
        z
          .object({
            path: z.string().openapi({ description: 'Place in the definition.', example: 'where.all[0]' }),
            sentence: z.string().openapi({ description: 'What it says.', example: 'Country is NL or BE' }),
            people: count.openapi({ description: 'Who satisfies it, whatever the other conditions say.' }),
            without: count.nullable().openapi({ description: 'Members if this condition were left out; null for the whole.' }),
            so_far: count
              .nullable()
              .openapi({ description: 'Who satisfies this and all conditions before it; null where `all` does not join it at the top.' }),
            is_of_now: z.boolean().openapi({ description: 'Asks for what is true now, whatever as_of says.' }),
          })
          .readonly(),
      )
      .readonly(),
    modifiers: z
      .array(
        z
          .object({
            name: z.enum(MODIFIERS).openapi({ description: 'What stands on the whole of the segment; in the order of application.' }),
            sentence: z.string().openapi({ example: 'holds out 10 % (all-mail)' }),
            members: count.openapi({
              description: 'Of those whom the conditions and the modifiers before it leave: how many it takes away.',
            }),
          })
          .readonly(),
      )
      .readonly(),
    sample: z.array(JsonObject).readonly().openapi({ description: 'A few members: their key, and what the conditions ask about.' }),
    warnings: z.array(z.string()).readonly(),
  })
  .openapi('SegmentPreview');
export type SegmentPreview = z.output<typeof SegmentPreview>;

export const AppliedSegment = z
  .object({ segment_id: z.string(), revision: count, applied_at: at, applied_by: z.string(), warnings: z.array(z.string()) })
  .openapi('AppliedSegment');
export type AppliedSegment = z.output<typeof AppliedSegment>;

export const SegmentExplanation = z
  .object({
    segment_id: z.string(),
    title: z.string(),
    entity: z.string(),
    member_id: z.string().openapi({ description: 'Key of the entity, as text.' }),
    as_of: at.openapi({ description: 'The moment at which everything is looked at, in UTC.' }),
    timezone: z.string(),
    holds: z
      .boolean()
      .openapi({ description: 'Whether it belongs in the segment at that moment: the conditions hold, and nothing takes it away.' }),
    modifiers: z
      .array(z.object({ name: z.enum(MODIFIERS), sentence: z.string(), takes_away: z.boolean() }))
      .openapi({ description: 'What stands on the whole of the segment, in the order of application; at most one takes it away.' }),
    published_since: at.nullable().openapi({ description: 'Since when it is a published member; null when it is none.' }),
    conditions: z.array(
      z.object({
        path: z.string().openapi({ description: 'Place in the definition.', example: 'where.all[0]' }),
        sentence: z.string().openapi({ example: 'Country is NL or BE' }),
        holds: z.boolean(),
        is_of_now: z.boolean().openapi({ description: 'Asks for what is true now, whatever as_of says.' }),
        values: z
          .array(z.object({ name: z.string(), value: z.string().nullable() }))
          .openapi({ description: 'What decides it, as text; null where there is no value.' }),
      }),
    ),
    warnings: z.array(z.string()),
  })
  .openapi('SegmentExplanation');
export type SegmentExplanation = z.output<typeof SegmentExplanation>;

const Requirement = z.object({ path: z.string().openapi({ example: 'where.all[0]' }), sentence: z.string() });

export const SegmentComparison = z
  .object({
    segment_id: z.string(),
    entity: z.string(),
    published_version: z.string().nullable().openapi({ description: 'The version that is compared with; null when there is none.' }),
    entering: count,
    entering_by_data: count.openapi({ description: 'Of those who enter: the published definition would have them today as well.' }),
    leaving: count,
    staying: count,
    kept_out_before: z
      .array(Requirement.extend({ members: count }))
      .openapi({ description: 'Conditions of the published definition, with the entering members that each does not hold for.' }),
    kept_out_after: z
      .array(Requirement.extend({ members: count }))
      .openapi({ description: 'Conditions of the edit, with the leaving members that each does not hold for.' }),
    sample: z.array(z.object({ member_id: z.string(), change: z.enum(['enters', 'leaves']), because: z.array(Requirement) })),
    warnings: z.array(z.string()),
  })
  .openapi('SegmentComparison');
export type SegmentComparison = z.output<typeof SegmentComparison>;

export const SegmentOverlap = z
  .object({
    segments: z.array(z.object({ segment_id: z.string(), members: count })),
    matrix: z
      .array(z.array(count))
      .openapi({ description: 'Members that the segments of a row and a column share, in the order of `segments`.' }),
  })
  .openapi('SegmentOverlap');
export type SegmentOverlap = z.output<typeof SegmentOverlap>;

export const SegmentWaterfall = z
  .object({
    segments: z.array(
      z.object({
        segment_id: z.string(),
        members: count,
        taken: count.openapi({ description: 'Members that no segment before it has.' }),
        dropped: count.openapi({ description: 'Members that one before it has taken.' }),
      }),
    ),
  })
  .openapi('SegmentWaterfall');
export type SegmentWaterfall = z.output<typeof SegmentWaterfall>;

export const SegmentBacktest = z
  .object({
    segment_id: z.string(),
    entity: z.string(),
    timezone: z.string(),
    sizes: z.array(z.object({ as_of: at, members: count })).openapi({ description: 'One a week, the oldest first.' }),
    not_moved: z.array(z.string()).openapi({
      description: 'Conditions that ask for what is true now: for every week they are asked as they are now.',
      example: ['where.all[0]'],
    }),
  })
  .openapi('SegmentBacktest');
export type SegmentBacktest = z.output<typeof SegmentBacktest>;

export const ListListing = z
  .object({
    list_id: z.string(),
    title: z.string(),
    entity: z.string(),
    of: z
      .string()
      .openapi({ example: 'email', description: 'What its values are: a type of identifiers, the key of the entity, or a trait.' }),
    file: z.string().nullable(),
    values: count.openapi({ description: 'Different values.' }),
    used_by: z.array(z.string()).openapi({ description: 'Segments that read it.' }),
  })
  .openapi('ListListing');
export type ListListing = z.output<typeof ListListing>;

export const ListDetail = ListListing.extend({
  matched: count.openapi({ description: 'Values that are of somebody now.' }),
  unmatched: count.openapi({ description: 'Values that are of nobody.' }),
  shared: count.openapi({ description: 'Of the matched, those that are of several: all of these are on the list.' }),
  entities: count.openapi({ description: 'How many are on the list.' }),
  unmatched_values: z.array(z.string()).openapi({ description: 'Some of them, masked without `unmask`.' }),
}).openapi('ListDetail');
export type ListDetail = z.output<typeof ListDetail>;
