/**
 * The segment language, version 1. This schema is its only definition: YAML in activations/segments/ and JSON at the API are the same
 * document. check-against-catalogue.ts decides whether its names exist and its operators fit. Pure.
 *
 * @example
 * id: loyal-lapsing
 * title: Loyal, going quiet
 * entity: person
 * where:
 *   all:
 *     - { trait: country_code, is: [NL, BE] }
 *     - { event: Order Completed, count: { gte: 3 }, during: { last: 365d }, where: [ { property: revenue, gt: 20 } ] }
 *     - { event: Order Completed, count: { eq: 0 }, during: { last: 60d } }
 *     - not: { segment: suppressed }
 */
import * as z from 'zod';
import { Schedule } from '../documents/schedule.ts';
import { Slug } from '../documents/slug.ts';
import { isTimezone } from '../timezone.ts';
import { EventNode } from './language/event.ts';
import { type RelatedNode, relatedNode } from './language/related.ts';
import { SequenceNode } from './language/sequence.ts';
import { AudienceNode, ListNode } from './language/set.ts';
import { SqlNode } from './language/sql.ts';
import { TraitNode } from './language/trait.ts';
import { When } from './language/value.ts';
import { Exclude, Holdout, Limit, Split } from './language/whole.ts';

const SegmentNode = z.strictObject({ segment: Slug });

export type Node =
  | { all: Node[] }
  | { any: Node[] }
  | { not: Node }
  | TraitNode
  | EventNode
  | SequenceNode
  | RelatedNode<Node>
  | z.output<typeof SegmentNode>
  | SqlNode
  | ListNode
  | AudienceNode;

/** The key that tells the kind of a node, in the order of the union below. */
export const NODE_KEYS = ['all', 'any', 'not', 'trait', 'event', 'sequence', 'related', 'segment', 'sql', 'list', 'audience'] as const;

const EMPTY_GROUP = 'an empty group: it would match all members or none, so say which conditions';

export const Node: z.ZodType<Node> = z.union([
  z.strictObject({ all: z.lazy(() => z.array(Node).min(1, EMPTY_GROUP)) }),
  z.strictObject({ any: z.lazy(() => z.array(Node).min(1, EMPTY_GROUP)) }),
  z.strictObject({ not: z.lazy(() => Node) }),
  TraitNode,
  EventNode,
  SequenceNode,
  relatedNode(z.lazy(() => Node)),
  SegmentNode,
  SqlNode,
  ListNode,
  AudienceNode,
]);

/** Limits that stop a version which looks wrong; `--force` publishes it all the same. */
const Guard = z
  .strictObject({
    /** May be empty although the last version was not. */
    allow_empty: z.boolean().default(false),
    /**
     * The new version may have at most this many times the members of the last one (which must have at least 100: small audiences vary a
     * lot).
     */
    max_growth: z.number().min(1, 'a number of times, 1 or more').default(5),
    /**
     * Share of the members of the last version (of at least 100) that may be missing in the new one; 0.8 is 80 %. The default matches
     * max_growth: one fifth is as unlikely as five times as many.
     */
    max_shrink: z.number().min(0, 'a share from 0 to 1').max(1, 'a share from 0 to 1: 0.8 is 80 %').default(0.8),
    min_members: z.int().min(0).optional(),
    max_members: z.int().min(1).optional(),
  })
  .refine(({ min_members: min = 0, max_members: max = Number.POSITIVE_INFINITY }) => min <= max, {
    path: ['max_members'],
    error: 'min_members is larger than max_members',
  });

export const SegmentDefinition = z.strictObject({
  id: Slug,
  title: z.string().min(1, 'a title: what people call it').max(200, 'a title of at most 200 characters'),
  description: z.string().max(2_000, 'a description of at most 2,000 characters').optional(),
  entity: z.string().min(1),
  where: Node,
  /** Its members are left out of every other segment of its entity, and of what their syncs send: a suppression list. */
  excluded_everywhere: z.boolean().optional(),
  /** Of those for whom `where` holds, these four leave some out, one after the other: docs/segments-whole.md. */
  exclude: Exclude.optional(),
  split: Split.optional(),
  holdout: Holdout.optional(),
  limit: Limit.optional(),
  /** The moment that the conditions are evaluated for; the moment of the run when left out. */
  as_of: When.optional(),
  /** IANA zone of dates in this segment; the workspace's when left out. */
  timezone: z.string().refine(isTimezone, 'an IANA time zone such as Europe/Amsterdam').optional(),
  guard: Guard.prefault({}),
  /** When it is published automatically; `after: build` follows the data. */
  schedule: Schedule.optional(),
});
export type SegmentDefinition = z.output<typeof SegmentDefinition>;
