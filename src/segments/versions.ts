/** The pointer to the current version and its members, as named queries. A version counts only when its row is in segment_versions. */
import * as z from 'zod';
import type { Entity } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import type { SegmentDeps } from './deps.ts';

const uint64 = z.coerce.bigint().transform(String);
const count = z.coerce.number();
const moment = z.string();

export interface PublishedVersion {
  readonly segment_id: string;
  /** UInt64 as text, like every version outside of SQL. */
  readonly version: string;
  readonly previous_version: string;
  /** Name of the entity whose keys the members are. */
  readonly entity: string;
  readonly size: number;
  readonly entered_count: number;
  readonly left_count: number;
  readonly definition_hash: string;
  readonly published_at: string;
  readonly is_retired: boolean;
}

/** @param where a line that bounds it to some segments; empty for all. */
const currentSql = (where: string) => `
    select
        segment_id,
        version,
        previous_version,
        entity,
        size,
        entered_count,
        left_count,
        definition_hash,
        published_at,
        is_retired
    from sluice_state.segment_versions
    ${where}
    order by version desc
    limit 1 by segment_id
  `;

const currentVersions = defineQuery({
  name: 'segments.current_versions',
  sql: currentSql(''),
  params: z.object({}),
  row: z.object({
    segment_id: z.string(),
    version: uint64,
    previous_version: uint64,
    entity: z.string(),
    size: count,
    entered_count: count,
    left_count: count,
    definition_hash: z.string(),
    published_at: moment,
    is_retired: z.boolean(),
  }),
});

/** The current version of every segment that was ever published, retired ones included. */
export async function readCurrentVersions(deps: Pick<SegmentDeps, 'warehouse'>): Promise<ReadonlyMap<string, PublishedVersion>> {
  const rows = await deps.warehouse.owner.ask(currentVersions, {});
  return new Map(rows.map((row) => [row.segment_id, row]));
}

/** Of these segments only. */
const standing = defineQuery({
  name: 'segments.standing',
  sql: currentSql('where segment_id in {segments:Array(String)}'),
  params: z.object({ segments: z.array(z.string()) }),
  row: currentVersions.row,
});

/** The current versions of a segment and of those that it reads. */
export async function readStanding(
  deps: Pick<SegmentDeps, 'warehouse'>,
  segment: string,
  references: readonly string[],
): Promise<ReadonlyMap<string, PublishedVersion>> {
  const rows = await deps.warehouse.owner.ask(standing, { segments: [segment, ...references] });
  return new Map(rows.map((row) => [row.segment_id, row]));
}

const currentVersion = defineQuery({
  name: 'segments.current_version',
  sql: `
    select
        version,
        entity,
        size,
        is_retired
    from sluice_state.segment_versions
    where segment_id = {segment_id:String}
    order by version desc
    limit 1
  `,
  params: z.object({ segment_id: z.string() }),
  row: z.object({ version: uint64, entity: z.string(), size: count, is_retired: z.boolean() }),
});

/** Of one segment; undefined when it was never published. A retired one has no members, and its entity is that of its last ones. */
export async function readCurrentVersion(
  deps: { readonly warehouse: Pick<SegmentDeps['warehouse'], 'owner'> },
  segment: string,
): Promise<Pick<PublishedVersion, 'version' | 'entity' | 'size' | 'is_retired'> | undefined> {
  const [current] = await deps.warehouse.owner.ask(currentVersion, { segment_id: segment });
  return current;
}

/** The members as published now, as a number. Undefined where none were ever published, and where the segment was retired. */
export async function publishedMembers(deps: Parameters<typeof readCurrentVersion>[0], segment: string): Promise<number | undefined> {
  const current = await readCurrentVersion(deps, segment);
  return current === undefined || current.is_retired ? undefined : current.size;
}

/** Keys of a version's members, as they are stored, for a set: `{segment_id:String}` and `{segment_version:UInt64}` say which version. */
export const membersOfVersion = (entity: Entity) => `
        select ${keyTypeOf(entity).stored}
        from sluice_state.segment_members
        where segment_id = {segment_id:String}
          and version = {segment_version:UInt64}`;

/** The same for the members of any of several versions, whose parameters are `paramsOfVersions`. At least one. */
export const membersOfVersions = (entity: Entity, versions: readonly unknown[]) => `
        select ${keyTypeOf(entity).stored}
        from sluice_state.segment_members
        where ${versions.map((_, index) => `(segment_id = {left_out_${index}:String} and version = {left_out_version_${index}:UInt64})`).join(' or ')}`;

export const paramsOfVersions = (versions: readonly { readonly segment: string; readonly version: string }[]) =>
  Object.fromEntries(
    versions.flatMap(({ segment, version }, index) => [
      [`left_out_${index}`, segment],
      [`left_out_version_${index}`, version],
    ]),
  );

