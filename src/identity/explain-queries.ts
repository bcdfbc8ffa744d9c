/** Queries about one profile, besides its identifiers. */
import * as z from 'zod';
import { defineQuery } from '../warehouse/query.ts';

const text = z.string();
const nodes = z.object({ nodes: z.array(z.bigint()) });

/** Which of a profile's identifiers are primary; accounts have none. */
export const primaryIdentifiers = defineQuery({
  name: 'identity.primary_identifiers',
  sql: `
    select
        identifier_type,
        identifier_value
    from sluice.profile_identifiers
    where profile_id = {profile_id:UUID}
      and is_primary
  `,
  params: z.object({ profile_id: z.uuid() }),
  row: z.object({ identifier_type: text, identifier_value: text }),
});

/** Open violations that name any of these identifiers. */
export const violationsOf = defineQuery({
  name: 'identity.violations_of',
  sql: `
    with

    named as (

        select
            entity,
            identifier_type,
            identifier_value
        from sluice_identity.identity_identifiers
        where node in {nodes:Array(UInt64)}

    )

    select
        kind,
        entity,
        identifier_type,
        identifier_value,
        other_type,
        other_value,
        observed,
        allowed,
        rule,
        reason,
        detected_at
    from sluice.identity_violations
    where (entity, identifier_type, identifier_value) in (select * from named)
       or (entity, other_type, other_value) in (select * from named)
    order by detected_at, kind, identifier_type, identifier_value, other_type, other_value
  `,
  params: nodes,
  row: z.object({
    kind: text,
    entity: text,
    identifier_type: text,
    identifier_value: text,
    other_type: text,
    other_value: text,
    observed: z.coerce.number(),
    allowed: z.coerce.number(),
    rule: text,
    reason: text,
    detected_at: text,
  }),
});
export type ViolationRow = z.output<typeof violationsOf.row>;

/** Manual decisions that the last build obeyed and that name any of these identifiers. */
export const decisionsOf = defineQuery({
  name: 'identity.decisions_of',
  sql: `
    select
        decision_id,
        recorded_in,
        kind,
        entity,
        node_a,
        node_b,
        concat(type_a, ':', value_a) as a,
        if(type_b = '', null, concat(type_b, ':', value_b)) as b,
        reason,
        decided_by,
        decided_at
    from sluice_identity.identity_decisions
    where node_a in {nodes:Array(UInt64)}
       or node_b in {nodes:Array(UInt64)}
    order by decided_at, decision_id
  `,
  params: nodes,
  row: z.object({
    decision_id: text,
    recorded_in: text,
    kind: text,
    entity: text,
    node_a: z.coerce.bigint(),
    node_b: z.coerce.bigint(),
    a: text,
    b: text.nullable(),
    reason: text,
    decided_by: text,
    decided_at: text.nullable(),
  }),
});
export type DecisionRow = z.output<typeof decisionsOf.row>;
