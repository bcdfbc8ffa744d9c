/**
 * One segment is applied or removed by itself, as a page does. Where a project keeps its documents in activations/, that folder is the whole truth
 * all the same: the next `sluice apply` takes back what it does not say.
 */
import type { DocumentKind } from '../documents/kind.ts';
import { formatProblem } from '../documents/problem.ts';
import { checkDocument } from '../segments/check-document.ts';
import { findDefinition, invalid, readDefinitions } from '../segments/definitions.ts';
import type { SegmentDeps } from '../segments/deps.ts';
import type { AppliedSegment } from '../segments/schema.ts';
import type { Document, Resources } from '../store/resources.ts';
import { documentName } from './document-name.ts';
import { errors } from './errors.ts';
import { dependantsOf } from './segment-dependants.ts';

export interface OneSegmentDeps {
  readonly segments: SegmentDeps;
  readonly resources: Pick<Resources, 'list' | 'put' | 'remove'>;
  /** All kinds of documents: any of them may name a segment. */
  readonly kinds: readonly Pick<DocumentKind, 'kind' | 'references'>[];
}

export interface Applying {
  /** Who does it. */
  readonly by: string;
  /** The revision that it was made from, 0 = there was none. Left out: whatever is there is replaced. */
  readonly expectedRevision?: number | undefined;
  /** Why, for whoever reads the versions of the definition. */
  readonly reason?: string | undefined;
}

/** @throws CdpError `segments.invalid`, `store.revision_conflict`, `activations.in_use` where it would be of another entity and something reads it. */
export async function putSegment(deps: OneSegmentDeps, id: string, document: Document, applying: Applying): Promise<AppliedSegment> {
  if (document.id !== undefined && document.id !== id)
    throw invalid(id, [{ path: ['id'], message: `is another than that of the address, ${id}` }]);
  const whole = { ...document, id };
  const { problems, warnings } = await checkDocument(deps.segments, whole);
  if (problems.length > 0) throw invalid(id, problems);
  await refuseOtherEntity(deps, id, whole);
  const resource = await deps.resources.put({ kind: 'segment', id, document: whole, ...keptOf(applying) }, applying.by);
  return {
    segment_id: id,
    revision: resource.revision,
    applied_at: resource.appliedAt.toISOString(),
    applied_by: resource.appliedBy,
    warnings: warnings.map((warning) => formatProblem(warning)),
  };
}

/**
 * Archives a segment that nothing reads: its document and all versions of it are kept, and `restoreSegment` brings it back. Its members
 * stay published until `sluice segment publish --all` retires it, and what was sent of it stays where it is.
 * @throws CdpError `segments.missing`, `activations.in_use` when a document or a model reads it, `store.revision_conflict`.
 */
export async function removeSegment(deps: OneSegmentDeps, id: string, applying: Applying): Promise<void> {
  const definitions = await readDefinitions(deps.segments);
  if (!definitions.unusable.has(id)) findDefinition(definitions, id);
  const readers = await readersOf(deps, id);
  if (readers.length > 0) throw errors.in_use(`The segment ${id} is read by ${readers.join(', ')}`, { context: { segment: id } });
  await deps.resources.remove({ kind: 'segment', id, ...keptOf(applying) }, applying.by);
}

/** What reads it was written for members of the entity that it has now: other segments, fields of syncs, joins of models. */
async function refuseOtherEntity(deps: OneSegmentDeps, id: string, { entity }: Document): Promise<void> {
  const before = (await deps.resources.list('segment')).find((resource) => resource.id === id)?.document.entity;
  if (before === undefined || before === entity) return;
  const readers = await readersOf(deps, id);
  if (readers.length > 0)
    throw errors.in_use(`The segment ${id} would be of ${entity} and no longer of ${before}, and is read by ${readers.join(', ')}`, {
      context: { segment: id },
      hint: 'Give the segment of the other entity an id of its own, or change what reads this one at the same time with `sluice apply`.',
    });
}

async function readersOf(deps: OneSegmentDeps, id: string): Promise<string[]> {
  const { segments, syncs, others, models } = await dependantsOf(deps, id);
  return [
    ...segments.map((other) => `the segment ${other}`),
    ...syncs.map((sync) => `the sync ${sync}`),
    ...others.map((other) => `the ${documentName(other)}`),
    ...models.map(({ name, file }) => `the model ${name} (${file})`),
  ];
}

const keptOf = ({ expectedRevision, reason }: Applying) => ({ reason, ...(expectedRevision === undefined ? {} : { expectedRevision }) });
