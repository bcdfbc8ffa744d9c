/** How everything is doing, on one page: what `sluice status` and GET /api/status say. */
import { type DocumentKind, scheduleOf, shapeProblems } from '../documents/kind.ts';
import { subjectOf } from '../schedule/jobs.ts';
import type { Queue } from '../schedule/queue.ts';
import { missedSlots } from '../schedule/slots.ts';
import { listSegments } from '../segments/list.ts';
import type { Store } from '../store/store.ts';
import type { SyncDeps } from '../syncs/deps.ts';
import { runningSyncs } from '../syncs/lease.ts';
import { type SyncStatus, syncStatus } from '../syncs/status.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { lastBuild, refusedRequests, sources } from './queries.ts';

export interface Status {
  readonly warehouse: { readonly version: string; readonly embedded: boolean };
  /** What arrives, newest first. */
  readonly sources: readonly {
    readonly source: string;
    /** `events`, or a table that files are loaded into. */
    readonly table: string;
    readonly rows: number;
    readonly newest_at: string | null;
    readonly rejected_last_day: number;
  }[];
  /** Collection requests that were refused as a whole in the last day: clients drop those without a word. Newest first, at most 50. */
  readonly refused: readonly {
    /** '' when the key was missing or not valid. */
    readonly source: string;
    /** The first characters of the key; '' when there was none. */
    readonly key_prefix: string;
    /** Name of the key that begins like this, revoked or not; null when there is none. */
    readonly key_name: string | null;
    /** Code of the error that was answered (docs/errors.md). */
    readonly reason: string;
    readonly requests_last_day: number;
    readonly newest_at: string;
  }[];
  readonly last_build: {
    readonly run_id: string;
    readonly status: string;
    readonly started_at: string;
    readonly seconds: number;
    /** Models and tests. */
    readonly failed: readonly string[];
    /** Why there is no result: it did not start, was stopped, or its process died. Empty when there is one. */
    readonly error: string;
  } | null;
  readonly segments: readonly {
    readonly id: string;
    readonly title: string;
    readonly size: number;
    /** never: not published yet. failing: the last attempt failed, and the last good members stand. */
    readonly health: 'never' | 'healthy' | 'failing';
    readonly last_good_at: string | null;
    readonly failed_reason: string | null;
  }[];
  readonly syncs: readonly Omit<SyncStatus, 'runs'>[];
  /** What is applied, by kind of document. */
  readonly documents: readonly {
    readonly kind: string;
    readonly applied: number;
    readonly scheduled: number;
    /** Ids of those that another version accepted and this one cannot read. */
    readonly unreadable: readonly string[];
  }[];
  readonly jobs: {
    readonly waiting: number;
    readonly running: number;
    /** Jobs that failed for good and wait for a person. */
    readonly failed: number;
    /** Newest first, at most ten. */
    readonly failures: readonly { readonly id: string; readonly subject: string; readonly failed_at: string; readonly reason: string }[];
  };
  /** Slots of the last seven days that nobody served, by what should have run. */
  readonly missed_slots: readonly { readonly subject: string; readonly missed: number }[];
}

export interface StatusDeps {
  readonly warehouse: Warehouse;
  readonly store: Store;
  readonly queue: Queue;
  readonly syncs: Pick<SyncDeps, 'resources' | 'warehouse'>;
  readonly kinds: readonly DocumentKind[];
}

export async function readStatus({ warehouse, store, queue, syncs, kinds }: StatusDeps): Promise<Status> {
  const isRunning = runningSyncs(store.leases);
  const [arriving, refused, keys, [build], listed, declared, applied, pending, dead, missed] = await Promise.all([
    warehouse.reader.ask(sources, {}),
    warehouse.reader.ask(refusedRequests, {}),
    store.apiKeys.list(),
    warehouse.reader.ask(lastBuild, {}),
    listSegments({ warehouse, resources: store.resources }),
    store.resources.list('segment'),
    store.resources.list('sync'),
    queue.pending(),
    queue.deadLetters(),
    missedSlots(store),
  ]);
  const states = new Map(listed.map((state) => [state.segment_id, state]));
  return {
    warehouse: { version: warehouse.version, embedded: warehouse.isEmbedded },
    sources: arriving,
    refused: refused.map((one) => {
      const key = one.key_prefix === '' ? undefined : keys.find(({ prefix }) => prefix === one.key_prefix);
      const key_name = key === undefined ? null : `${key.name}${key.revokedAt === null ? '' : ' (revoked)'}`;
      return { ...one, key_name };
    }),
    last_build: build ?? null,
    segments: declared.map(({ id, document }) => {
      const state = states.get(id);
      const health = state?.failed_reason != null ? 'failing' : state?.last_good_at == null ? 'never' : 'healthy';
      return {
        id,
        title: typeof document.title === 'string' ? document.title : id,
        size: state?.size ?? 0,
        health,
        last_good_at: state?.last_good_at ?? null,
        failed_reason: state?.failed_reason ?? null,
      };
    }),
    syncs: await Promise.all(
      applied.map(async ({ id }) => {
        const { runs: _, ...status } = await syncStatus(syncs, id, isRunning, 1);
        return status;
      }),
    ),
    documents: await Promise.all(kinds.map((kind) => statusOfKind(kind, store.resources))),
    jobs: {
      waiting: pending.filter(({ state }) => state === 'waiting').length,
      running: pending.filter(({ state }) => state === 'running').length,
      failed: dead.length,
      failures: dead
        .toSorted((one, other) => other.failedAt.getTime() - one.failedAt.getTime())
        .slice(0, 10)
        .map(({ id, job, failedAt, reason }) => ({ id, subject: subjectOf(job), failed_at: failedAt.toISOString(), reason })),
    },
    missed_slots: [...missed].map(([subject, slots]) => ({ subject, missed: slots })),
  };
}

async function statusOfKind(kind: DocumentKind, resources: Pick<Store['resources'], 'list'>): Promise<Status['documents'][number]> {
  const applied = await resources.list(kind.kind);
  return {
    kind: kind.kind,
    applied: applied.length,
    scheduled: applied.filter(({ document }) => kind.job !== undefined && scheduleOf(kind, document) !== undefined).length,
    unreadable: applied.filter(({ document }) => shapeProblems(kind, document).length > 0).map(({ id }) => id),
  };
}
