/**
 * Documents of activations/ may say which version of their kind they are: `version: 2`; without it, the first. Older ones are made new when they are
 * read, so that an upgrade of Sluice edits no file. Pure.
 */
import type { Problem } from './problem.ts';

export type DocumentKind = 'destination' | 'segment' | 'sync';

/** Turns a document of the version `from` into one of `from` + 1. */
export interface DocumentMigration {
  readonly kind: DocumentKind;
  readonly from: number;
  apply(document: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

/** In the order of their versions. None yet: every kind is at its first. */
export const DOCUMENT_MIGRATIONS: readonly DocumentMigration[] = [];

/** The version in which this Sluice reads a kind. */
export const currentVersion = (kind: DocumentKind, migrations = DOCUMENT_MIGRATIONS): number =>
  1 + migrations.filter((migration) => migration.kind === kind).length;

export type Migrated =
  | { readonly ok: true; readonly document: Record<string, unknown>; readonly from: number }
  | { readonly ok: false; readonly problem: Problem };

/** The document as this version reads it, without `version`. */
export function migrateDocument(
  kind: DocumentKind,
  { version = 1, ...document }: Readonly<Record<string, unknown>>,
  migrations = DOCUMENT_MIGRATIONS,
): Migrated {
  const current = currentVersion(kind, migrations);
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1 || version > current) {
    const message = `there is no version ${JSON.stringify(version)} of a ${kind}: this Sluice reads ${current === 1 ? 'version 1' : `versions 1 to ${current}`}.`;
    return { ok: false, problem: { path: ['version'], message } };
  }
  const steps = migrations.filter((migration) => migration.kind === kind && migration.from >= version);
  return { ok: true, document: steps.reduce<Record<string, unknown>>((older, step) => step.apply(older), document), from: version };
}
