/**
 * Publishes a segment: finds its members, writes them as a version that is not read yet, checks whether that version is plausible, and
 * makes it current by inserting one row. When it is stopped at any point, readers stay on the last good version and the next run ends with
 * the same result.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { formatProblem } from '../documents/problem.ts';
import { CdpError } from '../errors.ts';
import { clickhouseTime } from '../sql/sql-text.ts';
import { defineStatement } from '../warehouse/query.ts';
import { acceptSegment } from './accept.ts';
import type { CheckedSegment } from './checked.ts';
import { type CompileContext, type Compiled, clockOf, compileSegment } from './compile.ts';
import { compileMembersInsert } from './compile-publication.ts';
import { explainCost } from './cost.ts';
import type { SegmentDefinition } from './definition.ts';
import { type Definitions, findDefinition, invalid, readDefinitions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { errors } from './errors.ts';
import { type Allowances, guardAgainst } from './guard.ts';
import { problemsOfKeyType, warnOfKeyless } from './keyless.ts';
import { completeHistory, completeVersion } from './publish-completion.ts';
import { type PublishedVersion, readCurrentVersions, sizeOf } from './versions.ts';

export interface Publication {
  readonly segment_id: string;
  /** UInt64 as text. */
  readonly version: string;
  readonly size: number;
  readonly entered: number;
  readonly left: number;
  /** ISO 8601, UTC: the moment that the conditions were evaluated for. */
  readonly as_of: string;
  /** Time for finding and writing the members. */
  readonly seconds: number;
  /** Conditions that `as_of` did not affect, and the number of rows without a key. */
  readonly warnings: readonly string[];
}

export interface PublishOptions extends Allowances {
  readonly signal?: AbortSignal;
  /** Publishes even what the guard would stop. */
  readonly isForced?: boolean;
}

/**
 * @throws CdpError of this room, and `store.lease_held` when another process is publishing the segment. Every other failure, except a
 * cancellation, is also recorded: `sluice.segments` shows it until a publication succeeds.
 */
export async function publishSegment(deps: SegmentDeps, id: string, options: PublishOptions = {}): Promise<Publication> {
  const lease = options.signal === undefined ? {} : { signal: options.signal };
  return deps.leases.withLease(`segment.publish:${id}`, lease, async (signal, { fencingToken }) => {
    try {
      return await attempt(deps, id, { ...options, signal, fencingToken });
    } catch (error) {
      if (!signal.aborted) await recordFailure(deps, id, error);
      throw error;
    }
  });
}

interface Attempt extends PublishOptions {
  readonly signal: AbortSignal;
  readonly fencingToken: number;
}

async function attempt(deps: SegmentDeps, id: string, { isForced, signal, fencingToken, ...allowances }: Attempt): Promise<Publication> {
  const [definitions, catalogue, versions] = await Promise.all([readDefinitions(deps), deps.catalogue(), readCurrentVersions(deps)]);
  const definition = findDefinition(definitions, id);
  const now = deps.now();
  const { segment, warnings } = await acceptOrThrow(deps, definition, { catalogue, definitions, now });
  const current = versions.get(id);

  const context = contextOf(deps, segment, versions, now);
  const version = nextVersion(current, fencingToken);
  const startedAtMs = performance.now();
  const write = writeMembers(deps, segment, context, { version, previous: current?.version ?? '0', now, signal });
  // Runs beside the long query. The history that the last run left incomplete must be complete before its version is replaced.
  const [{ sql, queryId }] = await Promise.all([write, current && completeHistory(deps, current, segment.entity)]);
  const seconds = (performance.now() - startedAtMs) / 1_000;

  const { size, entered } = await sizeOf(deps, id, version, clickhouseTime(now.getTime()));
  const last = current && !current.is_retired ? current.size : undefined;
  const doubt = isForced ? undefined : guardAgainst(definition.guard, size, last, allowances);
  if (doubt !== undefined)
    throw errors.guard(`The segment ${id} was not published: ${doubt}`, { context: { segment: id, size, last: last ?? null } });

  const { asOfMs } = clockOf(segment, context);
  const row = {
    segment_id: id,
    version,
    previous_version: current?.version ?? '0',
    title: definition.title,
    entity: definition.entity,
    size,
    entered_count: entered,
    left_count: (current?.size ?? 0) - (size - entered),
    definition: JSON.stringify(definition),
    definition_hash: hashOf(definition),
    sql,
    as_of: clickhouseTime(asOfMs),
    published_at: clickhouseTime(now.getTime()),
    seconds,
    query_id: queryId,
    is_retired: false,
  };
  // After losing the lease this process must not publish: its successor may have dropped these members already.
  signal.throwIfAborted();
  await deps.warehouse.owner.insert('sluice_state.segment_versions', [row]);
  await completeVersion(deps, row, current, { entity: segment.entity, hasHoldout: segment.whole.holdout !== undefined });
  return {
    segment_id: id,
    version,
    size,
    entered,
    left: row.left_count,
    as_of: new Date(asOfMs).toISOString(),
    seconds,
    warnings: warnings.map((problem) => formatProblem(problem)),
  };
}

