/**
 * The kinds of documents that there are, each declared by its room. The only list of them: the composition root hands it to store, activations,
 * schedule, job handlers, status and commands. In the order in which documents are applied: a kind stands behind those that it names.
 */
import type { DocumentKind } from './documents/kind.ts';
import type { SegmentDeps } from './segments/deps.ts';
import { type SegmentCheckDeps, type SegmentPlanDeps, segmentKind } from './segments/kind.ts';
import { type ListCheckDeps, type ListPlanDeps, listKind } from './segments/lists/kind.ts';
import { priorityKind } from './segments/priority-kind.ts';
import type { SyncDeps } from './syncs/deps.ts';
import { destinationKind, type SyncCheckDeps, type SyncPlanDeps, syncKind } from './syncs/kind.ts';

/** What the kinds ask for to check documents; in a check of a project alone there is no warehouse. */
export type CheckRooms = SegmentCheckDeps & ListCheckDeps & SyncCheckDeps;

/** What the kinds ask for to look at what a change reaches. */
export type PlanRooms = SegmentPlanDeps & ListPlanDeps & SyncPlanDeps;

/** What the kinds ask for to run their jobs. */
export interface JobRooms {
  readonly segments: SegmentDeps;
  readonly syncs: SyncDeps;
}

export type DocumentKinds = readonly DocumentKind<CheckRooms, PlanRooms, JobRooms>[];

export const DOCUMENT_KINDS: DocumentKinds = [destinationKind, listKind, segmentKind, priorityKind, syncKind];
