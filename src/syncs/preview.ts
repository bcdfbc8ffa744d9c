/** What a run would do, without sending anything: `sluice sync plan`. */

import * as z from 'zod';
import { parseExact } from '../connector-kit/exact-json.ts';
import type { Fields } from '../connector-kit/row.ts';
import { defineQuery } from '../warehouse/query.ts';
import { compilePreview, compileSamples, compileWithheld, jsonSettings, notUnique } from './compile-diff.ts';
import { compileLastAttempts } from './compile-ledger.ts';
import { countThere } from './count-there.ts';
import { onLeave } from './definition.ts';
import type { SyncDeps } from './deps.ts';
import { inspectPlace } from './inspect-place.ts';
import { fieldChanges } from './plan-fields.ts';
import { guardRemovals } from './plan-guard.ts';
import { onTarget, type PreparedSync, prepareSync } from './prepare.ts';
import { refuseResync } from './resync.ts';
import { countDenied, countRepeatedAhead, countRewritesAhead, isSourceEmpty } from './run-plan.ts';
import type { SyncPreview } from './schema.ts';
import { newPartOf, noteOnMove } from './target.ts';

type SampleRow = SyncPreview['samples'][number];

const count = z.coerce.number();
const previewRow = z.object({
  change: z.enum(['add', 'change', 'remove', 'invalid', 'held', 'same']),
  keys: count,
  source_rows: count,
  there: count,
  gone: count,
  samples: z.array(z.string()),
});

const lastAttempts = (prepared: PreparedSync) =>
  defineQuery({
    name: 'syncs.last_attempts',
    sql: compileLastAttempts(prepared.diff),
    params: z.object({ sync_id: z.string(), target: z.string(), key_hashes: z.array(z.string()) }),
    row: z.object({ hash: z.string(), key: z.string(), payload: z.string(), is_retry: z.coerce.boolean() }),
  });

export interface PreviewOptions {
  readonly signal?: AbortSignal;
  /** What a resync would send, instead of a run. */
  readonly isResync?: boolean;
  /** As for a run. */
  readonly allowRemovals?: number | undefined;
}

/** @throws CdpError as runSync does for what keeps a run from starting. */
export async function planSync(deps: SyncDeps, id: string, options: PreviewOptions = {}): Promise<SyncPreview> {
  const applied = await prepareSync(deps, id);
  const { verdict, fault } = await inspectPlace(deps, applied);
  // A part of the ledger that does not exist, so that nothing counts as sent.
  const prepared =
    verdict.kind === 'start_anew' ? onTarget(applied, { ...applied.onRecord, target: newPartOf(applied.onRecord) }) : applied;
  const isResync = options.isResync === true || verdict.kind === 'send_again';
  if (options.isResync && !prepared.object.isIdempotent) throw refuseResync(id);

  const rows = await askPreview(deps, prepared, options.signal);
  const of = (change: SampleRow['change'] | 'same') => rows.find((row) => row.change === change);
  const keys = (change: SampleRow['change'] | 'same') => of(change)?.keys ?? 0;
  const unchanged = of('same')?.source_rows ?? 0;
  const leftThere = (of('same')?.there ?? 0) - unchanged;
  const gone = of('same')?.gone ?? 0;
  const repeated = isResync && onLeave(prepared.sync) !== 'nothing' ? gone : 0;
  const removes = keys('remove') + repeated;
  // A resync puts every key that was ever sent in doubt: a key that was removed and is back in the source counts as changed.
  const back = isResync ? (of('add')?.gone ?? 0) : 0;
  const rewrites = isResync || keys('remove') === 0 ? 0 : await countRewritesAhead(deps, prepared);
  const { there, doubted } =
    removes === 0 ? { there: 0, doubted: 0 } : await countThere(deps, prepared, { sync_id: id, target: prepared.target });
  const decision = guardRemovals(
    {
      removes,
      repeated: repeated + (doubted === 0 ? 0 : await countRepeatedAhead(deps, prepared)),
      there,
      sourceIsEmpty: removes > 0 && (await isSourceEmpty(deps, prepared)),
      allowed: options.allowRemovals,
    },
    prepared.sync.guard,
  );
  return {
    sync_id: id,
    source: prepared.sourceLabel,
    address: prepared.place.address,
    notes: [
      ...(await noteOnMove(deps, applied, applied.onRecord)),
      ...(fault ? [`The destination cannot be looked at now: ${fault.message}. A run would fail.`] : []),
      ...(verdict.kind === 'keep' ? (verdict.warning === '' ? [] : [verdict.warning]) : [verdict.message]),
    ],
    adds: keys('add') - back,
    changes: keys('change') + (isResync ? unchanged + back : rewrites),
    removes,
    unchanged: isResync ? 0 : unchanged - rewrites,
    left_there: leftThere,
    invalid: of('invalid')?.source_rows ?? 0,
    held: keys('held'),
    held_by_consent: await countDenied(deps, prepared, options.signal),
    fields_withheld: await countWithheld(deps, prepared, options.signal),
    guard: { verdict: decision.verdict, message: 'message' in decision ? decision.message : '' },
    samples: await sampleRows(deps, prepared, rows),
  };
}

