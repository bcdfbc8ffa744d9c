/**
 * Documents of activations/ may say which version of their kind they are: `version: 2`; without it, the first. Older ones are made new when they are
 * read, so that an upgrade of Sluice edits no file. Pure.
 */
import type { DocumentKind } from './kind.ts';
import type { Problem } from './problem.ts';

/** What a kind declares of its versions. */
type Versioned = Pick<DocumentKind, 'kind' | 'migrations'>;

/** The version in which this Sluice reads a kind. */
export const currentVersion = ({ migrations }: Pick<Versioned, 'migrations'>): number => 1 + migrations.length;

export type Migrated =
  | { readonly ok: true; readonly document: Record<string, unknown>; readonly from: number }
  | { readonly ok: false; readonly problem: Problem };

/** The document as this version reads it, without `version`. */
export function migrateDocument(
  { kind, migrations }: Versioned,
  { version = 1, ...document }: Readonly<Record<string, unknown>>,
): Migrated {
  const current = currentVersion({ migrations });
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1 || version > current) {
    const message = `there is no version ${JSON.stringify(version)} of a ${kind}: this Sluice reads ${current === 1 ? 'version 1' : `versions 1 to ${current}`}.`;
    return { ok: false, problem: { path: ['version'], message } };
  }
  const steps = migrations.filter(({ from }) => from >= version);
  return { ok: true, document: steps.reduce<Record<string, unknown>>((older, step) => step.apply(older), document), from: version };
}
