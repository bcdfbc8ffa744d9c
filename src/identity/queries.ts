/** Named queries on the log of manual decisions, and on what the models made of it. */
import * as z from 'zod';
import { defineQuery } from '../warehouse/query.ts';

const text = z.string();

/** A decision combined from its rows in the log: how it was made, and who revoked it, if it was revoked. */
const LoggedDecision = z.object({
  decision_id: text,
  kind: text,
  entity: text,
  type_a: text,
  value_a: text,
  type_b: text,
  value_b: text,
  reason: text,
  decided_by: text,
  decided_at: text,
  is_revoked: z.coerce.boolean(),
  revoked_by: text,
  revoked_at: text,
  revoke_reason: text,
});

/** The first row of a decision made it; the last one says whether it is in force. */
const DECISIONS = `
    select
        decision_id,
        argMin(kind, place) as kind,
        argMin(entity, place) as entity,
        argMin(type_a, place) as type_a,
        argMin(value_a, place) as value_a,
        argMin(type_b, place) as type_b,
        argMin(value_b, place) as value_b,
        argMin(reason, place) as reason,
        argMin(decided_by, place) as decided_by,
        min(log.decided_at) as decided_at,
        argMax(log.is_revoked, place) = 1 as is_revoked,
        argMax(log.decided_by, place) as revoked_by,
        max(log.decided_at) as revoked_at,
        argMax(log.reason, place) as revoke_reason
    from (
        select
            *,
            (decided_at, is_revoked) as place
        from sluice_raw.identity_decisions
    ) as log
    group by decision_id`;

export const loggedDecisions = defineQuery({
  name: 'identity.decisions',
  sql: `${DECISIONS}\n    order by decided_at desc, decision_id`,
  params: z.object({}),
  row: LoggedDecision,
});

export const loggedDecision = defineQuery({
  name: 'identity.decision',
  sql: `select * from (${DECISIONS}\n) where decision_id = {decision_id:UUID}`,
  params: z.object({ decision_id: z.uuid() }),
  row: LoggedDecision,
});

/** Decisions in force about exactly these identifiers, in either order. */
export const decisionsAbout = defineQuery({
  name: 'identity.decisions_about',
  sql: `
    select *
    from (${DECISIONS}
    )
    where not is_revoked
      and entity = {entity:String}
      and ((type_a, value_a, type_b, value_b) = ({type_a:String}, {value_a:String}, {type_b:String}, {value_b:String})
        or (type_b, value_b, type_a, value_a) = ({type_a:String}, {value_a:String}, {type_b:String}, {value_b:String}))
    order by decided_at
  `,
  params: z.object({ entity: text, type_a: text, value_a: text, type_b: text, value_b: text }),
  row: LoggedDecision,
});

/** Which of the two models were built: a model that was not built cannot be queried. */
export const builtDecisionModels = defineQuery({
  name: 'identity.decision_models',
  sql: `
    select name
    from system.tables
    where database = {database:String}
      and name in ('identity_decisions', 'identity_rejected_decisions')
  `,
  params: z.object({ database: text }),
  row: z.object({ name: text }),
});

export const seededDecisions = defineQuery({
  name: 'identity.seeded_decisions',
  sql: `
    select
        decision_id,
        kind,
        entity,
        type_a,
        value_a,
        type_b,
        value_b,
        reason,
        decided_by,
        decided_at
    from sluice_identity.identity_decisions
    where recorded_in = 'seed'
    order by decided_at desc, decision_id
  `,
  params: z.object({}),
  row: LoggedDecision.omit({ is_revoked: true, revoked_by: true, revoked_at: true, revoke_reason: true }).extend({
    decided_at: text.nullable(),
  }),
});

export const rejectedDecisions = defineQuery({
  name: 'identity.rejected_decisions',
  sql: `
    select
        decision_id,
        recorded_in,
        kind,
        entity,
        type_a,
        type_b,
        reason,
        decided_by,
        decided_at,
        problem
    from sluice_identity.identity_rejected_decisions
    order by decided_at desc, decision_id
  `,
  params: z.object({}),
  row: z.object({
    decision_id: text,
    recorded_in: text,
    kind: text,
    entity: text,
    type_a: text,
    type_b: text,
    reason: text,
    decided_by: text,
    decided_at: text.nullable(),
    problem: text,
  }),
});

/** Of a what-if: what the models aside made of its decisions. */
export const rejectedTrial = (database: string) =>
  defineQuery({
    name: 'identity.rejected_trial',
    sql: `
      select problem
      from ${database}.identity_rejected_decisions
      where decision_id in {ids:Array(UUID)}
      limit 1
    `,
    params: z.object({ ids: z.array(z.uuid()) }),
    row: z.object({ problem: text }),
  });
