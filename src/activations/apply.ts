/** Makes what runs equal to the activations folder: all of it or, when anything is wrong, nothing. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { DocumentKind } from '../documents/kind.ts';
import { formatProblem } from '../documents/problem.ts';
import type { ResourceChange, Resources } from '../store/resources.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { checkActivations } from './check.ts';
import { errors } from './errors.ts';
import { type Change, type Json, type Plan, planChanges, type Running } from './plan.ts';
import { type CheckedPlan, placeOf } from './plan-document.ts';
import { reachOf } from './reach.ts';
import { type Activations, readActivations } from './read.ts';
import { worldOf } from './world.ts';

/** Names that a message lists. */
const MAX_NAMED = 20;

/** @template Rooms what the kinds ask for to check documents and to look at what a change reaches. */
export interface ActivationDeps<Rooms> {
  readonly projectDir: string;
  readonly resources: Resources;
  readonly warehouse: Pick<Warehouse, 'databases'>;
  readonly catalogue: Catalogue;
  /** In the order in which they are applied. */
  readonly kinds: readonly DocumentKind<Rooms, Rooms>[];
  readonly rooms: Rooms;
}

/**
 * @param given default: those of the project's folder.
 * @throws CdpError `activations.folder_missing`, `activations.invalid` with a line for each problem.
 */
export async function planActivations<Rooms>(deps: ActivationDeps<Rooms>, given?: Activations): Promise<CheckedPlan> {
  const { kinds, rooms } = deps;
  const activations = given ?? (await readActivations(deps.projectDir, kinds));
  const { problems, warnings } = await checkActivations(activations, kinds, rooms);
  if (problems.length > 0) {
    const lines = problems.map((problem) => formatProblem(problem, problem.file));
    throw errors.invalid(`The activations cannot be applied:\n  ${lines.join('\n  ')}`, { context: { problems: lines } });
  }
  const running = await readRunning(deps);
  const order = kinds.map(({ kind }) => kind);
  const { changes, unchanged, emptied } = planChanges(activations.files, running, order);
  const described = changes.map(async (change) => ({
    ...(await withWhatStays(deps, change)),
    ...placeOf(change, activations.files),
    ...(await reachOf(deps, change, activations.files, running)),
  }));
  const world = worldOf(deps.warehouse.databases.published, running, activations.files, deps.catalogue);
  return { changes: await Promise.all(described), unchanged, emptied, warnings, world };
}

/**
 * Applies the plan in one transaction. `reason` is kept with each revision.
 * @throws CdpError `store.revision_conflict` when something was changed since the plan was made.
 */
export async function applyPlan(resources: Pick<Resources, 'apply'>, plan: Plan, appliedBy: string, reason?: string): Promise<void> {
  await resources.apply(
    plan.changes.map((change) => ({ ...asStored(change), reason })),
    appliedBy,
  );
}

/** How many removals somebody has allowed by name; a plan that somebody has looked at allows its own. */
type AllowedRemovals = number | 'as planned' | undefined;

/**
 * Documents that go one by one are ordinary work. All of a kind at once are more often an empty folder, or a list from which something was
 * left out, so that has to be said.
 * @throws CdpError `activations.removals_not_allowed`, which names what would go.
 */
export function assertRemovals({ changes, emptied }: Pick<Plan, 'changes' | 'emptied'>, allowed: AllowedRemovals): void {
  const removed = changes.filter(({ action }) => action === 'remove').map(({ kind, id }) => `${kind} ${id}`);
  const isTooMany = typeof allowed === 'number' ? removed.length > allowed : allowed === undefined && emptied.length > 0;
  if (!isTooMany) return;
  const shown = removed.slice(0, MAX_NAMED).join(', ');
  const more = removed.length > MAX_NAMED ? ` and ${removed.length - MAX_NAMED} more` : '';
  const why = emptied.length > 0 ? `, and no ${emptied.join(' and no ')} would be left` : '';
  throw errors.removals_not_allowed(`This would remove ${removed.length} documents (${shown}${more})${why}`, {
    context: { removals: removed.length },
  });
}

/** A document that goes takes nothing along: what it has sent or published has to be cleared away by a person who knows that it is there. */
async function withWhatStays<Rooms>({ kinds, rooms }: Pick<ActivationDeps<Rooms>, 'kinds' | 'rooms'>, change: Change): Promise<Change> {
  if (change.action !== 'remove') return change;
  const kind = kinds.find((candidate) => candidate.kind === change.kind);
  return { ...change, stays: (await kind?.leaves(change.id, rooms)) ?? [] };
}

async function readRunning({ kinds, resources }: Pick<ActivationDeps<never>, 'kinds' | 'resources'>): Promise<Running[]> {
  const all = await Promise.all(kinds.map(({ kind }) => resources.list(kind)));
  return all.flat().map(({ kind, id, document, revision }) => ({ kind, id, revision, document: document as Json }));
}

function asStored(change: Change): ResourceChange {
  const { kind, id } = change;
  switch (change.action) {
    case 'create':
      return { kind, id, document: change.document as Readonly<Record<string, unknown>>, expectedRevision: 0 };
    case 'update':
      return { kind, id, document: change.document as Readonly<Record<string, unknown>>, expectedRevision: change.revision };
    case 'remove':
      return { kind, id, document: null, expectedRevision: change.revision };
  }
}
