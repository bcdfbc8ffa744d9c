/**
 * What looks like a mistake although no rule forbids it. The data itself shows what is usual: for each pair of types, how many neighbours
 * 99 values in 100 have at most. A value with more than twice as many, and at least three, is unusual.
 */
import * as z from 'zod';
import type { WarehouseClient } from '../warehouse/client.ts';
import { defineQuery } from '../warehouse/query.ts';
import { findIdsOfEverybody, findLookalikes, type Lookalike } from './report-lookalikes.ts';

const text = z.string();
const count = z.coerce.number();
const node = z.coerce.bigint();

/** Past this a number is out of line; `usual` is what 99 in 100 have at most. */
const FENCE = 'greatest(3, 2 * usual + 1)';

/** Size of the sample that shows what is usual; nodes are hashes, so that any range of them is a fair sample. */
const SAMPLE = 200_000;

/**
 * Values seen with many others of a stronger type (an address of several accounts, a tablet of many), though not with more than their cap
 * allows: a capped value links no profiles any more. Only claims are counted, as the caps do. The cheap count of rows comes first, because
 * nearly every value has few.
 */
const busyValues = defineQuery({
  name: 'identity.busy_values',
  sql: `
    with

    claims as (

        select
            entity,
            if((type_a, a) > (type_b, b), a, b) as weak,
            if((type_a, a) > (type_b, b), b, a) as strong,
            greatest(type_a, type_b) as type_number,
            least(type_a, type_b) as other_type_number
        from sluice_identity.identity_edges
        where type_a != type_b
          and rule in ('declared', 'probabilistic')

    ),

    fences as (

        select
            type_number,
            other_type_number,
            quantileExact(0.99)(found) as usual
        from (
            select
                type_number,
                other_type_number,
                uniqExact(strong) as found
            from claims
            where weak % {one_in:UInt64} = 0
            group by weak, type_number, other_type_number
        )
        group by type_number, other_type_number

    ),

    candidates as (

        select weak
        from claims
        group by weak
        having count() >= 3

    ),

    neighbours as (

        select
            any(entity) as entity,
            weak as node,
            type_number,
            other_type_number,
            uniqExact(strong) as found
        from claims
        where weak in (select weak from candidates)
          and weak not in (select node_a from sluice_identity.identity_open_violations where kind = 'cap')
        group by weak, type_number, other_type_number
        having found >= 3

    )

    select
        neighbours.entity as entity,
        neighbours.node as node,
        neighbours.other_type_number as other_type_number,
        neighbours.found as neighbours,
        fences.usual as usual
    from neighbours
    inner join fences
        on fences.type_number = neighbours.type_number
        and fences.other_type_number = neighbours.other_type_number
    where neighbours.found >= ${FENCE}
    order by neighbours / usual desc, neighbours desc, node
    limit {limit:UInt32}
  `,
  params: z.object({ limit: z.number(), one_in: z.number() }),
  row: z.object({ entity: text, node, other_type_number: z.number(), neighbours: count, usual: count }),
});
export type BusyValue = z.output<typeof busyValues.row>;

/** Profiles with unusually many values of one type; of the strongest type, which names a person, two are enough. */
const crowdedProfiles = defineQuery({
  name: 'identity.crowded_profiles',
  sql: `
    with

    held as (

        select
            canonical_id,
            type_number,
            count() as found
        from sluice_identity.identity_graph
        where node != 0
        group by canonical_id, type_number

    ),

    fences as (

        select
            type_number,
            quantileExact(0.99)(found) as usual
        from held
        where canonical_id % {one_in:UInt64} = 0
        group by type_number

    ),

    crowded as (

        select
            held.canonical_id as canonical_id,
            held.type_number as type_number,
            held.found as found,
            fences.usual as usual
        from held
        inner join fences on fences.type_number = held.type_number
        where held.found > 1
          and held.found >= if(held.type_number in (select min(type_number) from sluice_identity.identity_type_rules group by entity), 2, ${FENCE})
        order by found / usual desc, found desc, canonical_id
        limit {limit:UInt32}

    ),

    named as (

        select
            canonical_id,
            any(profile_id) as profile_id
        from sluice_identity.identity_map
        where canonical_id in (select canonical_id from crowded)
        group by canonical_id

    )

    select
        rules.entity as entity,
        rules.identifier_type as identifier_type,
        named.profile_id as profile_id,
        crowded.found as found,
        crowded.usual as usual
    from crowded
    inner join named on named.canonical_id = crowded.canonical_id
    inner join sluice_identity.identity_type_rules as rules on rules.type_number = crowded.type_number
    order by found / usual desc, found desc, profile_id
  `,
  params: z.object({ limit: z.number(), one_in: z.number() }),
  row: z.object({ entity: text, identifier_type: text, profile_id: text, found: count, usual: count }),
});
export type CrowdedProfile = z.output<typeof crowdedProfiles.row>;

/**
 * Profiles to which the sources give different first names and different last names, however they are written. Either alone is a nickname
 * or a wedding; both mean two people, or a person who bought another's account.
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
  readonly lookalikes: readonly Lookalike[];
}

/**
 * The `limit` most striking of each kind. One after the other: each reads the whole graph.
 * @param identifiers how many there are, about.
 */
export async function findSuspects(reader: Pick<WarehouseClient, 'ask'>, limit: number, identifiers: number): Promise<Suspects> {
  const one_in = Math.max(1, Math.floor(identifiers / SAMPLE));
  const busy = await reader.ask(busyValues, { limit, one_in });
  const values = [...busy, ...(await findIdsOfEverybody(reader, limit, one_in))];
  const crowded = await reader.ask(crowdedProfiles, { limit, one_in });
  const manyNamed = await reader.ask(manyNamedProfiles, { limit });
  const lookalikes = await findLookalikes(reader, limit);
  return { values, crowded, manyNamed, lookalikes };
}
