/**
 * Publication as an expert would script it: the members into a table of the same kind, who entered and who left into a history, a row that makes
 * the version current, the oldest version dropped. It checks nothing, cannot be resumed and may not be run twice at once.
 */
import * as z from 'zod';
import { defineQuery, defineStatement } from '../../src/warehouse/query.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { benchErrors } from '../errors.ts';
import { HANDWRITTEN_MEMBERS, type SegmentPair } from './segment-pairs.ts';

const HISTORY = 'sluice_audit.bench_membership_history';
const VERSIONS = 'sluice_state.bench_segment_versions';
/** As many as a publication keeps. */
const KEPT_VERSIONS = 3;

export interface Round {
  /** Counts from 1. */
  readonly version: number;
  /** As ClickHouse writes it, UTC: the moment at which everything is looked at. */
  readonly asOf: string;
}

const tables = [
  `create table ${HANDWRITTEN_MEMBERS} as sluice_state.segment_members`,
  `create table ${HISTORY} as sluice_audit.membership_history`,
  `create table ${VERSIONS} (segment_id String, version UInt64, size UInt64, published_at DateTime64(3, 'UTC'))
   engine = MergeTree order by (segment_id, version)`,
].map((sql) => defineStatement({ name: 'bench.create_table', sql, params: z.object({}) }));

export async function createHandwrittenTables(warehouse: Warehouse): Promise<void> {
  for (const table of tables) await warehouse.owner.run(table, {});
}

const params = z.object({ segment: z.string(), version: z.int(), previous: z.int(), as_of: z.string() });

const insertMembers = ({ handwritten }: SegmentPair) =>
  defineStatement({
    name: 'bench.insert_members',
    sql: `
      insert into ${HANDWRITTEN_MEMBERS} (segment_id, version, member_uuid, entered_at)
      select
          {segment:String},
          {version:UInt64},
          members.profile_id,
          if(before.version = 0, {as_of:DateTime64(3, 'UTC')}, before.entered_at)
      from (
          ${handwritten}
      ) as members
      left any join (
          select member_uuid, entered_at, version
          from ${HANDWRITTEN_MEMBERS}
          where segment_id = {segment:String} and version = {previous:UInt64}
      ) as before on before.member_uuid = members.profile_id`,
    params,
  });

const appendHistory = defineStatement({
  name: 'bench.append_history',
  sql: `
    insert into ${HISTORY} (segment_id, version, member_uuid, event, reason, occurred_at)
    select {segment:String}, {version:UInt64}, member_uuid, event, 'data', {as_of:DateTime64(3, 'UTC')}
    from (
        select member_uuid, 'entered' as event
        from ${HANDWRITTEN_MEMBERS}
        where segment_id = {segment:String} and version = {version:UInt64} and entered_at = {as_of:DateTime64(3, 'UTC')}
        union all
        select member_uuid, 'left' as event
        from ${HANDWRITTEN_MEMBERS}
        where segment_id = {segment:String} and version = {previous:UInt64} and member_uuid not in (
            select member_uuid from ${HANDWRITTEN_MEMBERS} where segment_id = {segment:String} and version = {version:UInt64}
        )
    )`,
  params,
});

const dropVersion = defineStatement({
  name: 'bench.drop_version',
  sql: `alter table ${HANDWRITTEN_MEMBERS} drop partition ({segment:String}, {version:UInt64})`,
  params: z.object({ segment: z.string(), version: z.int() }),
});

export async function publishByHand({ owner }: Warehouse, pair: SegmentPair, { version, asOf }: Round): Promise<void> {
  const segment = pair.definition.id;
  const values = { segment, version, previous: version - 1, as_of: asOf };
  const { writtenRows } = await owner.run(insertMembers(pair), values);
  await owner.run(appendHistory, values);
  await owner.insert(VERSIONS, [{ segment_id: segment, version, size: writtenRows, published_at: asOf }]);
  if (version > KEPT_VERSIONS) await owner.run(dropVersion, { segment, version: version - KEPT_VERSIONS });
}

const difference = defineQuery({
  name: 'bench.compare_members',
  sql: `
    select
        countIf(places = 'ours') as only_ours,
        countIf(places = 'theirs') as only_theirs,
        countIf(places = 'both') as members
    from (
        select if(uniqExact(place) = 2, 'both', any(place)) as places
        from (
            select member_id, 'ours' as place
            from sluice.segment_members
            where segment_id = {segment:String}
            union all
            select member_id, 'theirs' as place
            from ${HANDWRITTEN_MEMBERS}
            where segment_id = {segment:String} and version = {version:UInt64}
        )
        group by member_id
    )`,
  params: z.object({ segment: z.string(), version: z.int() }),
  row: z.object({ only_ours: z.coerce.number(), only_theirs: z.coerce.number(), members: z.coerce.number() }),
});

/** @returns how many members both have. @throws CdpError `bench.results_differ`. */
export async function assertSameMembers({ owner }: Warehouse, segment: string, { version }: Round): Promise<number> {
  const [sides] = await owner.ask(difference, { segment, version });
  if (!sides || sides.only_ours + sides.only_theirs > 0) {
    throw benchErrors.results_differ(
      `${segment}: ${sides?.only_ours ?? 0} members that the SQL written by hand does not find, ${sides?.only_theirs ?? 0} that only it finds`,
    );
  }
  return sides.members;
}
