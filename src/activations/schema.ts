/** What the room answers over HTTP, and `sluice plan --json` prints. Its words are a contract: a pull request's comment is made of them. */
import { z } from '@hono/zod-openapi';
import { AnyJson, JsonObject } from '../documents/any-json.ts';
import { World } from './world.ts';

/** Raised when a word goes or changes its meaning; new words do not raise it. */
export const PLAN_FORMAT = 1;

const count = z.number().int();

const FieldChange = z
  .object({
    path: z.string().openapi({ example: 'where.all[1].trait' }),
    from: AnyJson.optional().openapi({ description: 'Left out: the path did not exist.' }),
    to: AnyJson.optional().openapi({ description: 'Left out: the path is gone.' }),
  })
  .readonly();

const Change = z
  .object({
    action: z.enum(['create', 'update', 'remove']),
    kind: z.string().openapi({ example: 'segment' }),
    id: z.string(),
    document: AnyJson.optional().openapi({ description: 'As it will run; left out of a removal.' }),
    revision: count.optional().openapi({ description: 'Of what runs now; left out of what is new.' }),
    fields: z.array(FieldChange).readonly().optional().openapi({ description: 'Of an update: what differs.' }),
    stays: z.array(z.string()).readonly().optional().openapi({ description: 'Of a removal: what it leaves where it is, a sentence each.' }),
    sentence: z.string().openapi({ description: 'What the change does.' }),
    members: count.nullable().openapi({ description: 'Published members of the segment that it is, or that it reads.' }),
    rows_there: count.nullable().openapi({ description: 'Of a sync: rows that it has sent and not removed.' }),
    syncs: z.array(z.string()).readonly().openapi({ description: 'Syncs that read the segment or write into the destination.' }),
    file: z.string().nullable().openapi({ description: 'Where it stands; null for what is removed.' }),
    line: count.nullable(),
  })
  .readonly();

export const PlanDocument = z
  .object({
    format: z.literal(PLAN_FORMAT),
    changes: z.array(Change).readonly().openapi({ description: 'In the order in which they are applied.' }),
    unchanged: count,
    emptied: z
      .array(z.string())
      .readonly()
      .openapi({
        example: ['sync'],
        description: 'Kinds of which every document that runs would be removed: to apply that needs `allow_removals`.',
      }),
    warnings: z.array(z.object({ file: z.string(), line: count.nullable(), message: z.string() })).readonly(),
    world: World.openapi({ description: 'What the plan was made from.' }),
  })
  .openapi('Plan');
export type PlanDocument = z.output<typeof PlanDocument>;

export const PostedActivations = z
  .strictObject({
    documents: z
      .array(z.strictObject({ kind: z.string().openapi({ example: 'segment' }), document: JsonObject }))
      .max(5_000)
      .optional()
      .openapi({
        description: 'All of them: what runs and is not among them is removed. Left out: those of the folder activations/ of the project.',
      }),
    allow_removals: z.number().int().min(0).optional().openapi({
      description:
        'How many documents this may remove. Needed (409) where every document of a kind would go, unless `world` of a plan is sent along.',
    }),
    reason: z.string().min(1).max(1_000).optional().openapi({ description: 'Why, kept with each document that changes.' }),
    world: World.optional().openapi({
      description: 'Of a plan: it is refused (409) when documents, models or what runs are no longer those that the plan was made from.',
    }),
  })
  .openapi('Activations');
export type PostedActivations = z.output<typeof PostedActivations>;
