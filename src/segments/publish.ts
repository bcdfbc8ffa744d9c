/**
 * Publishes a segment: finds its members, writes them as a version that is not read yet, checks whether that version is plausible, and
 * makes it current by inserting one row. When it is stopped at any point, readers stay on the last good version and the next run ends with
 * the same result.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { formatProblem } from '../documents/problem.ts';
import { CdpError } from '../errors.ts';
import { clickhouseTime } from '../sql/sql-text.ts';
import { defineStatement } from '../warehouse/query.ts';
import type { CheckedSegment } from './checked.ts';
import { type CompileContext, type Compiled, clockOf, compileSegment } from './compile.ts';
import { compileMembersInsert } from './compile-publication.ts';
import { explainCost } from './cost.ts';
import { costComment } from './cost-comment.ts';
import type { SegmentDefinition } from './definition.ts';
import { findDefinition } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { errors } from './errors.ts';
import { type Allowances, guardAgainst } from './guard.ts';
import { completeHistory, completeVersion, dropOldVersions, publishedMs } from './publish-completion.ts';
import { type PublicationRun, startRun } from './publish-run.ts';
import { type PublishedVersion, readStanding, sizeOf } from './versions.ts';

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
  const published = await publishInRun(deps, id, options, startRun(deps, id));
  // They are published, whatever becomes of the versions before them: the next publication drops those.
  const left = await dropOldVersions(deps, [id]).then(
    () => [],
    (error: unknown) => [`old versions were not dropped: ${error instanceof Error ? error.message : String(error)}`],
  );
  return { ...published, warnings: [...published.warnings, ...left] };
}

/** The same as a part of a run that publishes several: what all of them need is read once. */
export async function publishInRun(
  deps: SegmentDeps,
  id: string,
  { evaluated, ...options }: PublishOptions & { readonly evaluated?: Evaluated | undefined },
  run: PublicationRun,
): Promise<Publication> {
  const lease = options.signal === undefined ? {} : { signal: options.signal };
  return deps.leases.withLease(`segment.publish:${id}`, lease, async (signal, { fencingToken }) => {
    try {
      return await attempt(deps, id, { ...options, signal, fencingToken, run, evaluated });
    } catch (error) {
      if (!signal.aborted) await recordFailure(deps, id, error);
      throw error;
    }
  });
}

/** Members that were found already, together with those of other segments. */
export interface Evaluated {
  /** The moment that they were evaluated for, where the definition has no `as_of`. */
  readonly at: Date;
  readonly members: Compiled;
}

interface Attempt extends PublishOptions {
  readonly signal: AbortSignal;
  readonly fencingToken: number;
  readonly run: PublicationRun;
  readonly evaluated: Evaluated | undefined;
}

