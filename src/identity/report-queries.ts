/** The state of the graph in numbers, and what looks like a mistake in it. */
import * as z from 'zod';
import { defineQuery } from '../warehouse/query.ts';

const text = z.string();
const count = z.coerce.number();
const none = z.object({});

/** The last build that changed the graph; no row before the first. */
export const lastSolve = defineQuery({
  name: 'identity.last_solve',
  sql: `
    select
        fromUnixTimestamp64Milli(toInt64(version), 'UTC') as changed_at,
        mode,
        rounds,
        touched_identifiers,
        changed_identifiers,
        dateDiff('millisecond', started_at, finished_at) / 1000 as seconds,
        previous_version != 0 as has_previous,
        is_traceable
    from sluice_identity.identity_last_solve
  `,
  params: none,
  row: z.object({
    changed_at: text,
    mode: text,
    rounds: count,
    touched_identifiers: count,
    changed_identifiers: count,
    seconds: z.number(),
    has_previous: z.coerce.boolean(),
    is_traceable: z.coerce.boolean(),
  }),
});
export type LastSolve = z.output<typeof lastSolve.row>;

export const unexplainedChanges = defineQuery({
  name: 'identity.unexplained_changes',
  sql: 'select count() as changes from sluice_identity.identity_unexplained_changes',
  params: none,
  row: z.object({ changes: count }),
});

/** Identifiers by type and by why they are blocked; '' for the usable ones. */
export const identifierCounts = defineQuery({
  name: 'identity.identifier_counts',
  sql: `
    select
        entity,
        identifier_type,
        block_reason,
        uniqExact(node) as identifiers
    from sluice_identity.identity_appearances
    group by entity, identifier_type, block_reason
    order by entity desc, identifier_type, block_reason
  `,
  params: none,
  row: z.object({ entity: text, identifier_type: text, block_reason: text, identifiers: count }),
});
export type IdentifierCount = z.output<typeof identifierCounts.row>;

/** How many profiles have how many identifiers, in steps that double or so. */
export const profileSizes = defineQuery({
  name: 'identity.profile_sizes',
  sql: `
    with [1, 2, 3, 6, 11, 21, 51, 101, 501, 1001] as steps
    select
        entity,
        steps[arrayLastIndex(step -> step <= size, steps)] as at_least,
        count() as profiles,
        sum(size) as identifiers,
        max(size) as largest
    from (
        select
            entity,
            canonical_id,
            count() as size
        from sluice_identity.identity_map
        group by entity, canonical_id
    )
    group by entity, at_least
    order by entity desc, at_least
  `,
  params: none,
  row: z.object({ entity: text, at_least: count, profiles: count, identifiers: count, largest: count }),
});

/** What happened since then, by kind. */
export const changeCounts = defineQuery({
  name: 'identity.change_counts',
  sql: `
    select
        entity,
        kind,
        count() as changes
    from sluice.profile_changes
    where changed_at >= parseDateTime64BestEffort({since:String}, 3, 'UTC')
    group by entity, kind
    order by entity desc, kind
  `,
  params: z.object({ since: text }),
  row: z.object({ entity: text, kind: text, changes: count }),
});

/** The newest merges and splits since then. */
export const newestChanges = defineQuery({
  name: 'identity.newest_changes',
  sql: `
    select
        kind,
        entity,
        from_profile_id,
        into_profile_id,
        rule,
        evidence as detail,
        changed_at
    from sluice.profile_changes
    where kind in ('merge', 'split')
      and changed_at >= parseDateTime64BestEffort({since:String}, 3, 'UTC')
    order by changed_at desc, kind, change_id
    limit {limit:UInt32}
  `,
  params: z.object({ since: text, limit: z.number() }),
  row: z.object({
    kind: text,
    entity: text,
    from_profile_id: text.nullable(),
    into_profile_id: text.nullable(),
    rule: text,
    detail: text,
    changed_at: text,
  }),
});

/** What the guards keep apart now. */
export const violationCounts = defineQuery({
  name: 'identity.violation_counts',
  sql: `
    select
        entity,
        kind,
        identifier_type,
        other_type,
        count() as violations,
        max(detected_at) as newest_at
    from sluice.identity_violations
    group by entity, kind, identifier_type, other_type
    order by entity desc, kind, violations desc, identifier_type, other_type
  `,
  params: none,
  row: z.object({ entity: text, kind: text, identifier_type: text, other_type: text, violations: count, newest_at: text }),
});
export type ViolationCount = z.output<typeof violationCounts.row>;
