/**
 * Loads files into `sluice_raw.<source>__<table>`.
 *
 * Rows are staged beside the table, checked, and only then put into it. A load that dies leaves nothing that counts, and the next load of
 * the same file starts over. A file is known by its content: loading it twice into the same table changes nothing.
 */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CdpError } from '../errors.ts';
import { isNested } from '../sql/column-type.ts';
import { type Column, rawTableOf } from './columns.ts';
import { errors } from './errors.ts';
import { type InputFile, withInputs } from './inputs.ts';
import { type IdentifiedFile, knownLoads, unknownFiles } from './known-loads.ts';
import { loadIdOf } from './load-id.ts';
import type { LoadDeps, LoadedFile, LoadRequest } from './load-request.ts';
import { assertMeantFor } from './meant-for.ts';
import { appendStaged, recordRejected, replaceWithStaged } from './publish-load.ts';
import { askerOf, countRejected, dropTable, existingColumns, firstReasons, leftovers, type RowCounts } from './queries.ts';
import { madeNullable, settleTypes } from './settle-types.ts';
import { stage } from './stage.ts';
import type { Staged } from './staged.ts';
import { columnWarnings } from './warnings.ts';

export interface LoadResult {
  readonly table: string;
  readonly mode: LoadRequest['mode'];
  readonly columns: readonly Column[];
  readonly files: readonly LoadedFile[];
  readonly rows: number;
  readonly rejected: number;
  /** Sentences that a person should read: columns that are gone, a separator that may be wrong. */
  readonly warnings: readonly string[];
  readonly seconds: number;
}

export interface LoadOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (doneBytes: number, totalBytes: number, file: string) => void;
}

/** @throws CdpError of this room; `store.lease_held` when the table is being loaded by another process. */
export async function loadFiles(deps: LoadDeps, request: LoadRequest, options: LoadOptions = {}): Promise<LoadResult> {
  try {
    return await loadWhenFree(deps, request, options);
  } catch (cause) {
    if (!options.signal?.aborted) throw cause;
    throw errors.interrupted(`The load into ${request.source}__${request.table} was ended before it was done`, { cause });
  }
}

async function loadWhenFree(deps: LoadDeps, request: LoadRequest, options: LoadOptions): Promise<LoadResult> {
  assertOwnRaw(deps.warehouse);
  const startedAt = performance.now();
  const target = rawTableOf(request.source, request.table);
  return whenFree(deps.leases, `load:${target}`, options.signal, async (signal, lost) => {
    const folder = join(deps.dataDir, 'loads');
    const allowPrivateNetwork = request.allowPrivateNetwork ?? false;
    return withInputs(request.from, { folder, allowPrivateNetwork, signal }, async (inputs, leftOut) => {
      const { files, warnings } = await loadInputs(deps, request, target, inputs, { ...options, signal, lost });
      return {
        table: `${deps.warehouse.databases.raw}.${target}`,
        mode: request.mode,
        columns: await existingColumns(deps.warehouse, target),
        files,
        rows: files.reduce((sum, { rows }) => sum + rows, 0),
        rejected: files.reduce((sum, { rejected }) => sum + rejected, 0),
        warnings: [...leftOut, ...warnings],
        seconds: (performance.now() - startedAt) / 1_000,
      };
    });
  });
}

/**
 * @throws CdpError `loads.foreign_raw`: the models read another installation's raw data, where we may not write; and they would not read
 * ours.
 */
export function assertOwnRaw({ databases, rawSource }: LoadDeps['warehouse']): void {
  if (rawSource === databases.raw) return;
  throw errors.foreign_raw(
    `The models read ${rawSource}, which is another installation's: nothing is written there, and ${databases.raw} is not read`,
  );
}

/**
 * A load that was killed holds the table until its lease ends, so the next one waits for that instead of failing.
 * @param work gets two signals: one that ends it, and one that says that the lease is lost, after which it must not even finish what it has
 * begun.
 */
export async function whenFree<T>(
  leases: LoadDeps['leases'],
  name: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal, lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    try {
      return await leases.withLease(name, { ttlMs: LEASE_TTL_MS }, (lost) => work(signal ? AbortSignal.any([signal, lost]) : lost, lost));
    } catch (error) {
      const isHeld = error instanceof CdpError && error.code === 'store.lease_held';
      if (!isHeld || performance.now() > deadline) throw error;
      await sleep(500, undefined, signal === undefined ? {} : { signal });
    }
  }
}

const LEASE_TTL_MS = 10_000;
/** Longer than a dead load can hold the lease, and enough for a small live load to end. */
const WAIT_MS = 30_000;

interface Loaded {
  readonly files: LoadedFile[];
  readonly warnings: readonly string[];
}

