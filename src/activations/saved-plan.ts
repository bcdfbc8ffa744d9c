/** A plan in a file: reviewed today, applied tomorrow, if the world is still the one that it saw. */
import { readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { type ActivationDeps, planActivations } from './apply.ts';
import { errors } from './errors.ts';
import { type CheckedPlan, planDocument } from './plan-document.ts';
import { PLAN_FORMAT } from './schema.ts';
import { changesBetween, World } from './world.ts';

const SavedPlan = z.looseObject({ format: z.literal(PLAN_FORMAT), world: World });

export async function savePlan(path: string, plan: CheckedPlan): Promise<void> {
  await writeFile(path, `${JSON.stringify(planDocument(plan), null, 2)}\n`).catch((cause: unknown) => {
    throw errors.plan_file(`The plan cannot be written to ${path}`, { cause });
  });
}

function worldOf(text: string, path: string): z.output<typeof SavedPlan> {
  try {
    return SavedPlan.parse(JSON.parse(text));
  } catch (cause) {
    throw errors.plan_file(`${path} is no plan that this version of Sluice has written`, { cause });
  }
}

/**
 * The plan of `path`, made again: what it was made from is the same, and so is it.
 * @throws CdpError `activations.plan_file`, `activations.plan_outdated` with a line for each difference.
 */
export async function readSavedPlan<Rooms>(path: string, deps: ActivationDeps<Rooms>): Promise<CheckedPlan> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw errors.plan_file(`The plan ${path} cannot be read`, { cause });
  });
  const { world } = worldOf(text, path);
  const plan = await planActivations(deps);
  assertWorld(`The plan ${path}`, world, plan);
  return plan;
}

/** @throws CdpError `activations.plan_outdated` with a line for each difference. */
export function assertWorld(name: string, seen: World, plan: CheckedPlan): void {
  const changes = changesBetween(seen, plan.world);
  if (changes.length === 0) return;
  throw errors.plan_outdated(`${name} is not of the world as it is now:\n  ${changes.join('\n  ')}`, { context: { differences: changes } });
}
