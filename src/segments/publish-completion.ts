/** What follows after a version has become current: its history, its view, and the removal of old versions. Each step can be repeated. */

import * as z from 'zod';
import type { Entity } from '../catalogue/catalogue.ts';
import { clickhouseTime } from '../sql/sql-text.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import {
  audienceName,
  audienceView,
  type HistoryOf,
  HOLDOUT_HISTORY,
  historyInsert,
  holdoutName,
  holdoutView,
} from './compile-publication.ts';
import type { SegmentDeps } from './deps.ts';
import { dropVersion, readDefinitionHash, readDisusedVersions } from './versions.ts';

/** The current version, the one before (a sync may be reading it), and one more for comparison. */
const KEPT_VERSIONS = 3;

interface CurrentVersion {
  readonly segment_id: string;
  readonly version: string;
  readonly previous_version: string;
  readonly entered_count: number;
  readonly left_count: number;
  readonly definition_hash: string;
  /** UTC, in ClickHouse's form or as ISO 8601. */
  readonly published_at: string;
}

const historySize = defineQuery({
  name: 'segments.history_size',
  sql: `
    select count() as changes
    from sluice_audit.membership_history
    where segment_id = {segment:String}
      and version = {version:UInt64}
  `,
  params: z.object({ segment: z.string(), version: z.string() }),
  row: z.object({ changes: z.coerce.number() }),
});

const appendHistory = (of: HistoryOf) =>
  defineStatement({
    name: 'segments.append_history',
    sql: historyInsert(of),
    params: z.object({
      segment: z.string(),
      version: z.string(),
      previous: z.string(),
      reason: z.enum(['data', 'definition']),
      published_at: z.string(),
    }),
  });

const appendHoldoutHistory = defineStatement({
  name: 'segments.append_holdout_history',
  sql: HOLDOUT_HISTORY,
  params: z.object({ segment: z.string(), version: z.string(), previous: z.string(), published_at: z.string() }),
});

const aliases = defineQuery({
  name: 'segments.has_aliases',
  sql: 'exists table sluice.profile_aliases',
  params: z.object({}),
  row: z.object({ result: z.coerce.number() }),
});

/** What the history of a version needs from the version before. */
interface Before {
  readonly definition_hash: string;
}

/** Everything that follows a publication. `before` is the version that was replaced. */
export async function completeVersion(
  deps: SegmentDeps,
  current: CurrentVersion,
  before: Before | undefined,
  { entity, hasHoldout }: { readonly entity: Entity; readonly hasHoldout: boolean },
): Promise<void> {
  const { segment_id: segment, version } = current;
  const [disused] = await Promise.all([
    readDisusedVersions(deps, segment, version, KEPT_VERSIONS),
    writeHistory(deps, current, before?.definition_hash, entity),
    writeHoldoutHistory(deps, current),
    deps.warehouse.owner.run(defineAudience(segment, entity), {}),
    // Without a holdout an old view is left: it is empty then, and its name may be that of another segment's audience.
    hasHoldout && deps.warehouse.owner.run(defineHoldout(segment, entity), {}),
  ]);
  for (const old of disused) await dropVersion(deps, segment, old);
}

/**
 * Completes the history of the current version, in case the process died right after the version became current. Call it before the next
 * version becomes current: the version before, which shows who left, is dropped only after the history is complete.
 */
export async function completeHistory(deps: SegmentDeps, current: CurrentVersion, entity: Entity | undefined): Promise<void> {
  const { segment_id: segment, version, previous_version: previous } = current;
  await writeHoldoutHistory(deps, current);
  const [written] = await deps.warehouse.owner.ask(historySize, { segment, version });
  if (written?.changes === current.entered_count + current.left_count) return;
  await writeHistory(deps, current, await readDefinitionHash(deps, segment, previous), entity);
}

async function writeHistory(
  deps: SegmentDeps,
  current: CurrentVersion,
  hashBefore: string | undefined,
  entity: Entity | undefined,
): Promise<void> {
  const { segment_id: segment, version, previous_version: previous, entered_count: entered, left_count: left } = current;
  if (entered + left === 0) return;
  const reason = hashBefore !== undefined && hashBefore !== current.definition_hash ? 'definition' : 'data';
  const published_at = clickhouseTime(Date.parse(current.published_at));
  const knowsMerges = entity !== undefined && (await hasFormerKeys(deps, entity));
  await deps.warehouse.owner.run(appendHistory({ entity, knowsMerges }), { segment, version, previous, reason, published_at });
}

async function writeHoldoutHistory(deps: SegmentDeps, current: CurrentVersion): Promise<void> {
  const { segment_id: segment, version, previous_version: previous } = current;
  const published_at = clickhouseTime(Date.parse(current.published_at));
  await deps.warehouse.owner.run(appendHoldoutHistory, { segment, version, previous, published_at });
}

/**
 * Only profiles that the identity graph resolves have former keys. When a company has its own table of people, the table of former keys is
 * absent, or an old one that says nothing about them.
 */
async function hasFormerKeys({ warehouse }: SegmentDeps, { key, table }: Entity): Promise<boolean> {
  if (key !== 'profile_id' || table.database !== warehouse.databases.published || table.table !== 'profiles') return false;
  const [found] = await warehouse.owner.ask(aliases, {});
  return found?.result === 1;
}

const defineAudience = (segment: string, entity: Entity) =>
  defineStatement({ name: 'segments.define_audience', sql: audienceView(segment, entity), params: z.object({}) });

const defineHoldout = (segment: string, entity: Entity) =>
  defineStatement({ name: 'segments.define_holdout', sql: holdoutView(segment, entity), params: z.object({}) });

/** @param applied ids of the segments that stay: one of them may have taken the name of the view of the held-out. */
export async function dropAudience(deps: SegmentDeps, segment: string, applied: ReadonlySet<string>): Promise<void> {
  const views = [audienceName(segment), ...(applied.has(`${segment}-holdout`) ? [] : [holdoutName(segment)])];
  for (const view of views) {
    const sql = `drop view if exists sluice.${view}`;
    await deps.warehouse.owner.run(defineStatement({ name: 'segments.drop_audience', sql, params: z.object({}) }), {});
  }
}
