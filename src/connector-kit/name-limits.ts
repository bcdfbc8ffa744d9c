/** Which names a destination keeps unchanged: a name that it would cut or fold is refused before anything runs. Pure. */
import type { NumberSource } from './documented.ts';

export interface NameLimits {
  /** Longest name, in bytes of UTF-8: an accented or Cyrillic letter has two, a Chinese one three. */
  readonly maxBytes?: number;
  /** `folded`: names that differ only in case, in spaces around them or in how an accent is composed are the same name. */
  readonly compares: 'exactly' | 'folded';
  /** Reserved names, each with what uses it. */
  readonly reserved?: Readonly<Record<string, string>>;
  readonly source: NumberSource | { readonly reason: string };
}

export const bytesOf = (text: string): number => Buffer.byteLength(text);

/** A sentence that says why a name cannot be used; undefined when it can. `place`: `a column of PostgreSQL`. */
export function nameProblem(name: string, limits: NameLimits, place: string): string | undefined {
  const bytes = bytesOf(name);
  if (limits.maxBytes !== undefined && bytes > limits.maxBytes) {
    const link = 'link' in limits.source ? ` (${limits.source.link}, ${limits.source.checkedOn})` : '';
    return `the name has ${bytes} bytes and ${place} keeps ${limits.maxBytes} of them${link}: take a shorter name`;
  }
  const owner = limits.reserved && Object.entries(limits.reserved).find(([taken]) => fold(taken, limits) === fold(name, limits))?.[1];
  return owner === undefined ? undefined : `the name is taken: ${owner}; take another name`;
}

/** Names that become the same name there, each with the earlier one that it collides with. */
export function collidingNames(names: readonly string[], limits: NameLimits): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  const colliding = new Map<string, string>();
  for (const name of names) {
    const folded = fold(cut(name, limits.maxBytes), limits);
    const earlier = first.get(folded);
    if (earlier === undefined) first.set(folded, name);
    else colliding.set(name, earlier);
  }
  return colliding;
}

function fold(name: string, { compares }: NameLimits): string {
  return compares === 'exactly' ? name : name.normalize('NFC').trim().toLowerCase();
}

function cut(name: string, maxBytes: number | undefined): string {
  return maxBytes === undefined || bytesOf(name) <= maxBytes ? name : Buffer.from(name).subarray(0, maxBytes).toString();
}
