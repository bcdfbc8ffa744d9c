/** Whom a change reaches, as far as that is known without running anything: published members, rows at a destination, a sentence. */
import type { Resources } from '../store/resources.ts';
import type { SyncDeps } from '../syncs/deps.ts';
import { leftBehind } from '../syncs/target.ts';
import type { Change, Json, Kind } from './plan.ts';
import { publishedMembers } from './what-stays.ts';

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

export interface ReachDeps {
  readonly syncs: Pick<SyncDeps, 'warehouse'>;
  readonly resources: Pick<Resources, 'list'>;
}

interface SyncLinks {
  readonly id: string;
  readonly segment: string | undefined;
  readonly destination: string | undefined;
}

/** @param wanted the documents of activations/, of whatever kind. */
export async function reachOf(
  deps: ReachDeps,
  change: Change,
  wanted: readonly { readonly kind: Kind; readonly document: Json }[],
): Promise<Reach> {
  const links = [...wanted.filter(({ kind }) => kind === 'sync'), ...(await deps.resources.list('sync'))].map(({ document }) =>
    linksOf(document as Json),
  );
  const reading = links.filter((sync) => sync[change.kind === 'segment' ? 'segment' : 'destination'] === change.id);
  const syncs = [...new Set(reading.map(({ id }) => id))].sort();
  switch (change.kind) {
    case 'destination':
      return { sentence: `${opening(change)}${used(syncs, 'writes into it', 'write into it')}.`, members: null, rows_there: null, syncs };
    case 'segment': {
      const members = (await publishedMembers(deps.syncs, change.id)) ?? null;
      const size = members === null ? 'it is not published' : `it has ${counted(members, 'published member')}`;
      return { sentence: `${opening(change)}; ${size}${used(syncs, 'reads it', 'read it')}.`, members, rows_there: null, syncs };
    }
    case 'sync': {
      const link = links.find(({ id }) => id === change.id);
      const members = link?.segment === undefined ? null : ((await publishedMembers(deps.syncs, link.segment)) ?? null);
      const rows = (await leftBehind(deps.syncs, change.id)).reduce((sum, { there }) => sum + there, 0);
      const sends = link === undefined ? '' : `; ${sending(link, members)}`;
      const there = rows === 0 ? 'nothing of it is there yet' : `${counted(rows, 'row')} of it ${rows === 1 ? 'is' : 'are'} there`;
      return { sentence: `${opening(change)}${sends}; ${there}.`, members, rows_there: rows, syncs: [] };
    }
  }
}

function opening(change: Change): string {
  const name = `The ${change.kind} ${change.id}`;
  switch (change.action) {
    case 'create':
      return `${name} is new`;
    case 'update':
      return `${name} changes in ${change.fields.map(({ path }) => path).join(', ')}`;
    case 'remove':
      return `${name} is removed`;
  }
}

function sending({ segment, destination }: SyncLinks, members: number | null): string {
  if (segment === undefined) return `it sends a table to ${destination}`;
  return members === null
    ? `it sends the segment ${segment}, which is not published, to ${destination}`
    : `it sends the segment ${segment}, ${counted(members, 'member')} now, to ${destination}`;
}

const used = (syncs: readonly string[], one: string, several: string) =>
  syncs.length === 0 ? '' : `; ${syncs.join(', ')} ${syncs.length === 1 ? one : several}`;
const counted = (count: number, noun: string) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

function linksOf(document: Json): SyncLinks {
  const { id, source, destination } = membersOf(document);
  const { segment } = membersOf(source);
  const text = (value: Json | undefined) => (typeof value === 'string' ? value : undefined);
  return { id: text(id) ?? '', segment: text(segment), destination: text(destination) };
}

const membersOf = (value: Json | undefined): Readonly<Record<string, Json | undefined>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, Json>>) : {};
