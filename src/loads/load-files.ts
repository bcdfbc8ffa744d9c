/**
 * Loads files into `sluice_raw.<source>__<table>`.
 *
 * Rows are staged beside the table, looked at, and only then put into it; a load that dies leaves nothing that counts, and the next one of the
 * same file starts over. A file is known by its content: loading it twice into the same table changes nothing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CdpError } from '../errors.ts';
import type { Leases } from '../store/leases.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { type Column, commonType, rawTableOf } from './columns.ts';
import { errors } from './errors.ts';
import { verifyTypes } from './infer.ts';
import { type InputFile, withInputs } from './inputs.ts';
import { appendStaged, recordRejected, replaceWithStaged } from './publish-load.ts';
import { countRejected, dropTable, existingColumns, finishedLoads, firstReasons, leftovers } from './queries.ts';
import { type Staged, stage } from './stage.ts';

export interface LoadDeps {
  readonly warehouse: Pick<Warehouse, 'owner' | 'databases'>;
  readonly leases: Pick<Leases, 'withLease'>;
  /** For downloads. */
  readonly dataDir: string;
}

export interface LoadRequest {
  /** File, folder or http(s) address. */
  readonly from: string;
  readonly source: string;
  readonly table: string;
  readonly mode: 'append' | 'replace';
  /** Refused rows keep everything from being loaded. */
  readonly isStrict?: boolean;
  /** A label of the WHATWG Encoding Standard; by default what the file's first bytes say, else UTF-8. */
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly allowPrivateNetwork?: boolean;
}

export interface LoadedFile {
  readonly load_id: string;
  readonly file: string;
  /** known: its content is in the table already, and nothing was done. */
  readonly status: 'loaded' | 'known';
  readonly rows: number;
  readonly rejected: number;
}

export interface LoadResult {
  readonly table: string;
  readonly mode: LoadRequest['mode'];
  readonly columns: readonly Column[];
  readonly files: readonly LoadedFile[];
  readonly rows: number;
  readonly rejected: number;
  readonly seconds: number;
}

export interface LoadOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (doneBytes: number, totalBytes: number, file: string) => void;
}

/** @throws CdpError of this room; `store.lease_held` when the table is being loaded by another process. */
export async function loadFiles(deps: LoadDeps, request: LoadRequest, options: LoadOptions = {}): Promise<LoadResult> {
  const startedAt = performance.now();
  const target = rawTableOf(request.source, request.table);
  return whenFree(deps.leases, `load:${target}`, options.signal, async (signal) => {
    const folder = join(deps.dataDir, 'loads');
    const allowPrivateNetwork = request.allowPrivateNetwork ?? false;
    return withInputs(request.from, { folder, allowPrivateNetwork, signal }, async (inputs) => {
      const files = await loadInputs(deps, request, target, inputs, { ...options, signal });
      return {
        table: `${deps.warehouse.databases.raw}.${target}`,
        mode: request.mode,
        columns: await existingColumns(deps.warehouse, target),
        files,
        rows: files.reduce((sum, { rows }) => sum + rows, 0),
        rejected: files.reduce((sum, { rejected }) => sum + rejected, 0),
        seconds: (performance.now() - startedAt) / 1_000,
      };
    });
  });
}

/** A load that was killed holds the table until its lease ends, so the next one waits for that rather than fail. */
async function whenFree<T>(
  leases: LoadDeps['leases'],
  name: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  const abort = signal === undefined ? {} : { signal };
  for (;;) {
    try {
      return await leases.withLease(name, { ttlMs: LEASE_TTL_MS, ...abort }, work);
    } catch (error) {
      const isHeld = error instanceof CdpError && error.code === 'store.lease_held';
      if (!isHeld || performance.now() > deadline) throw error;
      await sleep(500, undefined, abort);
    }
  }
}

const LEASE_TTL_MS = 10_000;
/** More than a dead load can block, and enough for a small one that is alive. */
const WAIT_MS = 30_000;

