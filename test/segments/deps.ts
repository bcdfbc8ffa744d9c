/** A segment room on a test warehouse: definitions in memory, and leases that nobody else wants. */

import type { SegmentDeps } from '../../src/segments/deps.ts';
import { freeLeases } from '../../src/store/free-leases.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { worldCatalogue } from './world.ts';

export interface TestRoom extends SegmentDeps {
  /** Replaces what is applied: id → the rest of the document. */
  apply(documents: Readonly<Record<string, object>>): void;
  /** Replaces the priority lists: id → ids of segments. */
  prioritise(lists: Readonly<Record<string, readonly string[]>>): void;
  /** Each publication happens at a later moment. */
  readonly tick: () => void;
}

export function segmentRoom(warehouse: SegmentDeps['warehouse'], prefix: Warehouse['prefix']): TestRoom {
  type Documents = Awaited<ReturnType<SegmentDeps['resources']['list']>>;
  let applied: Documents = [];
  let lists: Documents = [];
  let nowMs = Date.parse('2026-03-30T12:00:00Z');
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
    prioritise(named) {
      lists = Object.entries(named).map(([id, segments]) => ({ kind: 'priority', id, document: { id, title: id, segments } }));
    },
    resources: { list: async (kind) => (kind === 'priority' ? lists : applied) },
    leases: freeLeases(),
  };
}
