/**
 * Which part of the ledger applies to the place where rows go now. Each place has its own part. When the rows that were sent there are gone
 * (dropped, truncated, reset), the place begins a new part, and the old one stays as a record.
 */

import * as z from 'zod';
import { defineQuery } from '../warehouse/query.ts';
import { hashOf, type Place } from './address.ts';
import { attemptOrder, looseKeySql } from './compile-key.ts';
import { countThere } from './count-there.ts';
import type { SyncDeps } from './deps.ts';

type Deps = Pick<SyncDeps, 'warehouse'>;

const count = z.coerce.number();

const TargetRow = z.object({
  sync_id: z.string(),
  place: z.string(),
  number: count,
  target: z.string(),
  address: z.string(),
  identity: z.string(),
  contents: z.string(),
  reason: z.enum(['first', 'carried_over', 'moved', 'missing', 'recreated', 'truncated', 'replaced', 'reset', 'seen']),
});
export type TargetRow = z.output<typeof TargetRow>;

export interface Target extends TargetRow {
  /** The place that the last run sent to, when it is another one. */
  readonly movedFrom: { readonly address: string; readonly target: string } | undefined;
  /** Whether `number` is in an existing row, or in one that is still to be written. */
  readonly isRecorded: boolean;
}

const targetsQuery = defineQuery({
  name: 'syncs.targets',
  sql: `
    select
        sync_id,
        place,
        number,
        target,
        address,
        identity,
        contents,
        reason
    from sluice_state.sync_targets
    where sync_id = {sync_id:String}
    order by number desc
    limit 1 by place
  `,
  params: z.object({ sync_id: z.string() }),
  row: TargetRow,
});

const hasLedgerQuery = defineQuery({
  name: 'syncs.has_ledger',
  sql: `
    select count() > 0 as has_rows
    from
    (
        select 1
        from sluice_state.sync_ledger
        where sync_id = {sync_id:String}
          and target = {target:String}
        limit 1
    )
  `,
  params: z.object({ sync_id: z.string(), target: z.string() }),
  row: z.object({ has_rows: z.coerce.boolean() }),
});

/** Reads the record without writing: `recordTarget` makes it for a place that no run has seen yet. */
export async function readTarget(deps: Deps, syncId: string, { id, address, nameBefore }: Place): Promise<Target> {
  const known = await deps.warehouse.owner.ask(targetsQuery, { sync_id: syncId });
  const [latest] = known;
  const current = known.find(({ place }) => place === id);
  const movedFrom = latest && latest.place !== id ? { address: latest.address, target: latest.target } : undefined;
  if (current && movedFrom) return { ...current, number: latest?.number ?? 0, address, reason: 'moved', movedFrom, isRecorded: false };
  if (current) return { ...current, address, movedFrom, isRecorded: true };
  const none = { sync_id: syncId, place: id, address, identity: '', contents: '', movedFrom, isRecorded: false };
  if (latest) return { ...none, number: latest.number, target: id, reason: 'moved' };
  // An earlier version may have sent rows there: its part of the ledger is continued.
  const [before] = await deps.warehouse.owner.ask(hasLedgerQuery, { sync_id: syncId, target: nameBefore });
  return before?.has_rows
    ? { ...none, number: 0, target: nameBefore, reason: 'carried_over' }
    : { ...none, number: 0, target: id, reason: 'first' };
}

/** The caller holds the sync's lease, because the holder gives out the numbers. */
export async function recordTarget(
  deps: Deps,
  { movedFrom: _, isRecorded: _is, ...row }: Target,
  change: Partial<Pick<TargetRow, 'target' | 'identity' | 'contents' | 'reason'>> = {},
): Promise<Target> {
  const recorded = { ...row, ...change, number: row.number + 1 };
  await deps.warehouse.owner.insert('sluice_state.sync_targets', [recorded], { columns: Object.keys(recorded) });
  return { ...recorded, movedFrom: undefined, isRecorded: true };
}

/** A part of the ledger in which nothing has been sent yet. */
export const newPartOf = ({ place, number }: Pick<TargetRow, 'place' | 'number'>): string => hashOf([place, number + 1]).slice(0, 16);

/** A sentence for people, when rows went elsewhere until now. */
export async function noteOnMove(
  deps: Deps,
  prepared: Parameters<typeof countThere>[1],
  { movedFrom, sync_id, address }: Target,
): Promise<string[]> {
  if (movedFrom === undefined) return [];
  const { there } = await countThere(deps, prepared, { sync_id, target: movedFrom.target });
  const rows = `${there} ${there === 1 ? 'row' : 'rows'}`;
  const elsewhere = movedFrom.address === address ? 'another place of the same host' : movedFrom.address;
  return [`Rows go to ${address} now. Until now they went to ${elsewhere}: the ${rows} there stay there, and none is removed.`];
}

const leftBehindQuery = defineQuery({
  name: 'syncs.left_behind',
  sql: `
    with

    latest as (

        select
            target,
            key,
            max(${attemptOrder}) as attempt,
            argMax((effect, operation, change, outcome), ${attemptOrder}) as last,
            -- A removal that a resync repeats was accepted before.
            last.1 in ('there', 'uncertain') and not (last.2 = 'resync' and last.3 = 'remove') as is_there,
            last.2 = 'resync' and last.4 = 'not_sent' as is_mark
        from sluice_state.sync_ledger
        where sync_id = {sync_id:String}
          and effect != 'none'
        group by target, key

    ),

    -- A key that a run has marked (compile-rewrites.ts) went with another spelling, unless nothing of that was sent since.
    alike as (

        select
            target,
            countIf(is_there and not is_mark) as sent,
            maxIf(attempt, is_mark) > maxIf(attempt, not is_mark) as is_only_marked
        from latest
        group by
            target,
            ${looseKeySql('key')}

    ),

    per_target as (

        select
            target,
            sum(if(sent > 0, sent, toUInt64(is_only_marked))) as there
        from alike
        group by target

    ),

    places as (

        select
            argMax(target, number) as last_target,
            argMax(address, number) as last_address
        from sluice_state.sync_targets
        where sync_id = {sync_id:String}
        group by place

    )

    select
        per_target.there as there,
        places.last_address as address
    from per_target
    left join places on places.last_target = per_target.target
    where per_target.there > 0
      and (places.last_target != '' or (select count() from places) = 0)
    order by there desc
  `,
  params: z.object({ sync_id: z.string() }),
  row: z.object({ there: count, address: z.string() }),
});

/** The rows that a sync has sent and not removed, place by place. `address` is empty for rows of earlier versions. */
export function leftBehind(deps: Deps, syncId: string): Promise<{ there: number; address: string }[]> {
  return deps.warehouse.owner.ask(leftBehindQuery, { sync_id: syncId });
}