async function loadInputs(
  deps: LoadDeps,
  request: LoadRequest,
  target: string,
  inputs: readonly InputFile[],
  options: LoadOptions & { readonly signal: AbortSignal },
): Promise<LoadedFile[]> {
  const { warehouse } = deps;
  for (const table of await leftovers(warehouse, target)) await dropTable(warehouse, table);
  const known = await finishedLoads(warehouse, request, target);
  const isKnown = (file: InputFile) =>
    request.mode === 'append'
      ? known.has(file.contentHash)
      : inputs.length === known.size && inputs.every((other) => known.has(other.contentHash));
  const unknown = inputs.filter(
    (file, index) => !isKnown(file) && inputs.findIndex((other) => other.contentHash === file.contentHash) === index,
  );
  const skipped = inputs
    .filter((file) => !unknown.includes(file))
    .map((file): LoadedFile => ({ load_id: loadIdOf(file, request), file: file.name, status: 'known', rows: 0, rejected: 0 }));
  if (unknown.length === 0) return skipped;

  const staged: Staged[] = [];
  try {
    const total = unknown.reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    for (const file of unknown) {
      staged.push(
        await stage(warehouse.owner, file, {
          aside: `${target}__load_${randomBytes(4).toString('hex')}`,
          loadId: loadIdOf(file, request),
          ...(request.encoding === undefined ? {} : { encoding: request.encoding }),
          ...(request.delimiter === undefined ? {} : { delimiter: request.delimiter }),
          signal: options.signal,
          onBytes(bytes) {
            done += bytes;
            options.onProgress?.(done, total, file.name);
          },
        }),
      );
    }
    const existing = request.mode === 'append' ? await existingColumns(warehouse, target) : [];
    const typed = await settleTypes(warehouse, staged, existing);
    const counts = await Promise.all(typed.map((one) => countRejected(warehouse, one)));
    for (const [index, one] of typed.entries()) {
      const { good, rejected } = counts[index] ?? { good: 0, rejected: 0 };
      if (rejected === 0) continue;
      if (request.isStrict)
        throw errors.rejected(`${one.file.name}: ${rejected} rows were refused (${await firstReasons(warehouse, one)})`);
      // A table that is there takes what fits, were it nothing. One is not made of nothing, nor replaced by it.
      if (existing.length > 0 || good > 0) continue;
      await recordRejected({ warehouse, request, signal: options.signal }, one);
      throw errors.nothing_fits(`${one.file.name}: none of its ${rejected} rows could be loaded (${await firstReasons(warehouse, one)})`);
    }
    const publish = request.mode === 'append' ? appendStaged : replaceWithStaged;
    return [...skipped, ...(await publish({ warehouse, request, target, existing, staged: typed, counts, signal: options.signal }))];
  } finally {
    for (const table of await leftovers(warehouse, target)) await dropTable(warehouse, table);
  }
}

/** One type for a column, whichever file it comes from: the table's, else the one that holds every file's values. */
async function settleTypes(warehouse: LoadDeps['warehouse'], staged: readonly Staged[], existing: readonly Column[]): Promise<Staged[]> {
  const settled = new Map(existing.map(({ name, type }) => [name, type]));
  const verified = await Promise.all(
    staged.map(async (one) => (one.ownTypes ? one : { ...one, columns: await verifyTypes(warehouse.owner, one.aside, one.columns) })),
  );
  for (const { columns } of verified) {
    for (const { name, type } of columns) {
      if (!existing.some((column) => column.name === name)) settled.set(name, commonType(settled.get(name) ?? type, type));
    }
  }
  return verified.map((one) => ({ ...one, columns: one.columns.map(({ name, type }) => ({ name, type: settled.get(name) ?? type })) }));
}

/** The same content for the same table always has the same id: what a dead load left can be found and taken out again. */
function loadIdOf(file: InputFile, { source, table }: LoadRequest): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([file.contentHash, source, table]))
    .digest('hex');
  return hex.slice(0, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-8$3-8$4-$5');
}
