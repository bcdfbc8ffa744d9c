/**
 * The SQL that compares two partitions of the same identifiers. It needs only node, entity and profile id, so it stays valid however these
 * are found. Pure.
 *
 * Everything is counted from one small table, `what_if_flows`: how many identifiers went from which profile to which. For identifiers that
 * were or are in no profile the nil id is used.
 */
import * as z from 'zod';
import { defineQuery, defineStatement } from '../warehouse/query.ts';

const nothing = z.object({});
const count = z.coerce.number();
const NIL = `toUUID('00000000-0000-0000-0000-000000000000')`;

/** Before the change: the map as it is now, kept under another name. */
export const keepMap = (database: string) =>
  defineStatement({
    name: 'identity.what_if_keep',
    sql: `
      create table ${database}.what_if_before
      engine = MergeTree
      order by node
      as
      select
          node,
          toString(entity) as entity,
          profile_id
      from ${database}.identity_map`,
    params: nothing,
  });

/** A merge of two sides that are both sorted by node, so that memory stays small whatever their size. */
export const compareMaps = (database: string) =>
  defineStatement({
    name: 'identity.what_if_compare',
    sql: `
      create table ${database}.what_if_flows
      engine = MergeTree
      order by (from_id, into_id)
      as
      select
          if(b.node != 0, b.entity, a.entity) as entity,
          b.profile_id as from_id,
          a.profile_id as into_id,
          count() as identifiers
      from ${database}.what_if_before as b
      full outer join
      (
          select
              node,
              toString(entity) as entity,
              profile_id
          from ${database}.identity_map
      ) as a on a.node = b.node
      group by entity, from_id, into_id
      settings join_algorithm = 'full_sorting_merge', join_use_nulls = 0`,
    params: nothing,
  });

export const totals = (database: string) =>
  defineQuery({
    name: 'identity.what_if_totals',
    sql: `
      with

      split as (

          select entity, from_id
          from ${database}.what_if_flows
          where from_id != ${NIL} and into_id != ${NIL}
          group by entity, from_id
          having count() > 1

      ),

      merged as (

          select entity, into_id
          from ${database}.what_if_flows
          where from_id != ${NIL} and into_id != ${NIL}
          group by entity, into_id
          having count() > 1

      )

      select
          flows.entity as entity,
          uniqExactIf(from_id, from_id != ${NIL}) as profiles_before,
          uniqExactIf(into_id, into_id != ${NIL}) as profiles_after,
          uniqExactIf(from_id, (flows.entity, from_id) in split) as profiles_split,
          uniqExactIf(into_id, (flows.entity, into_id) in merged) as profiles_merged,
          sumIf(identifiers, from_id != ${NIL}) as identifiers_before,
          sumIf(identifiers, into_id != ${NIL}) as identifiers_after,
          sumIf(identifiers, from_id != into_id and from_id != ${NIL} and into_id != ${NIL}) as identifiers_moved,
          sumIf(identifiers, from_id = ${NIL}) as identifiers_joining,
          sumIf(identifiers, into_id = ${NIL}) as identifiers_leaving
      from ${database}.what_if_flows as flows
      group by entity
      order by entity desc`,
    params: nothing,
    row: z.object({
      entity: z.string(),
      profiles_before: count,
      profiles_after: count,
      profiles_split: count,
      profiles_merged: count,
      identifiers_before: count,
      identifiers_after: count,
      identifiers_moved: count,
      identifiers_joining: count,
      identifiers_leaving: count,
    }),
  });

/** The largest profiles that split (ordered by their size before) or merge (by their size after). */
export const largest = (database: string, kind: 'split' | 'merge', limit: number) => {
  const [one, other] = kind === 'split' ? ['from_id', 'into_id'] : ['into_id', 'from_id'];
  return defineQuery({
    name: `identity.what_if_${kind}s`,
    sql: `
      select
          entity,
          ${one} as profile_id,
          sum(flows.identifiers) as identifiers,
          countIf(${other} != ${NIL}) as part_count,
          arraySlice(
              arrayReverseSort(part -> (part.2, part.1), groupArrayIf((toString(${other}), flows.identifiers), ${other} != ${NIL})),
              1,
              ${limit}
          ) as parts
      from ${database}.what_if_flows as flows
      where ${one} != ${NIL}
      group by entity, profile_id
      having part_count > 1
      order by identifiers desc, profile_id
      limit ${limit}`,
    params: nothing,
    row: z.object({
      entity: z.string(),
      profile_id: z.string(),
      identifiers: count,
      part_count: count,
      parts: z.array(z.tuple([z.string(), count])),
    }),
  });
};

/** Profiles of now that gain or lose an identifier. */
const touched = (database: string) => `
    select arrayJoin([from_id, into_id]) as profile_id
    from ${database}.what_if_flows
    where from_id != into_id`;

export const touchedMembers = (database: string) =>
  defineQuery({
    name: 'identity.what_if_segments',
    sql: `
      select
          segment_id,
          count() as members,
          countIf(member_id in (select toString(profile_id) from (${touched(database)}))) as members_touched
      from sluice.segment_members
      group by segment_id
      having members_touched > 0
      order by members_touched desc, segment_id`,
    params: nothing,
    row: z.object({ segment_id: z.string(), members: count, members_touched: count }),
  });

/** Which column of a published table names a profile; no row for a table without one. */
export const profileColumn = defineQuery({
  name: 'identity.what_if_profile_column',
  sql: `
    select name
    from system.columns
    where database = {database:String}
      and table = {table:String}
      and name in ('profile_id', 'account_id')
    order by name desc
    limit 1
  `,
  params: z.object({ database: z.string(), table: z.string() }),
  row: z.object({ name: z.enum(['profile_id', 'account_id']) }),
});

/** Rows of a published table whose profile is touched. `table` and `column` come from system.columns. */
export const touchedRows = (database: string, table: string, column: 'profile_id' | 'account_id') =>
  defineQuery({
    name: 'identity.what_if_rows',
    sql: `
      select
          count() as members,
          countIf(${column} in (${touched(database)})) as members_touched
      from sluice.${table}`,
    params: nothing,
    row: z.object({ members: count, members_touched: count }),
  });
