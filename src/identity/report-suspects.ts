/**
 * What looks like a mistake although no rule forbids it. What is usual is asked of the data itself: for each pair of types, how many
 * neighbours 99 values in 100 have at most. A value with more than twice as many, and at least three, is out of line.
 */
import * as z from 'zod';
import type { WarehouseClient } from '../warehouse/client.ts';
import { defineQuery } from '../warehouse/query.ts';

const text = z.string();
const count = z.coerce.number();
const node = z.coerce.bigint();

/** Past this a number is out of line; `usual` is what 99 in 100 have at most. */
const FENCE = 'greatest(3, 2 * usual + 1)';

/**
 * Values seen with many others of one type, though not with more than their cap allows: what is capped links nobody any more. Only claims
 * are counted, as the caps do.
 */
const busyValues = defineQuery({
  name: 'identity.busy_values',
  sql: `
    with

    ends as (

        select
            entity,
            arrayJoin([(a, type_a, b, type_b), (b, type_b, a, type_a)]) as pair
        from sluice_identity.identity_edges
        where a != b
          and rule in ('declared', 'probabilistic')

    ),

    neighbours as (

        select
            entity,
            pair.1 as node,
            any(pair.2) as type_number,
            pair.4 as other_type_number,
            uniqExact(pair.3) as found
        from ends
        group by entity, node, other_type_number

    ),

    fences as (

        select
            type_number,
            other_type_number,
            quantileExact(0.99)(found) as usual
        from neighbours
        group by type_number, other_type_number

    )

    select
        neighbours.entity as entity,
        neighbours.node as node,
        neighbours.type_number as type_number,
        neighbours.other_type_number as other_type_number,
        neighbours.found as neighbours,
        fences.usual as usual
    from neighbours
    inner join fences
        on fences.type_number = neighbours.type_number
        and fences.other_type_number = neighbours.other_type_number
    where neighbours.found >= ${FENCE}
      and neighbours.node not in (
          select node_a
          from sluice_identity.identity_open_violations
          where kind = 'cap'
      )
    order by neighbours / usual desc, neighbours desc, node
    limit {limit:UInt32}
  `,
  params: z.object({ limit: z.number() }),
  row: z.object({ entity: text, node, type_number: z.number(), other_type_number: z.number(), neighbours: count, usual: count }),
});
export type BusyValue = z.output<typeof busyValues.row>;

/** Profiles with unusually many values of one type; of the strongest type, which names a person, two are enough. */
const crowdedProfiles = defineQuery({
  name: 'identity.crowded_profiles',
  sql: `
    with

    held as (

        select
            entity,
            identifier_type,
            profile_id,
            count() as found
        from sluice_identity.identity_map
        group by entity, identifier_type, profile_id

    ),

    strongest as (

        select
            entity,
            argMin(identifier_type, type_number) as identifier_type
        from sluice_identity.identity_type_rules
        group by entity

    ),

    fences as (

        select
            entity,
            identifier_type,
            quantileExact(0.99)(found) as usual
        from held
        group by entity, identifier_type

    )

    select
        held.entity as entity,
        held.identifier_type as identifier_type,
        held.profile_id as profile_id,
        held.found as found,
        fences.usual as usual
    from held
    inner join fences
        on fences.entity = held.entity
        and fences.identifier_type = held.identifier_type
    where held.found >= if((held.entity, held.identifier_type) in (select entity, identifier_type from strongest), 2, ${FENCE})
    order by found / usual desc, found desc, profile_id
    limit {limit:UInt32}
  `,
  params: z.object({ limit: z.number() }),
  row: z.object({ entity: text, identifier_type: text, profile_id: text, found: count, usual: count }),
});
export type CrowdedProfile = z.output<typeof crowdedProfiles.row>;

/**
 * Profiles whom their sources call by other first names and other last names, however they are written. Either alone is a nickname or a
 * wedding; both are two people, or one who bought another's account.
 */
const manyNamedProfiles = defineQuery({
  name: 'identity.many_named_profiles',
  sql: `
    select
        profile_id,
        uniqExactIf(lowerUTF8(trim(value)), attribute = 'first_name') as first_names,
        uniqExactIf(lowerUTF8(trim(value)), attribute = 'last_name') as last_names
    from sluice_identity.resolved_attributes
    where attribute in ('first_name', 'last_name')
    group by profile_id
    having first_names > 1 and last_names > 1
    order by least(first_names, last_names) desc, profile_id
    limit {limit:UInt32}
  `,
  params: z.object({ limit: z.number() }),
  row: z.object({ profile_id: text, first_names: count, last_names: count }),
});
export type ManyNamedProfile = z.output<typeof manyNamedProfiles.row>;

export interface Suspects {
  readonly values: readonly BusyValue[];
  readonly crowded: readonly CrowdedProfile[];
  readonly manyNamed: readonly ManyNamedProfile[];
}

/** The `limit` most striking of each kind. */
export async function findSuspects(reader: Pick<WarehouseClient, 'ask'>, limit: number): Promise<Suspects> {
  const [values, crowded, manyNamed] = await Promise.all([
    reader.ask(busyValues, { limit }),
    reader.ask(crowdedProfiles, { limit }),
    reader.ask(manyNamedProfiles, { limit }),
  ]);
  return { values, crowded, manyNamed };
}
