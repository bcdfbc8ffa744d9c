/** What is left behind when a document is removed: rows at destinations, published members, stored secrets. In sentences, with counts. */
import * as z from 'zod';
import { audienceName } from '../segments/compile-publication.ts';
import type { SyncDeps } from '../syncs/deps.ts';
import { leftBehind } from '../syncs/target.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Kind } from './plan.ts';

type Deps = Pick<SyncDeps, 'warehouse'>;

export async function whatStays(deps: Deps, kind: Kind, id: string): Promise<string[]> {
  switch (kind) {
    case 'sync':
      return ofSync(deps, id);
    case 'segment':
      return ofSegment(deps, id);
    case 'destination':
      return ['What was sent there stays there. Stored secrets stay too: `sluice secret list` shows them.'];
  }
}

async function ofSync(deps: Deps, id: string): Promise<string[]> {
  const left = await leftBehind(deps, id);
  if (left.length === 0) return ['It has left no rows at any destination. Its runs stay in sluice_audit.sync_runs.'];
  return [
    ...left.map(
      ({ there, address }) =>
        `${rows(there)} that it sent to ${address === '' ? 'its destination' : address} stay there: nobody removes them.`,
    ),
    'What was sent stays in sluice_audit.sync_rows; a sync of the same id to the same place goes on from there.',
  ];
}

const rows = (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}`;

const publishedQuery = defineQuery({
  name: 'activations.published_members',
  sql: `
    select
        argMax(size, version) as members,
        argMax(is_retired, version) as is_gone
    from sluice_state.segment_versions
    where segment_id = {segment_id:String}
    having count() > 0
  `,
  params: z.object({ segment_id: z.string() }),
  row: z.object({ members: z.coerce.number(), is_gone: z.coerce.boolean() }),
});

/** Undefined where none were ever published, and where the segment was retired. */
export async function publishedMembers(deps: Deps, id: string): Promise<number | undefined> {
  const [published] = await deps.warehouse.owner.ask(publishedQuery, { segment_id: id });
  return !published || published.is_gone ? undefined : published.members;
}

async function ofSegment(deps: Deps, id: string): Promise<string[]> {
  const members = await publishedMembers(deps, id);
  if (members === undefined) return ['It has no published members.'];
  return [
    `Its ${members.toLocaleString('en')} published members and the view ${deps.warehouse.databases.published}.${audienceName(id)} stay until \`sluice segment publish --all\` retires it.`,
    'Its history stays in sluice_audit.membership_history.',
  ];
}
