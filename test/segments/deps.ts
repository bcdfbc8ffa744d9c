/** A segment room on a test warehouse: definitions in memory, leases that count. */
import type { SegmentDeps } from '../../src/segments/deps.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { worldCatalogue } from './world.ts';

export interface TestRoom extends SegmentDeps {
  /** Replaces what is applied: id → the rest of the document. */
  apply(documents: Readonly<Record<string, object>>): void;
  /** Each publication happens at a later moment. */
  readonly tick: () => void;
}

export function segmentRoom(warehouse: SegmentDeps['warehouse'], prefix: Warehouse['prefix']): TestRoom {
  let applied: Awaited<ReturnType<SegmentDeps['resources']['list']>> = [];
  let nowMs = Date.parse('2026-03-30T12:00:00Z');
  let fencingToken = 0;
  return {
    warehouse,
    catalogue: async () => worldCatalogue(prefix),
    modelsReading: async () => [],
    timezone: 'UTC',
    now: () => new Date(nowMs),
    tick: () => {
      nowMs += 60_000;
    },
    apply(documents) {
      applied = Object.entries(documents).map(([id, document]) => ({
        kind: 'segment',
        id,
        document: { id, title: id, entity: 'person', ...document },
        revision: 1,
        appliedAt: new Date(nowMs),
        appliedBy: 'test',
      }));
    },
    resources: { list: async () => applied },
    leases: {
      async withLease(name, options, work) {
        fencingToken += 1;
        const never = new AbortController().signal;
        return work(options.signal ?? never, { name, fencingToken, renew: async () => true, release: async () => undefined });
      },
    },
  };
}