/** @throws CdpError `segments.invalid`. */
async function acceptOrThrow(
  deps: SegmentDeps,
  definition: SegmentDefinition,
  { catalogue, definitions, now }: { readonly catalogue: Catalogue; readonly definitions: Definitions; readonly now: Date },
) {
  const world = { catalogue, segments: definitions.usable, now: { at: now, timezone: deps.timezone }, allowsSql: deps.allowsSql === true };
  const checked = await acceptSegment(deps.warehouse, definition, world);
  if (!checked.ok) throw invalid(definition.id, checked.problems);
  const { segment, warnings } = checked;
  const problems = await problemsOfKeyType(deps, segment.entity);
  if (problems.length > 0) throw invalid(definition.id, problems);
  return { segment, warnings: [...warnings, ...(await warnOfKeyless(deps, segment.entity))] };
}

/** @throws CdpError `segments.unpublished`. */
export function contextOf(
  deps: SegmentDeps,
  segment: CheckedSegment,
  published: ReadonlyMap<string, PublishedVersion>,
  now: Date,
): CompileContext {
  const versions = segment.references.map((reference) => {
    const version = published.get(reference)?.version;
    if (version === undefined) {
      throw errors.unpublished(`The segment ${segment.definition.id} reads ${reference}, which was never published`, {
        context: { segment: segment.definition.id, reads: reference },
      });
    }
    return [reference, version] as const;
  });
  const members = { database: deps.warehouse.databases.state, table: 'segment_members' };
  return { now, timezone: deps.timezone, members, versions: new Map(versions) };
}

async function writeMembers(
  deps: SegmentDeps,
  segment: CheckedSegment,
  context: CompileContext,
  { version, previous, now, signal }: { version: string; previous: string; now: Date; signal: AbortSignal },
): Promise<{ sql: string; queryId: string }> {
  const compiled = compileSegment(segment, context);
  const to = { segment: segment.definition.id, version, previous, publishedAt: clickhouseTime(now.getTime()) };
  const write = (insert: Compiled) => {
    const statement = defineStatement({ name: 'segments.write_members', sql: insert.sql, params: z.looseObject({}) });
    return deps.warehouse.publisher.run(statement, insert.params, { settings: insert.settings, signal });
  };
  try {
    if (segment.whole.holdout) {
      const heldOut = compileSegment(segment, context, 'holdout');
      await write(compileMembersInsert(heldOut, segment.entity, { ...to, isOfHoldout: true }));
    }
    const { queryId } = await write(compileMembersInsert(compiled, segment.entity, to));
    return { sql: compiled.sql, queryId };
  } catch (error) {
    throw await explainCost(deps, segment, context, error);
  }
}

/**
 * The lease's fencing token rises with each holder, so two processes never write the same version, even when one of them was believed dead.
 * If the control plane was set up again and its tokens start at 1, the version still rises.
 */
function nextVersion(current: PublishedVersion | undefined, fencingToken: number): string {
  const following = BigInt(current?.version ?? 0) + 1n;
  const token = BigInt(fencingToken);
  return String(token > following ? token : following);
}

/** Hash of what decides about members; a new title is no edit. */
function hashOf({ entity, where, as_of: asOf, timezone, exclude, split, holdout, limit }: SegmentDefinition): string {
  const whole = [exclude, split, holdout, limit];
  // Without any of them the hash is that of versions before they existed.
  const hashed = whole.some((one) => one !== undefined) ? [whole] : [];
  return createHash('sha256')
    .update(JSON.stringify([entity, where, asOf, timezone, ...hashed]))
    .digest('hex');
}

/** Also for segments that were not even tried. Best effort: the error itself matters more than a failure to record it. */
export async function recordFailure(deps: SegmentDeps, id: string, error: unknown): Promise<void> {
  const code = error instanceof CdpError ? error.code : 'bug.unexpected';
  const reason = error instanceof Error ? error.message : String(error);
  const row = { segment_id: id, failed_at: clickhouseTime(deps.now().getTime()), code, reason };
  await deps.warehouse.owner.insert('sluice_state.segment_failures', [row]).catch(() => undefined);
}
