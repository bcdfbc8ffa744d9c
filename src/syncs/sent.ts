/** What was sent of single rows, looked up by the key that each sync gives the row. */
import * as z from 'zod';
import { masked } from '../documents/mask.ts';
import { defineQuery } from '../warehouse/query.ts';
import { hashOfText } from './compile-key.ts';
import type { SyncDeps } from './deps.ts';
import { readSyncs } from './documents.ts';
import { maskedKey } from './runs.ts';
import type { SentRow } from './schema.ts';

const sentQuery = defineQuery({
  name: 'syncs.sent',
  sql: `
    select
        sync_id,
        target,
        toString(run_id) as run_id,
        key,
        toString(change) as change,
        operation,
        payload,
        toString(outcome) as outcome,
        toString(effect) as effect,
        message,
        recorded_at
    from sluice_state.sync_ledger
    where sync_id in {sync_ids:Array(String)}
      and key_hash in (select ${hashOfText('arrayJoin({keys:Array(String)})')})
    order by
        recorded_at desc,
        run_number desc,
        seq desc
    limit 200
  `,
  params: z.object({ sync_ids: z.array(z.string()), keys: z.array(z.string()) }),
  row: z.object({
    sync_id: z.string(),
    target: z.string(),
    run_id: z.string(),
    key: z.string(),
    change: z.string(),
    operation: z.string(),
    payload: z.string(),
    outcome: z.string(),
    effect: z.string(),
    message: z.string(),
    recorded_at: z.string(),
  }),
});

const addressQuery = defineQuery({
  name: 'syncs.addresses',
  sql: `
    select
        target,
        argMax(address, number) as address
    from sluice_state.sync_targets
    where sync_id in {sync_ids:Array(String)}
    group by target
  `,
  params: z.object({ sync_ids: z.array(z.string()) }),
  row: z.object({ target: z.string(), address: z.string() }),
});

export interface SentOf {
  /** Names of the tables that the row stands in. */
  readonly tables: readonly string[];
  /** Name of its entity: segments of it are of the row too. */
  readonly entity: string;
  /** All columns of the row. */
  readonly values: ReadonlyMap<string, unknown>;
}

/**
 * The last 200 attempts at a row, newest first, by the syncs that are applied and by the key that the row has now: what was sent under a key that
 * it had before is not found.
 */
export async function readSent(deps: SyncDeps, of: SentOf, { isUnmasked }: { readonly isUnmasked: boolean }): Promise<SentRow[]> {
  const keys = await keysOf(deps, of);
  if (keys.size === 0) return [];
  const sync_ids = [...keys.keys()];
  const [rows, addresses] = await Promise.all([
    deps.warehouse.owner.ask(sentQuery, { sync_ids, keys: [...new Set(keys.values())] }),
    deps.warehouse.owner.ask(addressQuery, { sync_ids }),
  ]);
  const addressOf = new Map(addresses.map(({ target, address }) => [target, address]));
  return rows
    .filter(({ sync_id, key }) => keys.get(sync_id) === key)
    .map(({ target, key, payload, ...row }) => ({
      ...row,
      address: addressOf.get(target) ?? '',
      key: isUnmasked ? key : maskedKey(key),
      fields: fieldsOf(payload, isUnmasked),
    }));
}

/** By sync: the key that it gives the row, as the ledger writes it. */
async function keysOf(deps: Pick<SyncDeps, 'resources'>, { tables, entity, values }: SentOf): Promise<Map<string, string>> {
  const [{ usable: syncs }, segments] = await Promise.all([readSyncs(deps), deps.resources.list('segment')]);
  const ownSegments = new Set(segments.filter(({ document }) => document.entity === entity).map(({ id }) => id));
  const keys = new Map<string, string>();
  for (const [id, sync] of syncs) {
    if (!('table' in sync.source ? tables.includes(sync.source.table) : ownSegments.has(sync.source.segment))) continue;
    const fields = Object.entries(sync.key).map(([field, column]) => [field, values.get(column)] as const);
    if (fields.every(([, value]) => value !== undefined && value !== null)) keys.set(id, JSON.stringify(Object.fromEntries(fields)));
  }
  return keys;
}

function fieldsOf(payload: string, isUnmasked: boolean): Record<string, unknown> {
  if (payload === '') return {};
  const fields = z.record(z.string(), z.unknown()).parse(JSON.parse(payload));
  return isUnmasked ? fields : Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, masked(value)]));
}
