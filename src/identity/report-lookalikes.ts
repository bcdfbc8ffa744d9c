/** Values that no rule blocks but that look like a placeholder, or like one id for everybody. A person should look at them. */
import * as z from 'zod';
import type { WarehouseClient } from '../warehouse/client.ts';
import { defineQuery } from '../warehouse/query.ts';

const text = z.string();
const count = z.coerce.number();
const node = z.coerce.bigint();

/**
 * A value with three digits or more counts as a real number. Without them, template marks, placeholder words, and one repeated letter are
 * suspicious. This is looser than blocking, because a suspicion changes nothing. Addresses and phones have classes of their own.
 */
const MARKED = String.raw`[{}<>%$*|\[\]^~#=?!()]|@@|^@|__`;
const WORDS =
  '(^|[^\\pL])(null|undefined|none|nan|nil|unknown|anonymous|anonim|guest|visitor|test|dummy|fake|sample|example|default|placeholder|object|function|your|insert|replace|missing|empty|todo|tbd|template|variable|value)([^\\pL]|$)';

const lookalikes = defineQuery({
  name: 'identity.lookalikes',
  sql: `
    select
        node,
        any(shown.entity) as entity,
        any(shown.identifier_type) as identifier_type,
        any(shown.identifier_value) as identifier_value,
        sum(shown.seen_count) as seen
    from sluice_identity.identity_appearances as shown
    where shown.block_reason = ''
      and not match(shown.identifier_value, '[0-9].*[0-9].*[0-9]')
      and not match(shown.identifier_value, '^[^@]+@[^@]+[.]')
      and shown.identifier_type != 'domain'
      and (
          match(shown.identifier_value, {marked:String})
          or match(lowerUTF8(shown.identifier_value), {words:String})
          or (length(shown.identifier_value) > 3
              and countSubstrings(shown.identifier_value, substring(shown.identifier_value, 1, 1)) = length(shown.identifier_value))
      )
      and node not in (select node_a from sluice_identity.identity_decisions where kind = 'never_use')
    group by node
    order by seen desc, node
    limit {limit:UInt32}
  `,
  params: z.object({ limit: z.number(), marked: text, words: text }),
  row: z.object({ node, entity: text, identifier_type: text, identifier_value: text, seen: count }),
});
export type Lookalike = z.output<typeof lookalikes.row>;

/** One id for everybody: of a stronger type, and seen with so many weaker ones that no person has them. Visits count too. */
const MANY = 'greatest(20, 10 * usual)';

const idsOfEverybody = defineQuery({
  name: 'identity.ids_of_everybody',
  sql: `
    with

    pairs as (

        select
            entity,
            if((type_a, a) > (type_b, b), b, a) as strong,
            if((type_a, a) > (type_b, b), a, b) as weak,
            least(type_a, type_b) as type_number,
            greatest(type_a, type_b) as other_type_number
        from sluice_identity.identity_edges
        where type_a != type_b
          and rule != 'manual'

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
                uniqExact(weak) as found
            from pairs
            where strong % {one_in:UInt64} = 0
            group by strong, type_number, other_type_number
        )
        group by type_number, other_type_number

    ),

    neighbours as (

        select
            any(entity) as entity,
            strong as node,
            type_number,
            other_type_number,
            uniqExact(weak) as found
        from pairs
        where strong in (select strong from pairs group by strong having count() >= 20)
        group by strong, type_number, other_type_number

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
    where neighbours.found >= ${MANY}
    order by neighbours / usual desc, neighbours desc, node
    limit {limit:UInt32}
  `,
  params: z.object({ limit: z.number(), one_in: z.number() }),
  row: z.object({ entity: text, node, other_type_number: z.number(), neighbours: count, usual: count }),
});

export const findLookalikes = (reader: Pick<WarehouseClient, 'ask'>, limit: number): Promise<Lookalike[]> =>
  reader.ask(lookalikes, { limit, marked: MARKED, words: WORDS });

/** @param one_in the share of the sample from which the usual number is taken: one in so many. */
export const findIdsOfEverybody = (reader: Pick<WarehouseClient, 'ask'>, limit: number, one_in: number) =>
  reader.ask(idsOfEverybody, { limit, one_in });
