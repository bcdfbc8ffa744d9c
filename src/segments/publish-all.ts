/** Publishes all segments, each after the segments that it reads, and retires removed ones. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { CdpError } from '../errors.ts';
import { clickhouseTime } from '../sql/sql-text.ts';
import { readDefinitions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { errors } from './errors.ts';
import { type Publication, type PublishOptions, publishSegment, recordFailure } from './publish.ts';
import { completeHistory, dropAudience } from './publish-completion.ts';
import { inDependencyOrder, referencesOf } from './references.ts';
import { readCurrentVersions } from './versions.ts';

export type PublishOutcome =
  | ({ readonly status: 'published' } & Publication)
  | { readonly status: 'failed'; readonly segment_id: string; readonly error: CdpError }
  | { readonly status: 'retired'; readonly segment_id: string };

/**
 * A segment that fails also fails the segments that read it, and reports so; the others are published. Segments that are no longer applied
 * are retired. Throws only when it is cancelled or meets a bug.
 */
export async function publishAll(
  deps: SegmentDeps,
  options: PublishOptions & { readonly onOutcome?: (outcome: PublishOutcome) => void } = {},
): Promise<PublishOutcome[]> {
  const { usable, unusable } = await readDefinitions(deps);
  const outcomes: PublishOutcome[] = [];
  const failed = new Set<string>();
  const report = (outcome: PublishOutcome) => {
    outcomes.push(outcome);
    if (outcome.status === 'failed') failed.add(outcome.segment_id);
    options.onOutcome?.(outcome);
  };

  const attempt = async (id: string, reads: readonly string[]) => {
    options.signal?.throwIfAborted();
    const broken = reads.find((other) => failed.has(other));
    if (broken !== undefined) {
      const error = errors.dependency_failed(`The segment ${id} was not published: it reads ${broken}, which failed`, {
        context: { segment: id, reads: broken },
      });
      await recordFailure(deps, id, error);
      return report({ status: 'failed', segment_id: id, error });
    }
    try {
      report({ status: 'published', ...(await publishSegment(deps, id, options)) });
    } catch (error) {
      if (!(error instanceof CdpError) || options.signal?.aborted) throw error;
      report({ status: 'failed', segment_id: id, error });
    }
  };

  for (const id of unusable.keys()) await attempt(id, []);
  for (const definition of inDependencyOrder(usable)) {
    // The check refuses a member of a cycle, and shows the whole path.
    const reads = referencesOf(definition).map(({ segment }) => segment);
    await attempt(definition.id, reads);
  }
  for (const id of await retireRemoved(deps, new Set([...usable.keys(), ...unusable.keys()]), options))
    report({ status: 'retired', segment_id: id });
  return outcomes;
}

/** A removed segment gets a last, empty version: its members leave, and its view is dropped. */
async function retireRemoved(deps: SegmentDeps, applied: ReadonlySet<string>, { signal }: PublishOptions): Promise<string[]> {
  const removed = [...(await readCurrentVersions(deps)).values()].filter(({ segment_id }) => !applied.has(segment_id));
  if (removed.length === 0) return [];
  const { entities } = await deps.catalogue();
  for (const { segment_id: id } of removed) {
    await deps.leases.withLease(`segment.publish:${id}`, signal === undefined ? {} : { signal }, (lost) =>
      retire(deps, id, { entities, applied, lost }),
    );
  }
  return removed.filter(({ is_retired }) => !is_retired).map(({ segment_id }) => segment_id);
}

interface Retirement {
  readonly entities: Catalogue['entities'];
  /** Ids of the segments that stay. */
  readonly applied: ReadonlySet<string>;
  readonly lost: AbortSignal;
}

async function retire(deps: SegmentDeps, id: string, { entities, applied, lost }: Retirement): Promise<void> {
  const current = (await readCurrentVersions(deps)).get(id);
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
