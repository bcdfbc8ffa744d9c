/** Asks the warehouse who of the first round's people plays a part in the second. */
import * as z from 'zod';
import { defineQuery } from '../src/warehouse/query.ts';
import type { Warehouse } from '../src/warehouse/warehouse.ts';
import type { Protagonists } from './journeys.ts';
import { householdOf, MEMBER_PATTERN } from './journeys.ts';

const card = z.coerce.number().int();

const returning = defineQuery({
  name: 'demo.returning',
  sql: `
    select user_id
    from sluice.profiles
    where profile_id in (select profile_id from sluice.audience_lapsing_regulars)
      and match(user_id, {member:String})
    order by user_id
    limit 20
  `,
  params: z.object({ member: z.string() }),
  row: z.object({ user_id: z.string() }),
});

const hosts = defineQuery({
  name: 'demo.hosts',
  sql: `
    select profiles.user_id as user_id
    from sluice.profiles as profiles
    inner join sluice.profile_traits as traits on traits.profile_id = profiles.profile_id
    where match(profiles.user_id, {member:String})
      and traits.spend_this_quarter between 850 and 999
    order by user_id
    limit 12
  `,
  params: z.object({ member: z.string() }),
  row: z.object({ user_id: z.string() }),
});

/** The n-th high-value member shares a home with the n-th high-value card that has no account. */
const sharedHomes = defineQuery({
  name: 'demo.shared_homes',
  sql: `
    with high_value as
    (
        select
            user_id,
            loyalty_id
        from sluice.profiles
        where profile_id in (select profile_id from sluice.audience_high_value_this_quarter)
        order by toUInt32OrZero(loyalty_id)
    )
    select
        groupArray(8)(user_id) as user_ids,
        (
            select groupArray(8)(toUInt32(loyalty_id))
            from high_value
            where user_id is null
        ) as other_cards
    from high_value
    where match(user_id, {member:String})
  `,
  params: z.object({ member: z.string() }),
  row: z.object({ user_ids: z.array(z.string()), other_cards: z.array(card) }),
});

export async function findProtagonists({ reader }: Pick<Warehouse, 'reader'>): Promise<Protagonists> {
  const member = MEMBER_PATTERN;
  const [comeBack, nearTheLine, [homes]] = await Promise.all([
    reader.ask(returning, { member }),
    reader.ask(hosts, { member }),
    reader.ask(sharedHomes, { member }),
  ]);
  return {
    returning: comeBack.map(({ user_id }) => householdOf(user_id)),
    hosts: nearTheLine.map(({ user_id }) => householdOf(user_id)),
    sharedHomes: (homes?.user_ids ?? []).flatMap((user_id, index) => {
      const otherCard = homes?.other_cards[index];
      return otherCard === undefined ? [] : [{ member: householdOf(user_id), otherCard }];
    }),
  };
}
