/** The statements that write a version: its members, and the entities that entered and left with it. Pure. */
import type { Entity } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { quoteIdentifier } from '../sql/sql-text.ts';
import type { Compiled } from './compile.ts';
import { subquery } from './compile-parameters.ts';

export interface VersionToWrite {
  readonly segment: string;
  readonly version: string;
  /** The current version; '0' for none. */
  readonly previous: string;
  /** Moment as ClickHouse writes it, UTC: new members entered then. */
  readonly publishedAt: string;
  /** Where `compiled` finds the held-out instead of the members. */
  readonly isOfHoldout?: boolean;
}

/**
 * Writes the members that `compiled` finds. An existing member keeps its moment of entering, so that "entered now" can be read from the new
 * version alone. A first version has nothing to look up.
 */
export function compileMembersInsert(compiled: Compiled, entity: Entity, write: VersionToWrite): Compiled {
  const { segment, version, previous, publishedAt, isOfHoldout = false } = write;
  const table = isOfHoldout ? 'segment_holdouts' : 'segment_members';
  const { column, kept, stored } = keyTypeOf(entity);
  const member = kept(`members.${quoteIdentifier(entity.key)}`);
  const isFirst = previous === '0';
  const params = { ...compiled.params, segment, version, published_at: publishedAt, ...(isFirst ? {} : { previous }) };
  const enteredAt = isFirst
    ? "{published_at:DateTime64(3, 'UTC')}"
    : "if(toUnixTimestamp64Milli(before.entered_at) = 0, {published_at:DateTime64(3, 'UTC')}, before.entered_at)";
  const lookup = isFirst
    ? ''
    : `
left any join (
    select
        ${stored} as member,
        entered_at
    from sluice_state.${table}
    where segment_id = {segment:String}
      and version = {previous:UInt64}
) as before on before.member = ${member}`;
  const sql = `insert into sluice_state.${table} (segment_id, version, ${column}, entered_at)
select
    {segment:String},
    {version:UInt64},
    ${member},
    ${enteredAt}
from ${subquery(compiled.sql)} as members${lookup}`;
  return { sql, params, settings: compiled.settings };
}

/**
 * A member that was merged into another profile leaves because of the merge, and a profile that absorbed a member enters because of it:
 * neither has changed itself.
 */
const MERGE_REASON = `multiIf(
          event = 'left' and member_uuid in (select former_profile_id from sluice.profile_aliases), 'merge',
          event = 'entered' and member_uuid in (
              select profile_id
              from sluice.profile_aliases
              where former_profile_id in (
                  select member_uuid
                  from sluice_state.segment_members
                  where segment_id = {segment:String}
                    and version = {previous:UInt64}
              )
          ), 'merge',
          {reason:String}
      )`;

export interface HistoryOf {
  /** Undefined when the catalogue no longer has the entity: members are then compared by their text. */
  readonly entity: Entity | undefined;
  /** Whether a merge of two profiles may have moved a member: profiles of the identity graph have former keys, in `profile_aliases`. */
  readonly knowsMerges: boolean;
}

/** Appends only what is missing: after a crash half-way it adds the other half, after a success nothing. */
export function historyInsert({ entity, knowsMerges }: HistoryOf): string {
  const member = entity ? keyTypeOf(entity).stored : 'member_id';
  return `
  insert into sluice_audit.membership_history (segment_id, version, member_uuid, member_text, event, reason, occurred_at)
  select
      {segment:String},
      {version:UInt64},
      member_uuid,
      member_text,
      event,
      ${knowsMerges ? MERGE_REASON : '{reason:String}'},
      {published_at:DateTime64(3, 'UTC')}
  from (
      select
          member_uuid,
          member_text,
          ${member} as member,
          'entered' as event
      from sluice_state.segment_members
      where segment_id = {segment:String}
        and version = {version:UInt64}
        and entered_at = {published_at:DateTime64(3, 'UTC')}
      union all
      select
          member_uuid,
          member_text,
          ${member} as member,
          'left' as event
      from sluice_state.segment_members
      where segment_id = {segment:String}
        and version = {previous:UInt64}
        and member not in (
            select ${member}
            from sluice_state.segment_members
            where segment_id = {segment:String}
              and version = {version:UInt64}
        )
  )
  where member not in (
      select ${member}
      from sluice_audit.membership_history
      where segment_id = {segment:String}
        and version = {version:UInt64}
  )
`;
}

/** Who entered and left the holdout with a version; appends only what is missing. Members are compared by their text, whatever the key's type was. */
export const HOLDOUT_HISTORY = `
  insert into sluice_audit.holdout_history (segment_id, version, member_uuid, member_text, event, occurred_at)
  select
      {segment:String},
      {version:UInt64},
      member_uuid,
      member_text,
      event,
      {published_at:DateTime64(3, 'UTC')}
  from (
      select
          member_uuid,
          member_text,
          member_id,
          'entered' as event
      from sluice_state.segment_holdouts
      where segment_id = {segment:String}
        and version = {version:UInt64}
        and entered_at = {published_at:DateTime64(3, 'UTC')}
      union all
      select
          member_uuid,
          member_text,
          member_id,
          'left' as event
      from sluice_state.segment_holdouts
      where segment_id = {segment:String}
        and version = {previous:UInt64}
        and member_id not in (
            select member_id
            from sluice_state.segment_holdouts
            where segment_id = {segment:String}
              and version = {version:UInt64}
        )
  )
  where member_id not in (
      select member_id
      from sluice_audit.holdout_history
      where segment_id = {segment:String}
        and version = {version:UInt64}
  )
`;
