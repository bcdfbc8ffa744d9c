/** What follows once a version is current: its history, its view, and the end of old versions. Each step can be repeated. */
import * as z from 'zod';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import { audienceName, audienceView, HISTORY_INSERT } from './compile-publication.ts';
import { clickhouseTime } from './compile-test.ts';
import type { SegmentDeps } from './deps.ts';
import { dropVersions, readDefinitionHash, readLastVersions } from './versions.ts';

/** The current version, the one before (a sync may be reading it), and one more to look back at. */
const KEPT_VERSIONS = 3;

interface CurrentVersion {
  readonly segment_id: string;
  readonly version: string;
  readonly previous_version: string;
  readonly entered_count: number;
  readonly left_count: number;
  readonly definition_hash: string;
  readonly published_at: string;
  readonly is_retired: boolean;
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

const appendHistory = defineStatement({
  name: 'segments.append_history',
  sql: HISTORY_INSERT,
  params: z.object({
    segment: z.string(),
    version: z.string(),
    previous: z.string(),
    reason: z.enum(['data', 'definition']),
    published_at: z.string(),
  }),
});

/**
 * Does whatever is still to be done for the version that is current. Called after each publication, and before the next one for the case that
 * the process died in between: the previous version, without which nobody knows who left, is dropped only after the history is whole.
 */
export async function completeVersion(deps: SegmentDeps, current: CurrentVersion): Promise<void> {
  const { segment_id: segment, version } = current;
  await writeHistory(deps, current);
  await deps.warehouse.owner.run(current.is_retired ? dropAudience(segment) : defineAudience(segment), {});
  const kept = new Set(await readLastVersions(deps, segment, KEPT_VERSIONS));
  await dropVersions(deps, segment, (written) => kept.has(written) && written <= BigInt(version));
}

async function writeHistory(deps: SegmentDeps, current: CurrentVersion): Promise<void> {
  const { segment_id: segment, version, previous_version: previous } = current;
  const [written] = await deps.warehouse.owner.ask(historySize, { segment, version });
  if (written?.changes === current.entered_count + current.left_count) return;
  const before = await readDefinitionHash(deps, segment, previous);
  const reason = before !== undefined && before !== current.definition_hash ? 'definition' : 'data';
  const published_at = clickhouseTime(Date.parse(current.published_at));
  await deps.warehouse.owner.run(appendHistory, { segment, version, previous, reason, published_at });
}

const defineAudience = (segment: string) =>
  defineStatement({ name: 'segments.define_audience', sql: audienceView(segment), params: z.object({}) });

const dropAudience = (segment: string) =>
  defineStatement({ name: 'segments.drop_audience', sql: `drop view if exists sluice.${audienceName(segment)}`, params: z.object({}) });
