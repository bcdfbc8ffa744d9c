/** Reads and checks the applied documents of syncs and destinations. */
import type { DocumentReader } from '../documents/kind.ts';
import { suggestion } from './compile-mapping.ts';
import { DestinationDefinition, SyncDefinition } from './definition.ts';
import type { SyncDeps } from './deps.ts';
import { errors } from './errors.ts';
import { invalid, problemsWithin } from './issues.ts';

type Deps = Pick<SyncDeps, 'resources'>;

export interface AppliedSyncs {
  readonly usable: ReadonlyMap<string, SyncDefinition>;
  /** Ids of documents that another version of Sluice wrote and this one cannot read. `sluice sync list` says what is wrong with each. */
  readonly unusable: readonly string[];
}

/** All applied syncs. */
export async function readSyncs(deps: { readonly resources: Pick<DocumentReader, 'list'> }): Promise<AppliedSyncs> {
  const usable = new Map<string, SyncDefinition>();
  const unusable: string[] = [];
  for (const { id, document } of await deps.resources.list('sync')) {
    const definition = SyncDefinition.safeParse(document).data;
    if (definition) usable.set(id, definition);
    else unusable.push(id);
  }
  return { usable, unusable };
}

/** @throws CdpError `syncs.not_found` (with the nearest name), `syncs.invalid`. */
export async function readSync(deps: Deps, id: string): Promise<SyncDefinition> {
  return parseSync(id, await documentOf(deps, 'sync', id));
}

/** @throws CdpError `syncs.not_found` (with the nearest name), `syncs.invalid`. */
export async function readDestination(deps: Deps, id: string): Promise<DestinationDefinition> {
  return parseDestination(id, await documentOf(deps, 'destination', id));
}

/** @throws CdpError `syncs.invalid`, a line for each finding, with its place in the document. */
export function parseSync(id: string, document: unknown): SyncDefinition {
  const parsed = SyncDefinition.safeParse(document);
  if (!parsed.success) throw invalid(`sync ${id}`, problemsWithin(parsed.error, SyncDefinition, document));
  return parsed.data;
}

/** @throws CdpError `syncs.invalid`, a line for each finding, with its place in the document. */
export function parseDestination(id: string, document: unknown): DestinationDefinition {
  const parsed = DestinationDefinition.safeParse(document);
  if (!parsed.success) throw invalid(`destination ${id}`, problemsWithin(parsed.error, DestinationDefinition, document));
  return parsed.data;
}

async function documentOf(deps: Deps, kind: 'sync' | 'destination', id: string): Promise<unknown> {
  const resource = await deps.resources.get(kind, id);
  if (resource) return resource.document;
  const known = (await deps.resources.list(kind)).map((other) => other.id);
  throw errors.not_found(`There is no ${kind} ${id}${suggestion(id, known)}`, { context: { [kind]: id } });
}
