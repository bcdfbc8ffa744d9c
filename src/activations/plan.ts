/** The difference between the activations folder and what is running. Pure: reading, checking and applying happen elsewhere. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface Wanted {
  readonly kind: string;
  readonly id: string;
  readonly document: Json;
}

export interface Running extends Wanted {
  readonly revision: number;
}

/** One leaf that differs. `undefined` on a side means that the path does not exist there. */
export interface FieldChange {
  /** As a person would write it: `where.all[1].trait`. */
  readonly path: string;
  readonly from: Json | undefined;
  readonly to: Json | undefined;
}

export type Change =
  | { readonly action: 'create'; readonly kind: string; readonly id: string; readonly document: Json }
  | {
      readonly action: 'update';
      readonly kind: string;
      readonly id: string;
      readonly document: Json;
      readonly revision: number;
      readonly fields: readonly FieldChange[];
    }
  | {
      readonly action: 'remove';
      readonly kind: string;
      readonly id: string;
      readonly revision: number;
      /** What the removal leaves where it is, a sentence each; filled in by who can look. */
      readonly stays?: readonly string[];
    };

export interface Plan {
  /** In the order in which they must be applied. */
  readonly changes: readonly Change[];
  readonly unchanged: number;
  /** Kinds of which something runs and nothing will: what an empty folder does, or a list that was put together wrongly. */
  readonly emptied: readonly string[];
}

/**
 * Compares by (kind, id). What runs and is no longer wanted is removed: the folder is the whole truth.
 * @param kinds in the order in which they are applied: a sync needs its segment and its destination. Removal goes the other way.
 */
export function planChanges(wanted: readonly Wanted[], running: readonly Running[], kinds: readonly string[]): Plan {
  const runningByKey = new Map(running.map((resource) => [keyOf(resource), resource]));
  const wantedKeys = new Set(wanted.map(keyOf));
  const changes: Change[] = [];
  let unchanged = 0;

  for (const { kind, id, document } of inOrder(wanted, kinds)) {
    const current = runningByKey.get(keyOf({ kind, id }));
    if (!current) {
      changes.push({ action: 'create', kind, id, document });
      continue;
    }
    const fields = differences(current.document, document);
    if (fields.length === 0) unchanged += 1;
    else changes.push({ action: 'update', kind, id, document, revision: current.revision, fields });
  }
  for (const { kind, id, revision } of inOrder(running, kinds).reverse()) {
    if (!wantedKeys.has(keyOf({ kind, id }))) changes.push({ action: 'remove', kind, id, revision });
  }
  const stays = new Set(wanted.map(({ kind }) => kind));
  const emptied = kinds.filter((kind) => !stays.has(kind) && running.some((one) => one.kind === kind));
  return { changes, unchanged, emptied };
}

/** The leaves in which two documents differ; the order of an object's members does not matter, that of a list does. */
export function differences(from: Json | undefined, to: Json | undefined, path = ''): FieldChange[] {
  if (isList(from) && isList(to)) {
    return Array.from({ length: Math.max(from.length, to.length) }, (_, index) =>
      differences(from[index], to[index], `${path}[${index}]`),
    ).flat();
  }
  if (isMembers(from) && isMembers(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
    return names.flatMap((name) => differences(from[name], to[name], path === '' ? name : `${path}.${name}`));
  }
  return from === to ? [] : [{ path, from, to }];
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isMembers(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keyOf({ kind, id }: { kind: string; id: string }): string {
  return `${kind}/${id}`;
}

function inOrder<R extends { kind: string; id: string }>(resources: readonly R[], kinds: readonly string[]): R[] {
  return [...resources].sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.id.localeCompare(b.id));
}
