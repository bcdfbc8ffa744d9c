/** What follows after a version has become current: its history, its view, and the removal of old versions. Each step can be repeated. */

import * as z from 'zod';
import type { Entity } from '../catalogue/catalogue.ts';
import { clickhouseTime } from '../sql/sql-text.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import { defineViews, type ViewsThere } from './audience-views.ts';
import type { CheckedSegment } from './checked.ts';
import { type HistoryOf, HOLDOUT_HISTORY, historyInsert } from './compile-publication.ts';
import type { SegmentDeps } from './deps.ts';
import { dropDisusedVersions, readDefinitionHash } from './versions.ts';

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

/** What follows a publication, but for old versions. `before` is the version that was replaced. */
export async function completeVersion(
  deps: SegmentDeps,
  current: CurrentVersion,
  {
    before,
    segment,
    viewsThere,
  }: { readonly before: Before | undefined; readonly segment: CheckedSegment; readonly viewsThere: ViewsThere },
): Promise<void> {
  await Promise.all([
    writeHistory(deps, current, before?.definition_hash, segment.entity),
    writeHoldoutHistory(deps, current),
    defineViews(deps, segment, viewsThere),
  ]);
}

/** After `completeVersion` of each of them: a history is made of the version before, which shows who left. */
export const dropOldVersions = (deps: Pick<SegmentDeps, 'warehouse' | 'keptVersions'>, segments: readonly string[]) =>
  dropDisusedVersions(deps, segments, deps.keptVersions ?? KEPT_VERSIONS);

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
  const published_at = clickhouseTime(publishedMs(current));
  const knowsMerges = entity !== undefined && (await hasFormerKeys(deps, entity));
  await deps.warehouse.owner.run(appendHistory({ entity, knowsMerges }), { segment, version, previous, reason, published_at });
}

async function writeHoldoutHistory(deps: SegmentDeps, current: CurrentVersion): Promise<void> {
  const { segment_id: segment, version, previous_version: previous } = current;
  const published_at = clickhouseTime(publishedMs(current));
  await deps.warehouse.owner.run(appendHoldoutHistory, { segment, version, previous, published_at });
}

/** Milliseconds since 1970. ClickHouse's form names no zone, and JavaScript would read it in that of the process. */
export function publishedMs({ published_at: at }: Pick<CurrentVersion, 'published_at'>): number {
  return Date.parse(at.includes('T') ? at : `${at.replace(' ', 'T')}Z`);
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
