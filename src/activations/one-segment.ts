/**
 * One segment is applied or removed by itself, as a page does. Where a project keeps its documents in activations/, that folder is the whole truth
 * all the same: the next `sluice apply` takes back what it does not say.
 */
import { formatProblem } from '../documents/problem.ts';
import { checkDocument } from '../segments/check-document.ts';
import { findDefinition, invalid, readDefinitions, readPriorities } from '../segments/definitions.ts';
import type { SegmentDeps } from '../segments/deps.ts';
import { referencesOf } from '../segments/references.ts';
import type { AppliedSegment } from '../segments/schema.ts';
import type { Document, Resources } from '../store/resources.ts';
import { readSyncs } from '../syncs/documents.ts';
import { errors } from './errors.ts';

export interface OneSegmentDeps {
  readonly segments: SegmentDeps;
  readonly resources: Pick<Resources, 'list' | 'put' | 'remove'>;
}

export interface Applying {
  /** Who does it. */
  readonly by: string;
  /** The revision that it was made from, 0 = there was none. Left out: whatever is there is replaced. */
  readonly expectedRevision?: number | undefined;
}

/** @throws CdpError `segments.invalid`, `store.revision_conflict`. */
export async function putSegment(deps: OneSegmentDeps, id: string, document: Document, applying: Applying): Promise<AppliedSegment> {
  if (document.id !== undefined && document.id !== id)
    throw invalid(id, [{ path: ['id'], message: `is another than that of the address, ${id}` }]);
  const whole = { ...document, id };
  const { problems, warnings } = await checkDocument(deps.segments, whole);
  if (problems.length > 0) throw invalid(id, problems);
  const resource = await deps.resources.put({ kind: 'segment', id, document: whole, ...expectedOf(applying) }, applying.by);
  return {
    segment_id: id,
    revision: resource.revision,
    applied_at: resource.appliedAt.toISOString(),
    applied_by: resource.appliedBy,
    warnings: warnings.map((warning) => formatProblem(warning)),
  };
}

/**
 * Its members stay published until `sluice segment publish --all` retires it, and what was sent of it stays where it is.
 * @throws CdpError `segments.missing`, `activations.in_use` when a segment or a sync reads it, `store.revision_conflict`.
 */
export async function removeSegment(deps: OneSegmentDeps, id: string, applying: Applying): Promise<void> {
  const definitions = await readDefinitions(deps);
  if (!definitions.unusable.has(id)) findDefinition(definitions, id);
  const segments = [...definitions.usable.values()].filter((other) => referencesOf(other).some(({ segment }) => segment === id));
  const syncs = [...(await readSyncs(deps)).usable].flatMap(([sync, { source }]) =>
    'segment' in source && source.segment === id ? [sync] : [],
  );
  const lists = (await readPriorities(deps.segments)).filter((list) => list.segments.includes(id));
  const readers = [
    ...segments.map((other) => `the segment ${other.id}`),
    ...lists.map((list) => `the priority list ${list.id}`),
    ...syncs.map((sync) => `the sync ${sync}`),
  ];
  if (readers.length > 0) throw errors.in_use(`The segment ${id} is read by ${readers.join(', ')}`, { context: { segment: id } });
  await deps.resources.remove({ kind: 'segment', id, ...expectedOf(applying) }, applying.by);
}

const expectedOf = ({ expectedRevision }: Applying) => (expectedRevision === undefined ? {} : { expectedRevision });