async function loadInputs(
  deps: LoadDeps,
  request: LoadRequest,
  target: string,
  inputs: readonly InputFile[],
  options: LoadOptions & { readonly signal: AbortSignal; readonly lost: AbortSignal },
): Promise<Loaded> {
  const { warehouse } = deps;
  const { signal, lost } = options;
  const asker = askerOf(warehouse.owner, signal);
  for (const table of await leftovers(warehouse, target)) await dropTable(warehouse, table);
  const existing = await existingColumns(warehouse, target);
  const known = existing.length === 0 ? [] : await knownLoads(warehouse, request, target);
  const identified = await Promise.all(inputs.map(async (file) => ({ file, loadId: await loadIdOf(file, request) })));
  const unknown = unknownFiles(identified, known, request.mode);
  const skipped = identified
    .filter((one) => !unknown.includes(one))
    .map(({ file, loadId }): LoadedFile => ({ load_id: loadId, file: file.name, status: 'known', rows: 0, rejected: 0 }));
  if (unknown.length === 0) return { files: skipped, warnings: [] };

  try {
    const staged = await stageAll(warehouse, request, target, unknown, options);
    // A table that is replaced does not decide the types of the new one.
    const kept = request.mode === 'append' ? existing.map(madeNullable) : [];
    if (request.mode === 'append') await assertMeantFor(asker, target, { existing, known, staged });
    assertListsAreThere(kept, staged);
    const typed = await settleTypes(asker, staged, kept, request.text ?? []);
    const counts = await Promise.all(typed.map((one) => countRejected(asker, one)));
    await assertGoodEnough(deps, request, { typed, counts, isThere: kept.length > 0 }, signal);
    const publish = request.mode === 'append' ? appendStaged : replaceWithStaged;
    const files = await publish({ warehouse, request, target, existing, known, staged: typed, counts, signal, lost });
    const came = typed.filter(({ loadId }) => files.some((file) => file.load_id === loadId && file.status === 'loaded'));
    const refused = typed.filter((one) => !came.includes(one));
    const reasons = await Promise.all(refused.map(async (one) => `${one.file.name}: ${await firstReasons(asker, one)}`));
    const warnings = [...typed.flatMap((one) => one.warnings), ...columnWarnings(request, existing, came), ...reasons];
    return { files: [...skipped, ...files], warnings };
  } finally {
    for (const table of await leftovers(warehouse, target)) await dropTable(warehouse, table);
  }
}

async function stageAll(
  { owner }: LoadDeps['warehouse'],
  { encoding, delimiter, skipLines }: LoadRequest,
  target: string,
  files: readonly IdentifiedFile[],
  { signal, onProgress }: LoadOptions & { readonly signal: AbortSignal },
): Promise<Staged[]> {
  const total = files.reduce((sum, { file }) => sum + file.bytes, 0);
  const staged: Staged[] = [];
  let done = 0;
  for (const { file, loadId } of files) {
    staged.push(
      await stage(owner, file, {
        aside: `${target}__load_${randomBytes(4).toString('hex')}`,
        loadId,
        ...(encoding === undefined ? {} : { encoding }),
        ...(delimiter === undefined ? {} : { delimiter }),
        ...(skipLines === undefined ? {} : { skipLines }),
        signal,
        onBytes(bytes) {
          done += bytes;
          onProgress?.(done, total, file.name);
        },
      }),
    );
  }
  return staged;
}

/** Tables of older loads may have lists. ClickHouse has no NULL for a list: a missing one would be there, and empty. */
function assertListsAreThere(existing: readonly Column[], staged: readonly Staged[]): void {
  for (const { name, type } of existing) {
    const lacking = isNested(type) ? staged.find(({ columns }) => !columns.some((column) => column.name === name)) : undefined;
    if (lacking)
      throw errors.format(
        `${lacking.file.name} has no column ${name}, which is a ${type} in the table and cannot be unknown. Load the table anew with --replace`,
      );
  }
}

/** @throws CdpError `loads.rejected`, `loads.nothing_fits`. */
async function assertGoodEnough(
  { warehouse }: LoadDeps,
  request: LoadRequest,
  { typed, counts, isThere }: { readonly typed: readonly Staged[]; readonly counts: readonly RowCounts[]; readonly isThere: boolean },
  signal: AbortSignal,
): Promise<void> {
  const asker = askerOf(warehouse.owner, signal);
  for (const [index, one] of typed.entries()) {
    const { good, rejected } = counts[index] ?? { good: 0, rejected: 0 };
    if (rejected === 0) continue;
    if (one.kind === 'text' && one.headerProblem !== undefined) {
      await recordRejected({ warehouse, request, signal }, one);
      throw errors.nothing_fits(`${one.file.name}: ${one.headerProblem}`);
    }
    if (request.isStrict) throw errors.rejected(`${one.file.name}: ${rejected} rows were refused (${await firstReasons(asker, one)})`);
    // An existing table stays as it is. A table is neither created from nothing nor replaced by nothing.
    if (isThere || good > 0) continue;
    await recordRejected({ warehouse, request, signal }, one);
    throw errors.nothing_fits(`${one.file.name}: none of its ${rejected} rows could be loaded (${await firstReasons(asker, one)})`);
  }
}
