/** Publishes all segments, each after the segments that it reads, and retires removed ones. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { CdpError } from '../errors.ts';
import { clickhouseTime } from '../sql/sql-text.ts';
import { createSemaphore } from '../warehouse/semaphore.ts';
import { dropAudience } from './audience-views.ts';
import { readDefinitions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { errors } from './errors.ts';
import { dropDisusedContents } from './lists/stored.ts';
import { type Evaluated, type Publication, type PublishOptions, publishInRun, recordFailure } from './publish.ts';
import { startEvaluations } from './publish-batch.ts';
import { completeHistory, dropOldVersions } from './publish-completion.ts';
import { startRun } from './publish-run.ts';
import { inDependencyOrder, referencesOf } from './references.ts';
import { readCurrentVersions, readStanding } from './versions.ts';

export type PublishOutcome =
  | ({ readonly status: 'published' } & Publication)
  | { readonly status: 'failed'; readonly segment_id: string; readonly error: CdpError }
  | { readonly status: 'retired'; readonly segment_id: string };

/**
 * Publications at the same time. Most of one is a query that uses every core for a part of its time and one core for the rest (sorting and
 * writing the members), so a few beside each other fill the gaps; more would only need more memory at once (docs/benchmarks.md).
 */
const AT_ONCE = 3;

/**
 * A segment that fails also fails the segments that read it, and reports so; the others are published. Segments that are no longer applied
 * are retired. Throws only when it is cancelled or meets a bug, after those that are being published have come to their end.
 *
 * @returns in the order in which they ended.
 */
export async function publishAll(
  deps: SegmentDeps,
  options: PublishOptions & { readonly onOutcome?: (outcome: PublishOutcome) => void } = {},
): Promise<PublishOutcome[]> {
  const run = startRun(deps);
  const { usable, unusable, lists } = await run.definitions();
  const outcomes: PublishOutcome[] = [];
  const report = (outcome: PublishOutcome) => {
    outcomes.push(outcome);
    options.onOutcome?.(outcome);
  };
  // A bug in one of them keeps those that wait from starting.
  const stopped = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopped.signal]) : stopped.signal;

  const attempt = async (id: string, broken: string | undefined, evaluated: Evaluated | undefined): Promise<boolean> => {
    signal.throwIfAborted();
    if (broken !== undefined) {
      const error = errors.dependency_failed(`The segment ${id} was not published: it reads ${broken}, which failed`, {
        context: { segment: id, reads: broken },
      });
      await recordFailure(deps, id, error);
      report({ status: 'failed', segment_id: id, error });
      return false;
    }
    try {
      report({ status: 'published', ...(await publishInRun(deps, id, { ...options, evaluated }, run)) });
      return true;
    } catch (error) {
      if (!(error instanceof CdpError) || options.signal?.aborted) {
        stopped.abort();
        throw error;
      }
      report({ status: 'failed', segment_id: id, error });
      return false;
    }
  };

  const slots = createSemaphore(AT_ONCE);
  const evaluations = await startEvaluations(deps, run, { definitions: [...usable.values()], slots, signal });
  const attempts = new Map<string, Promise<boolean>>();
  /** Waits for those of `reads` that come before it; the check refuses a member of a cycle, and shows the whole path. */
  const start = (id: string, reads: readonly string[]) => {
    const before = reads.flatMap((other) => {
      const ended = attempts.get(other);
      return ended === undefined ? [] : [ended.then((isPublished) => (isPublished ? undefined : other))];
    });
    const attempted = async () => {
      const broken = (await Promise.all(before)).find((other) => other !== undefined);
      const evaluated = await evaluations.of(id);
      const release = await slots.take();
      try {
        return await attempt(id, broken, evaluated);
      } finally {
        release();
      }
    };
    attempts.set(id, attempted());
  };
  for (const id of unusable.keys()) start(id, []);
  for (const definition of inDependencyOrder(usable)) {
    const reads = referencesOf(definition).map(({ segment }) => segment);
    start(definition.id, reads);
  }
  const ended = await Promise.allSettled(attempts.values());
  await evaluations.end();
  await dropOldVersions(
    deps,
    outcomes.filter(({ status }) => status === 'published').map(({ segment_id: id }) => id),
  );
  const bug = ended.find((one) => one.status === 'rejected' && !isAbort(one.reason, stopped.signal)) ?? ended.find(isRejected);
  if (bug?.status === 'rejected') throw bug.reason;

  await dropDisusedContents(deps.warehouse, lists.values());
  await retireRemoved(deps, options, report);
  return outcomes;
}

const isRejected = (one: PromiseSettledResult<boolean>) => one.status === 'rejected';

/** The reason of those that did not start because another one had stopped the run. */
const isAbort = (reason: unknown, stopped: AbortSignal) => stopped.aborted && reason === stopped.reason;

/** A removed segment gets a last, empty version: its members leave, and its view is dropped. One that fails stays for the next run. */
async function retireRemoved(deps: SegmentDeps, { signal }: PublishOptions, report: (outcome: PublishOutcome) => void): Promise<void> {
  // Read anew, and before the versions: whatever was applied and published during the run stays.
  const versions = await readCurrentVersions(deps);
  const applied = new Set((await readDefinitions(deps)).stored.keys());
  const removed = [...versions.values()].filter(({ segment_id }) => !applied.has(segment_id));
  if (removed.length === 0) return;
  const { entities } = await deps.catalogue();
  for (const { segment_id: id, is_retired: wasRetired } of removed) {
    try {
      await deps.leases.withLease(`segment.publish:${id}`, signal === undefined ? {} : { signal }, (lost) =>
        retire(deps, id, { entities, applied, lost }),
      );
      if (!wasRetired) report({ status: 'retired', segment_id: id });
    } catch (error) {
      if (signal?.aborted || !(error instanceof CdpError)) throw error;
      report({ status: 'failed', segment_id: id, error });
    }
  }
}

interface Retirement {
  readonly entities: Catalogue['entities'];
  /** Ids of the segments that stay. */
  readonly applied: ReadonlySet<string>;
  readonly lost: AbortSignal;
}

async function retire(deps: SegmentDeps, id: string, { entities, applied, lost }: Retirement): Promise<void> {
  const current = (await readStanding(deps, id, [])).get(id);
  if (!current) return;
  const entity = entities.get(current.entity);
  await completeHistory(deps, current, entity);
  if (current.is_retired) return;
  const row = {
    segment_id: id,
    version: String(BigInt(current.version) + 1n),
    previous_version: current.version,
    entity: current.entity,
    size: 0,
    entered_count: 0,
    left_count: current.size,
    definition_hash: 'retired',
    published_at: clickhouseTime(deps.now().getTime()),
    is_retired: true,
  };
  // Done first, because a retired segment is not looked at again. If the process dies in between, the next run retires the segment.
  await dropAudience(deps, id, applied);
  lost.throwIfAborted();
  await deps.warehouse.owner.insert('sluice_state.segment_versions', [row]);
  await completeHistory(deps, row, entity);
}
