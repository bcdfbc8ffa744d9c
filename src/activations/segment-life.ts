/** The life of one segment: versions of its definition, restoring one, archiving it, drafts, and who depends on it. */
import { nearest } from '../documents/problem.ts';
import { conditionWords } from '../segments/condition-words.ts';
import { readDefinitions } from '../segments/definitions.ts';
import { diffDefinitions } from '../segments/diff-definitions.ts';
import { errors as segmentErrors } from '../segments/errors.ts';
import type { ArchivedSegment, SegmentDraft, SegmentRevision } from '../segments/life-schema.ts';
import type { AppliedSegment } from '../segments/schema.ts';
import type { Language } from '../segments/sentences/language.ts';
import type { Document, Resource, Resources } from '../store/resources.ts';
import { type Applying, type OneSegmentDeps, putSegment } from './one-segment.ts';

export interface SegmentLifeDeps extends OneSegmentDeps {
  readonly resources: Resources;
}

/** Drafts are documents that no kind of the activations folder has: neither `sluice apply` nor a check of all documents touches them. */
const DRAFT = 'segment-draft';

/**
 * Newest first, each with what it changed.
 * @throws CdpError `segments.missing` when there never was such a segment.
 */
export async function segmentRevisions(
  { segments, resources }: SegmentLifeDeps,
  id: string,
  language: Language = segments.language ?? 'en',
): Promise<SegmentRevision[]> {
  const [history, { usable, lists }, catalogue, current] = await Promise.all([
    resources.history('segment', id),
    readDefinitions(segments),
    segments.catalogue(),
    resources.get('segment', id),
  ]);
  if (history.length === 0) throw await missing(resources, id);
  const words = conditionWords({ catalogue, segments: usable, lists }, language);
  return history.map(({ revision, document, appliedAt, appliedBy, reason }, index) => ({
    revision,
    applied_at: appliedAt.toISOString(),
    applied_by: appliedBy,
    reason,
    is_current: revision === current?.revision,
    changes: diffDefinitions(documentBefore(history.slice(index + 1)), document ?? undefined, words, language),
    definition: document as SegmentRevision['definition'],
  }));
}

/** The last definition among earlier revisions: what an archived segment comes back with is compared with what it had. */
const documentBefore = (earlier: readonly { readonly document: Document | null }[]) =>
  earlier.find(({ document }) => document !== null)?.document ?? undefined;

/**
 * Applies an earlier definition again, as a new version; brings an archived segment back.
 *
 * @param revision default: the last one of an archived segment, the one before the current one of any other.
 * @throws CdpError `segments.missing`, `segments.no_revision`, `segments.invalid` when the catalogue no longer knows what it says.
 */
export async function restoreSegment(
  deps: SegmentLifeDeps,
  id: string,
  { revision, reason, by, expectedRevision }: Applying & { readonly revision?: number | undefined },
): Promise<AppliedSegment> {
  const history = await deps.resources.history('segment', id);
  const [newest] = history;
  if (newest === undefined) throw await missing(deps.resources, id);
  const wanted =
    revision === undefined
      ? history.slice(newest.document === null ? 0 : 1).find(({ document }) => document !== null)
      : history.find((one) => one.revision === revision);
  if (!wanted?.document) {
    const numbers = history.flatMap((one) => (one.document === null ? [] : [one.revision])).reverse();
    throw segmentErrors.no_revision(
      `The segment ${id} has no version ${revision ?? 'before the current one'} to restore. It has ${numbers.join(', ')}`,
      { context: { segment: id } },
    );
  }
  // Whoever else applied a version since this one was looked at is not overwritten unseen.
  const seen = newest.document === null ? 0 : newest.revision;
  return putSegment(deps, id, wanted.document, {
    by,
    expectedRevision: expectedRevision ?? seen,
    reason: reason ?? `Version ${wanted.revision} restored`,
  });
}

/** Segments that were archived and not brought back; newest first. Their versions and histories are kept. */
export async function archivedSegments({ resources }: Pick<SegmentLifeDeps, 'resources'>): Promise<ArchivedSegment[]> {
  return (await resources.removed('segment')).map(({ id, document, removedAt, removedBy }) => ({
    segment_id: id,
    title: titleOf(document),
    archived_at: removedAt.toISOString(),
    archived_by: removedBy,
  }));
}

export async function listDrafts({ resources }: Pick<SegmentLifeDeps, 'resources'>): Promise<SegmentDraft[]> {
  const [drafts, applied] = await Promise.all([resources.list(DRAFT), resources.list('segment')]);
  const ids = new Set(applied.map(({ id }) => id));
  return drafts.map((draft) => presentDraft(draft, !ids.has(draft.id)));
}

/** @throws CdpError `segments.no_draft`. */
export async function readDraft({ resources }: Pick<SegmentLifeDeps, 'resources'>, id: string): Promise<SegmentDraft> {
  const [draft, applied] = await Promise.all([resources.get(DRAFT, id), resources.get('segment', id)]);
  if (!draft) throw await noDraft(resources, id);
  return presentDraft(draft, applied === undefined);
}

/** Keeps a document that may be unfinished: it is checked when it is applied. */
export async function saveDraft(
  { resources }: Pick<SegmentLifeDeps, 'resources'>,
  id: string,
  document: Document,
  { by, expectedRevision }: Applying,
): Promise<SegmentDraft> {
  const expected = expectedRevision === undefined ? {} : { expectedRevision };
  await resources.put({ kind: DRAFT, id, document: { ...document, id }, ...expected }, by);
  return readDraft({ resources }, id);
}

/** @throws CdpError `segments.no_draft`, and as putSegment: the draft is then kept. */
export async function applyDraft(deps: SegmentLifeDeps, id: string, applying: Applying): Promise<AppliedSegment> {
  const draft = await deps.resources.get(DRAFT, id);
  if (!draft) throw await noDraft(deps.resources, id);
  const applied = await putSegment(deps, id, draft.document, applying);
  await dropDraft(deps, id, applying);
  return applied;
}

/** @throws CdpError `segments.no_draft`. */
export async function dropDraft({ resources }: Pick<SegmentLifeDeps, 'resources'>, id: string, { by }: Applying): Promise<void> {
  if (!(await resources.get(DRAFT, id))) throw await noDraft(resources, id);
  await resources.remove({ kind: DRAFT, id }, by);
}

function presentDraft({ id, document, appliedAt, appliedBy }: Resource, isNew: boolean): SegmentDraft {
  return {
    segment_id: id,
    title: titleOf(document),
    saved_at: appliedAt.toISOString(),
    saved_by: appliedBy,
    is_new: isNew,
    document: document as SegmentDraft['document'],
  };
}

const titleOf = ({ title }: Document) => (typeof title === 'string' ? title : null);

async function missing(resources: Pick<Resources, 'list'>, id: string) {
  const ids = (await resources.list('segment')).map((one) => one.id);
  return segmentErrors.missing(`There is no segment ${id}, and there never was one.${meant(id, ids)}`, { context: { segment: id } });
}

async function noDraft(resources: Pick<Resources, 'list'>, id: string) {
  const ids = (await resources.list(DRAFT)).map((one) => one.id);
  return segmentErrors.no_draft(`There is no draft of a segment ${id}.${meant(id, ids)}`, { context: { segment: id } });
}

function meant(id: string, ids: readonly string[]): string {
  const near = nearest(id, ids);
  return near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : '';
}
