/** How everything is doing, on one page: what `sluice status` and GET /api/status say. */
import { type DocumentKind, scheduleOf, shapeProblems } from '../documents/kind.ts';
import { subjectOf } from '../schedule/jobs.ts';
import type { Queue } from '../schedule/queue.ts';
import { missedSlots } from '../schedule/slot-record.ts';
import { listSegments } from '../segments/list.ts';
import type { Store } from '../store/store.ts';
import type { SyncDeps } from '../syncs/deps.ts';
import { runningSyncs } from '../syncs/lease.ts';
import { listSyncs } from '../syncs/status.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { lastBuild, refusedRequests, sources } from './queries.ts';
import type { SourceListing, Status } from './schema.ts';

export interface StatusDeps {
  readonly warehouse: Warehouse;
  readonly store: Store;
  readonly queue: Queue;
  readonly syncs: Pick<SyncDeps, 'resources' | 'warehouse'>;
  readonly kinds: readonly DocumentKind[];
}

export async function readStatus({ warehouse, store, queue, syncs, kinds }: StatusDeps): Promise<Status> {
  const [arriving, refused, keys, [build], listed, declared, applied, pending, dead, missed] = await Promise.all([
    warehouse.reader.ask(sources, {}),
    warehouse.reader.ask(refusedRequests, {}),
    store.apiKeys.list(),
    warehouse.reader.ask(lastBuild, {}),
    listSegments({ warehouse, resources: store.resources }),
    store.resources.list('segment'),
    listSyncs(syncs, runningSyncs(store.leases)),
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
    syncs: applied,
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

/** What arrives, newest first. */
export function listSources({ warehouse }: Pick<StatusDeps, 'warehouse'>): Promise<SourceListing[]> {
  return warehouse.reader.ask(sources, {});
}
