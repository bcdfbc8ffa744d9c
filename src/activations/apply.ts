/** Makes what runs equal to the activations folder: all of it or, when anything is wrong, nothing. */
import { formatProblem } from '../documents/problem.ts';
import type { Resources } from '../store/resources.ts';
import { type CheckDeps, checkActivations } from './check.ts';
import { errors } from './errors.ts';
import { type Change, type Json, KINDS, type Plan, planChanges, type Running } from './plan.ts';
import { type CheckedPlan, placeOf } from './plan-document.ts';
import { reachOf } from './reach.ts';
import { type Activations, readActivations } from './read.ts';
import { whatStays } from './what-stays.ts';
import { worldOf } from './world.ts';

export interface ActivationDeps extends CheckDeps {
  readonly warehouse: NonNullable<CheckDeps['warehouse']>;
  readonly projectDir: string;
  readonly resources: Resources;
}

/**
 * @param given default: those of the project's folder.
 * @throws CdpError `activations.folder_missing`, `activations.invalid` with a line for each problem.
 */
export async function planActivations(deps: ActivationDeps, given?: Activations): Promise<CheckedPlan> {
  const activations = given ?? (await readActivations(deps.projectDir));
  const { problems, warnings } = await checkActivations(activations, deps);
  if (problems.length > 0) {
    const lines = problems.map((problem) => formatProblem(problem, problem.file));
    throw errors.invalid(`The activations cannot be applied:\n  ${lines.join('\n  ')}`, { context: { problems: lines } });
  }
  const running = await readRunning(deps.resources);
  const { changes, unchanged } = planChanges(activations.files, running);
  const described = changes.map(async (change) => ({
    ...(await withWhatStays(deps, change)),
    ...placeOf(change, activations.files),
    ...(await reachOf(deps, change, activations.files)),
  }));
  const world = worldOf(deps.warehouse.databases.published, running, activations.files, deps.catalogue);
  return { changes: await Promise.all(described), unchanged, warnings, world };
}

/**
 * Applies the plan in one transaction.
 * @throws CdpError `store.revision_conflict` when somebody else has changed something since the plan was made.
 */
export async function applyPlan(resources: Pick<Resources, 'apply'>, plan: Plan, appliedBy: string): Promise<void> {
  await resources.apply(plan.changes.map(asStored), appliedBy);
}

/** A document that goes takes nothing along: what it has sent or published has to be cleared away by a person who knows that it is there. */
async function withWhatStays(deps: Pick<ActivationDeps, 'syncs'>, change: Change): Promise<Change> {
  if (change.action !== 'remove') return change;
  return { ...change, stays: await whatStays(deps.syncs, change.kind, change.id) };
}

async function readRunning(resources: Pick<Resources, 'list'>): Promise<Running[]> {
  const all = await Promise.all(KINDS.map((kind) => resources.list(kind)));
  return all.flat().map(({ kind, id, document, revision }) => ({ kind, id, revision, document: document as Json }));
}

function asStored(change: Change): Parameters<Resources['apply']>[0][number] {
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
