/** The lists of identifiers among documents: those that run, or those of a folder. */
import type { DocumentReader } from '../../documents/kind.ts';
import { ListDefinition } from './definition.ts';

/** By id. One that cannot be read is none: a segment that names it is then refused. */
export async function readLists(documents: Pick<DocumentReader, 'list'>): Promise<ReadonlyMap<string, ListDefinition>> {
  const found = (await documents.list('list')).filter(({ kind }) => kind === 'list');
  return new Map(
    found.flatMap(({ id, document }) => {
      const { data } = ListDefinition.safeParse(document);
      return data === undefined ? [] : [[id, data] as const];
    }),
  );
}