async function attempt(
  deps: SegmentDeps,
  id: string,
  { isForced, signal, fencingToken, run, evaluated, ...allowances }: Attempt,
): Promise<Publication> {
  const definition = findDefinition(await run.definitions(), id);
  const { segment, warnings } = await run.accepted(definition);
  // Read under the lease: another process may have published since the run began.
  const versions = await readStanding(deps, id, segment.references);
  const current = versions.get(id);
  // Members that were found before the current version was would take it back.
  const isNewer = current !== undefined && evaluated !== undefined && publishedMs(current) > evaluated.at.getTime();
  const found = isNewer ? undefined : evaluated;
  const askedAt = found?.at ?? deps.now();
  // Who enters is told by the moment: two publications never have the same one, also when the clocks of their processes differ.
  const now = current && publishedMs(current) >= askedAt.getTime() ? new Date(publishedMs(current) + 1) : askedAt;

  const context = contextOf(deps, segment, versions, askedAt);
  const version = nextVersion(current, fencingToken);
  const startedAtMs = performance.now();
  const write = writeMembers(deps, segment, context, {
    version,
    previous: current?.version ?? '0',
    now,
    signal,
    found: found?.members,
  });
  // Both run beside the long query. The history that the last run left incomplete must be complete before its version is replaced.
  const [{ sql, queryId }, viewsThere] = await Promise.all([write, run.views(), current && completeHistory(deps, current, segment.entity)]);
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
  await completeVersion(deps, row, { before: current, segment, viewsThere });
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

/** @throws CdpError `segments.unpublished`. */
export function contextOf(
  deps: SegmentDeps,
  segment: CheckedSegment,
  published: ReadonlyMap<string, PublishedVersion>,
  now: Date,
): CompileContext {
  const versions = segment.references.map((reference) => {
    const current = published.get(reference);
    // A retired one has no members: to read it would leave nobody out.
    if (current === undefined || current.is_retired) {
      throw errors.unpublished(`The segment ${segment.definition.id} reads ${reference}, which is not published`, {
        context: { segment: segment.definition.id, reads: reference },
      });
    }
    return [reference, current.version] as const;
  });
  const members = { database: deps.warehouse.databases.state, table: 'segment_members' };
  return { now, timezone: deps.timezone, members, versions: new Map(versions) };
}

async function writeMembers(
  deps: SegmentDeps,
  segment: CheckedSegment,
  context: CompileContext,
  {
    version,
    previous,
    now,
    signal,
    found,
  }: { version: string; previous: string; now: Date; signal: AbortSignal; found: Compiled | undefined },
): Promise<{ sql: string; queryId: string }> {
  const compiled = compileSegment(segment, context);
  const { id } = segment.definition;
  const to = { segment: id, version, previous, publishedAt: clickhouseTime(now.getTime()) };
  const write = (insert: Compiled) => {
    const statement = defineStatement({ name: 'segments.write_members', sql: insert.sql, params: z.looseObject({}) });
    const settings = { ...insert.settings, log_comment: costComment('publish', id) };
    return deps.warehouse.publisher.run(statement, insert.params, { settings, signal });
  };
  try {
    if (segment.whole.holdout) {
      const heldOut = compileSegment(segment, context, 'holdout');
      await write(compileMembersInsert(heldOut, segment.entity, { ...to, isOfHoldout: true }));
    }
    const { queryId } = await write(compileMembersInsert(found ?? compiled, segment.entity, to));
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

/** What does not decide about members: a new title is no edit. */
const NO_EDIT = new Set(['id', 'title', 'description', 'guard', 'schedule', 'excluded_everywhere']);
/** Stand first and always in the hash, so that it stays the same for definitions that say no more. */
const ALWAYS = new Set(['entity', 'where', 'as_of', 'timezone']);

function hashOf(definition: SegmentDefinition): string {
  const { entity, where, as_of: asOf, timezone } = definition;
  // In whatever order they stand: it says nothing, and those of other documents are added in the order of their names.
  const exclude = definition.exclude && [...definition.exclude].sort();
  const more = Object.entries({ ...definition, exclude }).filter(
    ([name, value]) => value !== undefined && !NO_EDIT.has(name) && !ALWAYS.has(name),
  );
  const said = [entity, where, asOf, timezone, ...(more.length === 0 ? [] : [more.sort()])];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}

/**
 * Also for segments that were not even tried. Best effort: the error itself matters more than a failure to record it. When the warehouse
 * has stopped, it may be back in a moment, as the embedded one is; until then the members that were published cannot be read either.
 */
export async function recordFailure(deps: SegmentDeps, id: string, error: unknown): Promise<void> {
  const code = error instanceof CdpError ? error.code : 'bug.unexpected';
  const reason = error instanceof Error ? error.message : String(error);
  const row = { segment_id: id, failed_at: clickhouseTime(deps.now().getTime()), code, reason };
  const attempts = code === 'warehouse.unreachable' ? RECORD_ATTEMPTS : 1;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      await deps.warehouse.owner.insert('sluice_state.segment_failures', [row]);
      return;
    } catch {
      await sleep(attempt < attempts ? RECORD_AGAIN_MS * attempt : 0);
    }
  }
}

const RECORD_ATTEMPTS = 4;
const RECORD_AGAIN_MS = 300;