async function askPreview(deps: SyncDeps, { diff, params }: PreparedSync, signal: AbortSignal | undefined) {
  const query = defineQuery({ name: 'syncs.preview', sql: compilePreview(diff), params: textParams(params), row: previewRow });
  return deps.warehouse.owner.ask(query, params, { settings: jsonSettings, ...(signal ? { signal } : {}) });
}

async function countWithheld(deps: SyncDeps, { diff }: PreparedSync, signal: AbortSignal | undefined): Promise<number> {
  if (!diff.mapping.canWithhold) return 0;
  const { params } = diff.source;
  const query = defineQuery({
    name: 'syncs.withheld',
    sql: compileWithheld(diff),
    params: textParams(params),
    row: z.object({ fields: count }),
  });
  const [counted] = await deps.warehouse.owner.ask(query, params, signal ? { signal } : {});
  return counted?.fields ?? 0;
}

/** Two small look-ups by key: the source's present row, and the row that was sent last. */
async function sampleRows(deps: SyncDeps, prepared: PreparedSync, rows: readonly z.output<typeof previewRow>[]): Promise<SampleRow[]> {
  const samples = rows.flatMap(({ change, samples: hashes }) => (change === 'same' ? [] : hashes.map((hash) => ({ change, hash }))));
  if (samples.length === 0) return [];
  const { sync, target, diff } = prepared;
  const key_hashes = samples.map(({ hash }) => hash);
  const sourceQuery = defineQuery({
    name: 'syncs.samples',
    sql: compileSamples(diff),
    params: z.object({ key_hashes: z.array(z.string()) }).catchall(z.union([z.string(), z.array(z.string())])),
    row: z.object({ hash: z.string(), payload: z.string(), reason: z.string(), fields_withheld: z.array(z.string()) }),
  });
  const [now, sent] = await Promise.all([
    deps.warehouse.owner.ask(sourceQuery, { ...diff.source.params, key_hashes }, { settings: jsonSettings }),
    deps.warehouse.owner.ask(lastAttempts(prepared), { sync_id: sync.id, target, key_hashes }),
  ]);
  const nowByHash = new Map(now.map((row) => [row.hash, row]));
  const sentByHash = new Map(sent.map((row) => [row.hash, row]));
  return samples.map(({ change, hash }) => {
    // A row whose consent was withdrawn may share its key with one that has it.
    const [after, before] = [change === 'remove' ? undefined : nowByHash.get(hash), sentByHash.get(hash)];
    return {
      change,
      // The text of a row sent long ago is cleared; its key is not.
      fields: fieldChanges(fieldsOf(before?.payload || before?.key), fieldsOf(after?.payload), diff.mapping),
      reason: change === 'invalid' ? after?.reason || notUnique(diff.mapping) : '',
      fields_withheld: change === 'add' || change === 'change' ? (after?.fields_withheld ?? []) : [],
      is_retry: before?.is_retry ?? false,
    };
  });
}

const textParams = (params: Readonly<Record<string, string>>) =>
  z.object(Object.fromEntries(Object.keys(params).map((name) => [name, z.string()])));

const fieldsOf = (json: string | undefined): Fields | undefined => (json ? (parseExact(json) as Fields) : undefined);
