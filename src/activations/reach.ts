/** Whom a change reaches, as far as that is known without running anything: published members, rows at a destination, a sentence. */
import { type DocumentKind, subjectOfDocument } from '../documents/kind.ts';
import { documentName } from './document-name.ts';
import type { Change, Json, Running, Wanted } from './plan.ts';

export interface Reach {
  /** What the change does, in one sentence. */
  readonly sentence: string;
  /** Of a segment, or of the segment that a sync reads: its members as published now. Null where none are, and for a destination. */
  readonly members: number | null;
  /** Of a sync: rows that it has sent and not removed, at all of its places. Null for the others. */
  readonly rows_there: number | null;
  /** Syncs that read the segment or write into the destination, as they run now and as they will. */
  readonly syncs: readonly string[];
}

interface Deps<Rooms> {
  readonly kinds: readonly DocumentKind<never, Rooms>[];
  readonly rooms: Rooms;
}

/**
 * @param wanted the documents of activations/.
 * @param running those that run now.
 */
export async function reachOf<Rooms>(
  { kinds, rooms }: Deps<Rooms>,
  change: Change,
  wanted: readonly Wanted[],
  running: readonly Running[],
): Promise<Reach> {
  const named = (each: Wanted) => each.kind === change.kind && each.id === change.id;
  const naming = [...wanted, ...running].filter(({ kind, document }) =>
    referencesOf(kinds, kind, document).some((reference) => reference.kind === change.kind && reference.id === change.id),
  );
  const distinct = new Map(naming.map(({ kind, id }) => [subjectOfDocument(kind, id), { kind, id }]));
  const referrers = [...distinct.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  const kind = kinds.find((candidate) => candidate.kind === change.kind);
  const document = (wanted.find(named) ?? running.find(named))?.document;
  const reach = await kind?.reach({
    id: change.id,
    document: membersOf(document),
    referrers,
    deps: rooms,
  });
  return {
    sentence: `${[opening(change), ...(reach?.clauses ?? [])].join('; ')}.`,
    members: reach?.members ?? null,
    rows_there: reach?.rowsThere ?? null,
    // A word of the plan's format, older than other kinds that could name a document.
    syncs: referrers.filter((referrer) => referrer.kind === 'sync').map(({ id }) => id),
  };
}

const referencesOf = (kinds: Deps<never>['kinds'], kind: string, document: Json) =>
  kinds.find((candidate) => candidate.kind === kind)?.references(document) ?? [];

function opening(change: Change): string {
  const name = `The ${documentName(change)}`;
  switch (change.action) {
    case 'create':
      return `${name} is new`;
    case 'update':
      return `${name} changes in ${change.fields.map(({ path }) => path).join(', ')}`;
    case 'remove':
      return `${name} is removed`;
  }
}

const membersOf = (value: Json | undefined): { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as { readonly [key: string]: Json }) : {};
