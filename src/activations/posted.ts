/** Plans and applies posted documents, or those of the project's folder. */
import type { DocumentKind } from '../documents/kind.ts';
import { type ActivationDeps, applyPlan, assertRemovals, planActivations } from './apply.ts';
import { errors } from './errors.ts';
import type { CheckedPlan } from './plan-document.ts';
import { type Activations, collect } from './read.ts';
import { assertWorld } from './saved-plan.ts';
import type { PostedActivations } from './schema.ts';

/** The two functions below, with what they ask for. */
export interface PostedPlans {
  plan(posted: PostedActivations): Promise<CheckedPlan>;
  apply(posted: PostedActivations, appliedBy: string): Promise<CheckedPlan>;
}

/** @throws CdpError `activations.invalid`, `activations.folder_missing`, `activations.plan_outdated`. */
export async function planPosted<Rooms>(deps: ActivationDeps<Rooms>, { documents, world }: PostedActivations): Promise<CheckedPlan> {
  const plan = await planActivations(deps, documents && activationsOf(documents, deps.kinds));
  if (world !== undefined) assertWorld('The plan', world, plan);
  return plan;
}

/** @throws CdpError as planPosted, `activations.removals_not_allowed` and `store.revision_conflict`. */
export async function applyPosted<Rooms>(deps: ActivationDeps<Rooms>, posted: PostedActivations, appliedBy: string): Promise<CheckedPlan> {
  const plan = await planPosted(deps, posted);
  assertRemovals(plan, posted.allow_removals ?? (posted.world && 'as planned'));
  await applyPlan(deps.resources, plan, appliedBy, posted.reason);
  return plan;
}

/** Problems are told by the place in the document as it would stand in a file, an element a line. */
function activationsOf(documents: NonNullable<PostedActivations['documents']>, kinds: readonly DocumentKind[]): Activations {
  return collect(
    documents.map(({ kind: name, document }, index) => {
      const place = typeof document.id === 'string' ? document.id : `document ${index + 1}`;
      const kind = kinds.find((one) => one.kind === name);
      if (!kind)
        throw errors.invalid(`${place}: there is no kind ${name} of documents; there are ${kinds.map((one) => one.kind).join(', ')}`);
      return { kind, file: `${kind.folder}/${place}`, text: JSON.stringify(document, null, 2) };
    }),
  );
}
