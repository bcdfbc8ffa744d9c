/** The evidence around identifiers, and what keeps some of it from counting. */
import * as z from 'zod';
import { defineQuery } from '../warehouse/query.ts';

const text = z.string();
const time = z.string().nullable();
const node = z.coerce.bigint();

/** One row per pair and rule. `among`: SQL over `a` and `b`. */
const evidenceWhere = (name: string, among: string) =>
  defineQuery({
    name,
    sql: `
    select
        a,
        b,
        any(type_a) as type_number_a,
        any(type_b) as type_number_b,
        rule,
        min(rule_priority) as rule_priority,
        arraySort(groupUniqArray(source)) as sources,
        arraySort(groupUniqArray(observed_in)) as observed_in,
        min(evidence.first_seen_at) as first_seen_at,
        max(evidence.last_seen_at) as last_seen_at,
        sum(evidence.seen_count) as seen_count,
        max(evidence.score) as score
    from (
        select *
        from sluice_identity.identity_edges
        where a != b
          and (${among})
    ) as evidence
    group by a, b, rule
    order by a, b, rule
    limit {limit:UInt32}
  `,
    params: z.object({ nodes: z.array(z.bigint()), limit: z.number() }),
    row: z.object({
      a: node,
      b: node,
      type_number_a: z.number(),
      type_number_b: z.number(),
      rule: text,
      rule_priority: z.number(),
      sources: z.array(text),
      observed_in: z.array(text),
      first_seen_at: time,
      last_seen_at: time,
      seen_count: z.coerce.number(),
      score: z.number(),
    }),
  });

/** All evidence that touches these identifiers. Both ends are asked for: the table is sorted by the smaller one. */
export const evidenceAround = evidenceWhere('identity.evidence_around', 'a in {nodes:Array(UInt64)} or b in {nodes:Array(UInt64)}');

/** The evidence that joins two of these identifiers, however many others they touch. */
export const evidenceAmong = evidenceWhere('identity.evidence_among', 'a in {nodes:Array(UInt64)} and b in {nodes:Array(UInt64)}');

export type Evidence = z.output<typeof evidenceAround.row>;

/** The rules of the types as they were when the graph was built. */
export const typeRules = defineQuery({
  name: 'identity.type_rules',
  sql: `
    select
        type_number,
        entity,
        identifier_type,
        limit_max,
        limit_within_days,
        caps.other_type as cap_types,
        caps.max as cap_maxima,
        min_sightings
    from sluice_identity.identity_type_rules
    order by type_number
  `,
  params: z.object({}),
  row: z.object({
    type_number: z.number(),
    entity: text,
    identifier_type: text,
    limit_max: z.number().nullable(),
    limit_within_days: z.number().nullable(),
    cap_types: z.array(text),
    cap_maxima: z.array(z.number()),
    min_sightings: z.number(),
  }),
});
export type TypeRule = z.output<typeof typeRules.row>;

/** Open findings of the guards about these identifiers, by their numbers. */
export const guardsAround = defineQuery({
  name: 'identity.guards_around',
  sql: `
    select
        kind,
        type_number,
        node_a,
        node_b,
        observed,
        allowed
    from sluice_identity.identity_open_violations
    where node_a in {nodes:Array(UInt64)}
       or node_b in {nodes:Array(UInt64)}
    order by kind, type_number, node_a, node_b
  `,
  params: z.object({ nodes: z.array(z.bigint()) }),
  row: z.object({
    kind: text,
    type_number: z.number(),
    node_a: node,
    node_b: node,
    observed: z.coerce.number(),
    allowed: z.coerce.number(),
  }),
});
export type Guard = z.output<typeof guardsAround.row>;
