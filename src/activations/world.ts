/** What a plan was made from: a saved plan is applied only as long as all of it is still so. Pure. */
import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Running } from './plan.ts';
import type { ActivationFile } from './read.ts';

export const World = z.object({
  /** First part of the databases' names: a plan for one environment does not hold in another. */
  prefix: z.string(),
  /** Of each document that runs: `segment lapsing` → 3. */
  revisions: z.record(z.string(), z.number()),
  /** Of each file of activations/: its path → the SHA-256 of its text. */
  files: z.record(z.string(), z.string()),
  /** SHA-256 of what the models declare. */
  catalogue: z.string(),
});
export type World = z.output<typeof World>;

export function worldOf(prefix: string, running: readonly Running[], files: readonly ActivationFile[], catalogue: Catalogue): World {
  return {
    prefix,
    revisions: Object.fromEntries(running.map(({ kind, id, revision }) => [`${kind} ${id}`, revision])),
    files: Object.fromEntries(files.map(({ file, text }) => [file, sha256(text)])),
    catalogue: sha256(canonical(catalogue)),
  };
}

/** What has changed since, a sentence each; none when the world is the same. */
export function changesBetween(seen: World, now: World): string[] {
  return [
    ...(seen.prefix === now.prefix ? [] : [`The plan was made for the databases ${seen.prefix}*, and these are ${now.prefix}*.`]),
    ...differing(seen.files, now.files).map((file) => `${file} ${verb(seen.files[file], now.files[file])} since.`),
    ...differing(seen.revisions, now.revisions).map(
      (name) => `What runs is another: ${name} ${verb(seen.revisions[name], now.revisions[name])} by another apply.`,
    ),
    ...(seen.catalogue === now.catalogue ? [] : ['The models declare other entities, traits, events or relations than they did.']),
  ];
}

function differing<V>(one: Readonly<Record<string, V>>, other: Readonly<Record<string, V>>): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => one[name] !== other[name]).sort();
}

function verb(seen: unknown, now: unknown): string {
  if (seen === undefined) return 'was added';
  return now === undefined ? 'was removed' : 'was changed';
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The same text for the same value, in whatever order it was put together. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner instanceof Map) return Object.fromEntries([...inner].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
