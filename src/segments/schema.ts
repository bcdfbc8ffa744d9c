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

const isExact = z
  .boolean()
  .openapi({ description: 'False: the numbers are an estimate, made from a sample. Small entities are always counted whole.' });
const sampled = z.union([
  z
    .object({
      share: z.number().openapi({ description: 'Part of the entities that was looked at, chosen by their keys.', example: 0.015625 }),
      people: count.openapi({ description: 'Entities in that part.' }),
      margin: count.openapi({ description: '`members` is off by no more than this in 95 of 100 samples.' }),
    })
    .readonly(),
  z.null(),
]);
const ladder = z
  .array(z.object({ step: z.enum(['matched', ...MODIFIERS]), members: count }).readonly())
  .readonly()
  .openapi({ description: 'Who is left when the conditions hold, and after each modifier. The last number is the members.' });

export const DestinationCounts = z
  .object({
    sync_id: z.string(),
    destination_id: z.string(),
    problem: z.string().nullable().openapi({ description: 'Why nothing can be told of this sync.' }),
    consented: count.nullable().openapi({ description: 'Members that its consent allows to be sent; all where it asks for none.' }),
    identifiable: count.nullable().openapi({ description: 'Of those, the ones with a value in each of its key fields.' }),
    sent: count.nullable().openapi({
      description: 'Of those, the ones that are there as the ledger says. Null where the place is unknown here: its secret is not set.',
    }),
  })
  .openapi('SegmentDestination');
export type DestinationCounts = z.output<typeof DestinationCounts>;
const destinations = z.array(DestinationCounts).readonly().openapi({ description: 'Each sync of the segment.' });

export const SegmentSize = z
  .object({
    segment_id: z.string(),
    members: count,
    is_exact: isExact,
    sample: sampled,
    ladder,
    destinations,
    warnings: z.array(z.string()).readonly(),
  })
  .openapi('SegmentSize');
export type SegmentSize = z.output<typeof SegmentSize>;

/** `warnings` are sentences here; the room has them with their places. */
export const SegmentPreview = z
  .object({
    segment_id: z.string(),
    title: z.string(),
    entity: z.string(),
    as_of: at.openapi({ description: 'The moment at which everything is looked at, in UTC.' }),
    timezone: z.string().openapi({ description: 'IANA zone of its dates.' }),
    is_exact: isExact,
    sampled,
    members: count,
    people: count.openapi({ description: 'Size of the entity: rows with a key.' }),
    entering: count.openapi({ description: 'Beside the published version: who would come.' }),
    leaving: count.openapi({ description: 'Beside the published version: who would go.' }),
    conditions: z
      .array(
        z
          .object({
            path: z
              .string()
              .openapi({ description: 'Place in the definition, and id of the node: no two have the same.', example: 'where.all[0]' }),
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
    ladder,
    destinations,
    sample: z.array(JsonObject).readonly().openapi({ description: 'A few members: their key, and what the conditions ask about.' }),
    warnings: z.array(z.string()).readonly(),
  })
  .openapi('SegmentPreview');
export type SegmentPreview = z.output<typeof SegmentPreview>;

export const AppliedSegment = z
  .object({ segment_id: z.string(), revision: count, applied_at: at, applied_by: z.string(), warnings: z.array(z.string()) })
  .openapi('AppliedSegment');
export type AppliedSegment = z.output<typeof AppliedSegment>;

const DecidingRow = z.object({
  at: at.nullable().openapi({ description: 'When it happened; null of rows that are of any time.' }),
  name: z.string().openapi({ example: 'Order Completed', description: 'Name of the event, or the way to the related row.' }),
  key: z.string().nullable().openapi({ description: 'Of a related row: the key that tells it from the others.' }),
  step: count
    .nullable()
    .openapi({ description: 'Of a sequence: its step, 1 for the first. One more than there are steps: what ended it.' }),
  counts: z.boolean().openapi({ description: 'The condition counts it. Others come nearest to it.' }),
  falls_short_of: z
    .array(z.string())
    .openapi({ example: ['where.all[1].where[0]'], description: 'Places in the definition that it does not satisfy.' }),
  values: z
    .array(z.object({ name: z.string(), value: z.string().nullable() }))
    .openapi({ description: 'What was tested or measured; personal values are masked, properties in JSON are taken for personal.' }),
});
export type DecidingRow = z.output<typeof DecidingRow>;

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
        because: z.string().nullable().openapi({
          description: 'The rows in one sentence; null where no rows decide it.',
          example: 'Counted: Order Completed of 2026-03-20.',
        }),
        rows: z.array(DecidingRow).openapi({
          description:
            'Events or related rows that decide it, those that count first, then the nearest ones, the newest of each first; of a sequence its events in order, the newest run first.',
        }),
        has_more_rows: z.boolean(),
      }),
    ),
    warnings: z.array(z.string()),
  })
  .openapi('SegmentExplanation');
export type SegmentExplanation = z.output<typeof SegmentExplanation>;

const Requirement = z.object({ path: z.string().openapi({ example: 'where.all[0]' }), sentence: z.string() });

const SyncEffect = z
  .object({
    sync_id: z.string(),
    destination_id: z.string(),
    problem: z.string().nullable().openapi({ description: 'Why nothing can be told of this sync.' }),
    counts: z
      .union([
        z
          .object({
            adds: count,
            changes: count.openapi({ description: 'Rows that are there and differ from what was sent.' }),
            removes: count,
            held_by_consent: count,
            invalid: count.openapi({ description: 'Rows without a key, with one that is not unique, or with a value that does not fit.' }),
            guard: z
              .object({ verdict: z.enum(['send', 'withhold', 'refuse']), message: z.string() })
              .readonly()
              .openapi({ description: 'What the guard of the sync would do about the removals.' }),
          })
          .readonly(),
        z.null(),
      ])
      .openapi({ description: 'Null where there is a problem.' }),
  })
  .openapi('SegmentSyncEffect');

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
    syncs: z.array(SyncEffect).openapi({
      description: 'What the next run of each sync of the segment would do if these were its members: beside what was sent until now.',
    }),
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

const share = z.number().nullable().openapi({ description: 'From 0 to 1; null where there is nobody to ask about.' });

export const SegmentBacktest = z
  .object({
    segment_id: z.string(),
    entity: z.string(),
    timezone: z.string(),
    outcome: z
      .union([z.object({ sentence: z.string(), days: count }), z.null()])
      .openapi({ description: 'What was counted in the days after each moment; null when none was asked for.' }),
    sizes: z
      .array(
        z.object({
          as_of: at,
          members: count,
          outcome: z
            .union([
              z.object({
                members_met: count.openapi({ description: 'Members of that moment who met the outcome in the days after it.' }),
                members_share: share,
                others: count.openapi({ description: 'Entities of today that were no members at that moment.' }),
                others_met: count,
                others_share: share,
              }),
              z.null(),
            ])
            .openapi({ description: 'Null where none was asked for, and where its days have not passed yet.' }),
        }),
      )
      .openapi({ description: 'One a week, the oldest first.' }),
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
