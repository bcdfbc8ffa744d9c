/** Plans and applies documents that somebody posted, or those of the project's folder. */
import { type ActivationDeps, applyPlan, planActivations } from './apply.ts';
import type { CheckedPlan } from './plan-document.ts';
import { type Activations, collect, FOLDERS, readActivations } from './read.ts';
import { assertWorld } from './saved-plan.ts';
import type { PostedActivations } from './schema.ts';

/** @throws CdpError `activations.invalid`, `activations.folder_missing`, `activations.plan_outdated`. */
export async function planPosted(deps: ActivationDeps, { documents, world }: PostedActivations): Promise<CheckedPlan> {
  const activations = documents === undefined ? await readActivations(deps.projectDir) : activationsOf(documents);
  const plan = await planActivations(deps, activations);
  if (world !== undefined) assertWorld('The plan', world, plan);
  return plan;
}

/** @throws CdpError as planPosted, and `store.revision_conflict`. */
export async function applyPosted(deps: ActivationDeps, posted: PostedActivations, appliedBy: string): Promise<CheckedPlan> {
  const plan = await planPosted(deps, posted);
  await applyPlan(deps.resources, plan, appliedBy);
  return plan;
}

/** Problems are told by the place in the document as it would stand in a file, an element a line. */
function activationsOf(documents: NonNullable<PostedActivations['documents']>): Activations {
  return collect(
    documents.map(({ kind, document }, index) => ({
      kind,
      file: `${FOLDERS[kind]}/${typeof document.id === 'string' ? document.id : `document ${index + 1}`}`,
      text: JSON.stringify(document, null, 2),
    })),
  );
}
