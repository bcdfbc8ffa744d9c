/** What a run would do, without sending anything: `sluice sync plan`. */
import * as z from 'zod';
import type { Fields } from '../connector-kit/row.ts';
import { defineQuery } from '../warehouse/query.ts';
import { compilePreview, jsonSettings } from './compile-diff.ts';
import type { SyncDeps } from './deps.ts';
import { type FieldChange, fieldChanges } from './plan-fields.ts';
import { guardRemovals } from './plan-guard.ts';
import { type PreparedSync, prepareSync } from './prepare.ts';
import { isSourceEmpty } from './run-plan.ts';

export interface SyncPreview {
  readonly sync_id: string;
  readonly source: string;
  readonly adds: number;
  readonly changes: number;
  readonly removes: number;
  /** Among these, keys that the destination refused last time. */
  readonly retries: number;
  readonly unchanged: number;
  /** Rows of the source that would not be sent, with the reasons. */
  readonly invalid: number;
  readonly held: number;
  /** What the guard would do about the removals. */
  readonly guard: { readonly verdict: 'send' | 'withhold' | 'refuse'; readonly message: string };
  readonly samples: readonly SampleRow[];
}

export interface SampleRow {
  readonly change: 'add' | 'change' | 'remove' | 'invalid' | 'held';
  /** Old → new, personal data masked. */
  readonly fields: readonly FieldChange[];
  readonly reason: string;
}

const count = z.coerce.number();
const previewRow = z.object({
  change: z.enum(['add', 'change', 'remove', 'invalid', 'held', 'same']),
  keys: count,
  source_rows: count,
  retries: count,
  there: count,
  samples: z.array(z.tuple([z.string(), z.string(), z.string()])),
});

const lastPayloads = defineQuery({
  name: 'syncs.last_payloads',
  sql: `
    select
        toString(key_hash) as key_hash,
        argMax(payload, run_number) as payload
    from sluice_state.sync_ledger
    where sync_id = {sync_id:String}
      and target = {target:String}
      and key_hash in (select arrayJoin(arrayMap(hash -> toUInt128(hash), {key_hashes:Array(String)})))
      and effect != 'none'
    group by key_hash
  `,
  params: z.object({ sync_id: z.string(), target: z.string(), key_hashes: z.array(z.string()) }),
  row: z.object({ key_hash: z.string(), payload: z.string() }),
});

/** @throws CdpError as runSync does for what keeps a run from starting. */
export async function planSync(deps: SyncDeps, id: string, signal?: AbortSignal): Promise<SyncPreview> {
  const prepared = await prepareSync(deps, id);
  const rows = await askPreview(deps, prepared, signal);
  const of = (change: SampleRow['change'] | 'same') => rows.find((row) => row.change === change);
  const keys = (change: SampleRow['change'] | 'same') => of(change)?.keys ?? 0;
  const removes = keys('remove');
  const there = rows.reduce((sum, row) => sum + row.there, 0);
  const decision = guardRemovals(
    { removes, there, sourceIsEmpty: removes > 0 && (await isSourceEmpty(deps, prepared)) },
    prepared.sync.guard,
  );
  return {
    sync_id: id,
    source: prepared.sourceLabel,
    adds: keys('add'),
    changes: keys('change'),
    removes,
    retries: rows.reduce((sum, row) => sum + (row.change === 'same' ? 0 : row.retries), 0),
    unchanged: keys('same'),
    invalid: of('invalid')?.source_rows ?? 0,
    held: keys('held'),
    guard: { verdict: decision.verdict, message: 'message' in decision ? decision.message : '' },
    samples: await sampleRows(deps, prepared, rows),
  };
}

async function askPreview(deps: SyncDeps, { diff, params }: PreparedSync, signal: AbortSignal | undefined) {
  const shape = z.object(Object.fromEntries(Object.keys(params).map((name) => [name, z.string()])));
  const query = defineQuery({ name: 'syncs.preview', sql: compilePreview(diff), params: shape, row: previewRow });
  return deps.warehouse.owner.ask(query, params, { settings: jsonSettings, ...(signal ? { signal } : {}) });
}

async function sampleRows(deps: SyncDeps, prepared: PreparedSync, rows: readonly z.output<typeof previewRow>[]): Promise<SampleRow[]> {
  const samples = rows.flatMap((row) =>
    row.change === 'same' ? [] : row.samples.map(([keyHash, payload, reason]) => ({ change: row.change, keyHash, payload, reason })),
  );
  if (samples.length === 0) return [];
  const { sync, target, diff } = prepared;
  const sent = await deps.warehouse.owner.ask(lastPayloads, {
    sync_id: sync.id,
    target,
    key_hashes: samples.map((sample) => sample.keyHash),
  });
  const sentByKey = new Map(sent.map((row) => [row.key_hash, row.payload]));
  return samples.map(({ change, keyHash, payload, reason }) => {
    const before = fieldsOf(sentByKey.get(keyHash));
    const after = change === 'remove' ? undefined : fieldsOf(payload);
    return { change: change as SampleRow['change'], fields: fieldChanges(before, after, diff.mapping), reason };
  });
}

/** Texts of rows sent long ago are cleared; what was in them is then unknown. */
const fieldsOf = (payload: string | undefined): Fields | undefined => (payload ? (JSON.parse(payload) as Fields) : undefined);
