/** The views by which people and BI tools read published members. Pure. */
import type { Entity } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { qualified, quoteIdentifier, quoteText } from '../sql/sql-text.ts';

export interface AudienceView {
  /** In the published database. */
  readonly name: string;
  /** Statement that makes it, in the place of an older one. */
  readonly sql: string;
  /**
   * What the warehouse's own text of the statement has in it as long as the view is as it should be: the column of the key with its type,
   * and the comment, which names everything else that decides about the view. Without one of them, the view is made anew.
   */
  readonly marks: readonly string[];
}

/** `lapsing-regulars` → `audience_lapsing_regulars`: one to one, because a slug has no `_`. */
export const audienceName = (segment: string) => `audience_${segment.replaceAll('-', '_')}`;

export const holdoutName = (segment: string) => `${audienceName(segment)}_holdout`;

/** Members under the name and in the type of their entity's key. `segment` is a slug, so it cannot end a quote. */
export function audienceView(segment: string, entity: Entity): AudienceView {
  const { own, type } = keyTypeOf(entity);
  const key = quoteIdentifier(entity.key);
  const comment = `Current members of the segment ${segment}`;
  const sql = `
    create or replace view sluice.${audienceName(segment)}
    (
        ${key} ${type} comment 'Member: key of the segment''s entity',
        entered_at DateTime64(3, 'UTC') comment 'Since when it is a member without a break, in UTC',
        version UInt64 comment 'Version of the membership that is current'
    )
    definer = current_user sql security definer
    as
    select
        ${own} as ${key},
        entered_at,
        version
    from sluice_state.segment_members
    where segment_id = '${segment}'
      and version = (
          select max(version)
          from sluice_state.segment_versions
          where segment_id = '${segment}'
      )
    comment '${comment}'
  `;
  return { name: audienceName(segment), sql, marks: [`\`${entity.key}\` ${type} `, comment] };
}

/** The same for the held-out. */
export function holdoutView(segment: string, entity: Entity): AudienceView {
  const { own, type } = keyTypeOf(entity);
  const key = quoteIdentifier(entity.key);
  const comment = `Who is held out of the segment ${segment}: the conditions hold for them, and they are no members`;
  const sql = `
    create or replace view sluice.${holdoutName(segment)}
    (
        ${key} ${type} comment 'Who is held out: key of the segment''s entity',
        entered_at DateTime64(3, 'UTC') comment 'Since when it is held out without a break, in UTC',
        version UInt64 comment 'Version of the membership that is current'
    )
    definer = current_user sql security definer
    as
    select
        ${own} as ${key},
        entered_at,
        version
    from sluice_state.segment_holdouts
    where segment_id = '${segment}'
      and version = (
          select max(version)
          from sluice_state.segment_versions
          where segment_id = '${segment}'
      )
    comment '${comment}'
  `;
  return { name: holdoutName(segment), sql, marks: [`\`${entity.key}\` ${type} `, comment] };
}

/** `profile_audiences` of persons, `<entity>_audiences` of every other entity. */
export const entityAudiencesName = (entity: string) => (entity === 'person' ? 'profile_audiences' : `${entity}_audiences`);

/** One row for each row of the entity's table that has a key, with the ids of all segments that it is in now. */
export function entityAudiences(entity: Entity): AudienceView {
  const { kept, stored, type, hasKey } = keyTypeOf(entity);
  const key = quoteIdentifier(entity.key);
  const { database, table } = entity.table;
  const name = entityAudiencesName(entity.name);
  const isKeyed = hasKey(`everybody.${key}`);
  const comment = `The segments that each ${entity.name} of ${database}.${table} is in now`;
  const sql = `
    create or replace view sluice.${quoteIdentifier(name)}
    (
        ${key} ${type} comment ${quoteText(`Key of the ${entity.name}`)},
        audiences Array(String) comment 'Ids of the segments that it is a member of now, in order of the alphabet; empty when it is in none'
    )
    definer = current_user sql security definer
    as
    select
        ${isKeyed === undefined ? `everybody.${key}` : `assumeNotNull(everybody.${key})`} as ${key},
        arraySort(memberships.audiences) as audiences
    from ${qualified(entity.table)} as everybody
    left any join (
        select
            ${stored} as member,
            groupArray(toString(segment_id)) as audiences
        from sluice_state.segment_members
        where (segment_id, version) in (
            select
                segment_id,
                max(segment_versions.version)
            from sluice_state.segment_versions
            group by segment_id
            having argMax(segment_versions.entity, segment_versions.version) = ${quoteText(entity.name)}
        )
        group by member
    ) as memberships on memberships.member = ${kept(`everybody.${key}`)}
    ${isKeyed === undefined ? '' : `where ${isKeyed}`}
    comment ${quoteText(comment)}
  `;
  return { name, sql, marks: [`\`${entity.key}\` ${type} `, comment] };
}
