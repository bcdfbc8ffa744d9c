/** Who reads the members of a segment. */
import type { DocumentKind } from '../documents/kind.ts';
import { audienceName } from '../segments/compile-audiences.ts';
import type { SegmentDeps } from '../segments/deps.ts';
import type { SegmentDependants } from '../segments/life-schema.ts';
import type { Document, Resources } from '../store/resources.ts';

export interface DependantsDeps {
  readonly segments: Pick<SegmentDeps, 'modelsReading'>;
  readonly resources: Pick<Resources, 'list'>;
  readonly kinds: readonly Pick<DocumentKind, 'kind' | 'references'>[];
}

/** Everything that reads the members of a segment: documents of any kind, and models of the project. */
export async function dependantsOf({ segments, resources, kinds }: DependantsDeps, id: string): Promise<SegmentDependants> {
  const [documents, models] = await Promise.all([
    Promise.all(kinds.map((kind) => referrersOf(resources, kind, id))),
    segments.modelsReading(audienceName(id)),
  ]);
  const all = documents.flat();
  const ofKind = (name: string) => all.filter(({ kind }) => kind === name).map((one) => one.id);
  return {
    segments: ofKind('segment'),
    syncs: ofKind('sync'),
    others: all.filter(({ kind }) => kind !== 'segment' && kind !== 'sync'),
    models: models.map(({ name, file }) => ({ name, file })),
  };
}

async function referrersOf(
  resources: Pick<Resources, 'list'>,
  { kind, references }: Pick<DocumentKind, 'kind' | 'references'>,
  segment: string,
): Promise<{ readonly kind: string; readonly id: string }[]> {
  const reads = (document: Document) => references(document).some((one) => one.kind === 'segment' && one.id === segment);
  return (await resources.list(kind)).filter(({ document }) => reads(document)).map(({ id }) => ({ kind, id }));
}
