/** A plan as `--json` and `--out` write it. Its words are a contract: a pull request's comment is made of them. */
import type { Path } from '../documents/problem.ts';
import type { Change, FieldChange, Plan } from './plan.ts';
import type { Reach } from './reach.ts';
import type { ActivationFile, FileProblem } from './read.ts';
import { PLAN_FORMAT, type PlanDocument } from './schema.ts';
import type { World } from './world.ts';

/** Where in activations/ the change stands; null for what is removed. */
export interface Place {
  readonly file: string | null;
  readonly line: number | null;
}

export type PlannedChange = Change & Reach & Place;

export interface CheckedPlan extends Plan {
  readonly changes: readonly PlannedChange[];
  readonly warnings: readonly FileProblem[];
  readonly world: World;
}

export function planDocument({ changes, unchanged, emptied, warnings, world }: CheckedPlan): PlanDocument {
  return {
    format: PLAN_FORMAT,
    changes,
    unchanged,
    emptied,
    warnings: warnings.map(({ file, line, message }) => ({ file, line: line ?? null, message })),
    world,
  };
}

/** The line of the first field that differs, else that of the id. */
export function placeOf(change: Change, files: readonly ActivationFile[]): Place {
  const file = change.action === 'remove' ? undefined : files.find(({ kind, id }) => kind === change.kind && id === change.id);
  if (!file) return { file: null, line: null };
  const path = change.action === 'update' && change.fields[0] ? topOf(change.fields[0]) : ['id'];
  const [located] = file.written.locate([{ path, message: '' }]);
  return { file: file.file, line: located?.line ?? 1 };
}

/** `where.all[1].trait` → where, all, 1, trait. */
const topOf = ({ path }: FieldChange): Path =>
  path.split(/[.[\]]+/).flatMap((part) => (part === '' ? [] : [/^\d+$/.test(part) ? Number(part) : part]));