const versionSize = defineQuery({
  name: 'segments.version_size',
  sql: `
    select
        count() as size,
        countIf(entered_at = {entered_at:DateTime64(3, 'UTC')}) as entered
    from sluice_state.segment_members
    where segment_id = {segment_id:String}
      and version = {version:UInt64}
  `,
  params: z.object({ segment_id: z.string(), version: z.string(), entered_at: moment }),
  row: z.object({ size: count, entered: count }),
});

/** Members of a version, and how many of them entered with the publication of `enteredAt`. */
export async function sizeOf(deps: Pick<SegmentDeps, 'warehouse'>, segment: string, version: string, enteredAt: string) {
  const [row] = await deps.warehouse.owner.ask(versionSize, { segment_id: segment, version, entered_at: enteredAt });
  return row ?? { size: 0, entered: 0 };
}

const publishedDefinition = defineQuery({
  name: 'segments.published_definition',
  sql: `
    select definition
    from sluice_state.segment_versions
    where segment_id = {segment_id:String}
      and version = {version:UInt64}
  `,
  params: z.object({ segment_id: z.string(), version: z.string() }),
  row: z.object({ definition: z.string() }),
});

/** JSON of the definition that a version was published from; undefined when it is not there. */
export async function readPublishedDefinition(deps: Pick<SegmentDeps, 'warehouse'>, segment: string, version: string) {
  const [row] = await deps.warehouse.owner.ask(publishedDefinition, { segment_id: segment, version });
  return row?.definition;
}

const definitionHash = defineQuery({
  name: 'segments.definition_hash',
  sql: `
    select definition_hash
    from sluice_state.segment_versions
    where segment_id = {segment_id:String}
      and version = {version:UInt64}
  `,
  params: z.object({ segment_id: z.string(), version: z.string() }),
  row: z.object({ definition_hash: z.string() }),
});

/** Undefined for version 0, which means none. */
export async function readDefinitionHash(
  deps: Pick<SegmentDeps, 'warehouse'>,
  segment: string,
  version: string,
): Promise<string | undefined> {
  const [row] = await deps.warehouse.owner.ask(definitionHash, { segment_id: segment, version });
  return row?.definition_hash;
}

/**
 * Counts of partitions are read from their metadata, not from their rows. A version that is newer than the current one may be on its way
 * to become it.
 */
const disusedVersions = defineQuery({
  name: 'segments.disused_versions',
  sql: `
    select
        written.segment_id as segment_id,
        written.version as version
    from (
        select distinct
            segment_id,
            version
        from (
            select
                segment_id,
                version,
                count() as members
            from sluice_state.segment_members
            where segment_id in {segments:Array(String)}
            group by
                segment_id,
                version
            union all
            select
                segment_id,
                version,
                count() as members
            from sluice_state.segment_holdouts
            where segment_id in {segments:Array(String)}
            group by
                segment_id,
                version
        )
    ) as written
    inner join (
        select
            segment_id,
            max(segment_versions.version) as current,
            arraySlice(arrayReverseSort(groupArray(segment_versions.version)), 1, {kept:UInt8}) as kept
        from sluice_state.segment_versions
        where segment_id in {segments:Array(String)}
        group by segment_id
    ) as published on published.segment_id = written.segment_id
    where written.version < published.current
      and not has(published.kept, written.version)
  `,
  params: z.object({ segments: z.array(z.string()), kept: z.int() }),
  row: z.object({ segment_id: z.string(), version: uint64 }),
});

/** One statement of many: each alone would be a change of the table's metadata of its own. */
const DROPS_AT_ONCE = 100;

/** Drops every written version of `segments` except the last `kept` published ones: old ones, and those that never became current. */
export async function dropDisusedVersions(
  { warehouse }: Pick<SegmentDeps, 'warehouse'>,
  segments: readonly string[],
  kept: number,
): Promise<void> {
  if (segments.length === 0) return;
  const disused = await warehouse.owner.ask(disusedVersions, { segments: [...segments], kept });
  for (let start = 0; start < disused.length; start += DROPS_AT_ONCE) {
    const some = disused.slice(start, start + DROPS_AT_ONCE);
    const drops = some.map((_, index) => `drop partition ({s${index}:String}, {v${index}:UInt64})`);
    const params = Object.fromEntries(
      some.flatMap(({ segment_id: segment, version }, index) => [
        [`s${index}`, segment],
        [`v${index}`, version],
      ]),
    );
    for (const table of ['segment_members', 'segment_holdouts']) {
      const sql = `alter table sluice_state.${table} ${drops.join(', ')}`;
      await warehouse.owner.run(defineStatement({ name: 'segments.drop_versions', sql, params: z.looseObject({}) }), params);
    }
  }
}
