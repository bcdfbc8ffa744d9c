/** Moves staged rows into the table that everybody reads. */

import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { innerType, isNested } from '../sql/column-type.ts';
import { quoteIdentifier, quoteText } from '../sql/sql-text.ts';
import { defineStatement } from '../warehouse/query.ts';
import { type Column, commonType } from './columns.ts';
import { isInstant } from './compile-cast.ts';
import { copyGoodSql, insertCopyRejectedSql } from './compile-copy.ts';
import { createRawTableSql, insertGoodSql, insertRejectedSql } from './compile-load.ts';
import { type KnownLoad, otherReadings } from './known-loads.ts';
import type { LoadDeps, LoadedFile, LoadRequest } from './load-request.ts';
import { LONG_SQL, type RowCounts } from './queries.ts';
import { madeNullable } from './settle-types.ts';
import type { Staged } from './staged.ts';

export interface Publication {
  readonly warehouse: LoadDeps['warehouse'];
  readonly request: LoadRequest;
  readonly target: string;
  /** Aborted when the load is to end, and also when the lease is lost. */
  readonly signal: AbortSignal;
  /** Aborted when the lease is lost: another process may then be writing. */
  readonly lost: AbortSignal;
  /** Columns of the table; empty when there is no table. */
  readonly existing: readonly Column[];
  readonly known: readonly KnownLoad[];
  readonly staged: readonly Staged[];
  readonly counts: readonly RowCounts[];
}

/**
 * Works file by file: each file is in the table and recorded before the next begins. Its rows are cast in a table beside the target and
 * then attached, so that readers see all of them or none. An insert that outlives its killed load (the server finishes what it has begun)
 * writes only into that side table. The table is made, or gets new columns, only when the rows for it are ready.
 */
export async function appendStaged(publication: Publication): Promise<LoadedFile[]> {
  const { target, staged, counts } = publication;
  // A file without a fitting row changes nothing: neither the columns nor the record of loads.
  const fits = staged.filter((_, index) => (counts[index]?.good ?? 0) > 0);
  if (fits.length > 0) await widenColumns(publication);
  let there = publication.existing;
  const loaded: LoadedFile[] = [];
  for (const [index, one] of staged.entries()) {
    if (!fits.includes(one)) {
      await recordRejected(publication, one);
      loaded.push({ load_id: one.loadId, file: one.file.name, status: 'refused', rows: 0, rejected: counts[index]?.rejected ?? 0 });
      continue;
    }
    const startedAt = new Date();
    const fitting = `${target}__load_${randomBytes(4).toString('hex')}`;
    const before = there;
    const added = one.columns.filter(({ name }) => !before.some((column) => column.name === name));
    await makeWith(publication, fitting, { there: before, added });
    await insertRows(publication, one, fitting, counts[index]);
    await attach(publication, one, fitting, { there: before, added });
    loaded.push(await record(publication, one, counts[index], startedAt));
    there = [...before, ...added];
  }
  return loaded;
}

interface TableColumns {
  /** Columns of the table; empty when it is to be made. */
  readonly there: readonly Column[];
  /** Columns that come with a file; older rows have no value there. */
  readonly added: readonly Column[];
}

/** An empty table with the columns that the target is going to have. */
async function makeWith(publication: Publication, table: string, { there, added }: TableColumns): Promise<void> {
  const { target } = publication;
  if (there.length === 0) return run(publication, 'create', createRawTableSql(table, added, aboutOf(publication)));
  await run(publication, 'create_fitting', `create table sluice_raw.${quoteIdentifier(table)} as sluice_raw.${quoteIdentifier(target)}`);
  await addColumns(publication, table, added);
}

/**
 * Short, and not ended by SIGTERM once begun. It first takes out an earlier reading, or rows that a killed load attached and did not
 * record, and then attaches the new rows: in between, the table has neither.
 */
async function attach(publication: Publication, one: Staged, fitting: string, { there, added }: TableColumns): Promise<void> {
  const { target, known, signal, lost } = publication;
  signal.throwIfAborted();
  const toTheEnd = { ...publication, signal: lost };
  if (there.length === 0) await makeWith(toTheEnd, target, { there, added });
  else await addColumns(toTheEnd, target, added);
  // Cheap when there is nothing to delete: the engine then looks at this column alone.
  for (const loadId of [one.loadId, ...otherReadings(one, known)])
    await run(toTheEnd, 'take_out', `delete from sluice_raw.${quoteIdentifier(target)} where _load_id = {load_id:UUID}`, {
      load_id: loadId,
    });
  await run(
    toTheEnd,
    'attach',
    `alter table sluice_raw.${quoteIdentifier(target)} attach partition tuple() from sluice_raw.${quoteIdentifier(fitting)}`,
  );
}

/** Puts all files into a new table, which then replaces the old one: readers see all of it or nothing. */
export async function replaceWithStaged(publication: Publication): Promise<LoadedFile[]> {
  const { warehouse, target, staged } = publication;
  const startedAt = new Date();
  const fresh = `${target}__load_new`;
  await run(publication, 'create', createRawTableSql(fresh, unionOf(staged), aboutOf(publication)));
  for (const [index, one] of staged.entries()) await insertRows(publication, one, fresh, publication.counts[index]);
  const raw = quoteIdentifier(warehouse.databases.raw);
  const hasOld = publication.existing.length > 0;
  await run(
    publication,
    'swap',
    hasOld
      ? `exchange tables ${raw}.${quoteIdentifier(target)} and ${raw}.${quoteIdentifier(fresh)}`
      : `rename table ${raw}.${quoteIdentifier(fresh)} to ${raw}.${quoteIdentifier(target)}`,
  );
  const loaded: LoadedFile[] = [];
  // One time for all files: they replaced the table together.
  const finishedAt = new Date();
  for (const [index, one] of staged.entries())
    loaded.push(await record(publication, one, publication.counts[index], startedAt, finishedAt));
  return loaded;
}

/** Refused rows go first: as soon as readers see the other rows, the missing ones are on record. */
async function insertRows(publication: Publication, one: Staged, target: string, counts: RowCounts | undefined): Promise<void> {
  await recordRejected(publication, one, counts);
  const fitting = one.kind === 'parquet' ? copyGoodSql(one, target) : insertGoodSql(one, target);
  await run(publication, 'insert', fitting, { load_id: one.loadId });
}

/** Records the refused rows once, also when the same file is tried again. When none was counted, the query is skipped. */
export async function recordRejected(
  deps: Pick<Publication, 'warehouse' | 'request' | 'signal'>,
  one: Staged,
  counts?: RowCounts,
): Promise<void> {
  const { source, table } = deps.request;
  const { loadId, file } = one;
  const others = one.kind === 'parquet' ? insertCopyRejectedSql(one) : insertRejectedSql(one);
  await run(deps, 'forget_rejected', 'delete from sluice_raw.rejected_rows where load_id = {load_id:UUID}', { load_id: loadId });
  if (counts?.rejected !== 0) await run(deps, 'reject', others, { load_id: loadId, source, table_name: table, file: file.name });
}

async function addColumns(publication: Publication, table: string, added: readonly Column[]): Promise<void> {
  if (added.length === 0) return;
  const each = added.map(
    ({ name, type }) => `add column if not exists ${quoteIdentifier(name)} ${type} comment ${quoteText(`Column ${name} of the file`)}`,
  );
  await run(publication, 'add_columns', `alter table sluice_raw.${quoteIdentifier(table)} ${each.join(', ')}`);
}

/**
 * Widens the columns that must hold more than they could. Their values do not change, so it does no harm when the load stops after it. A
 * column that was begun is not left by SIGTERM: the server would go on making it text, and the offsets would be lost.
 */
async function widenColumns(publication: Publication): Promise<void> {
  const { existing, target, signal, lost } = publication;
  const toTheEnd = { ...publication, signal: lost };
  const widened = new Set(publication.request.text ?? []);
  for (const column of existing) {
    const type = widened.has(column.name) ? 'Nullable(String)' : madeNullable(column).type;
    if (type === column.type || isNested(column.type)) continue;
    signal.throwIfAborted();
    await run(
      toTheEnd,
      'widen_column',
      `alter table sluice_raw.${quoteIdentifier(target)} modify column ${quoteIdentifier(column.name)} ${type}`,
    );
    if (innerType(type) === 'String' && isInstant(column.type)) await keepOffsets(toTheEnd, column.name);
  }
}

/** For a column of moments that became text: without an offset its texts would be read as local clock times. */
async function keepOffsets(publication: Publication, name: string): Promise<void> {
  const column = quoteIdentifier(name);
  const sql = `alter table sluice_raw.${quoteIdentifier(publication.target)} update ${column} = concat(${column}, 'Z') where isNotNull(${column}) settings mutations_sync = 2`;
  await run(publication, 'keep_offsets', sql);
}

function unionOf(staged: readonly Staged[]): Column[] {
  const union = new Map<string, string>();
  for (const { columns } of staged) {
    for (const { name, type } of columns) union.set(name, commonType(union.get(name) ?? type, type));
  }
  return [...union].map(([name, type]) => ({ name, type }));
}

const aboutOf = ({ request }: Publication) => `${request.table} of the source ${request.source}, as loaded from files`;

async function record(
  { warehouse, request }: Publication,
  one: Staged,
  counts: RowCounts | undefined,
  startedAt: Date,
  finishedAt = new Date(),
): Promise<LoadedFile> {
  const rows = counts?.good ?? 0;
  const rejected = counts?.rejected ?? 0;
  await warehouse.owner.insert('sluice_audit.loads', [
    {
      load_id: one.loadId,
      content_hash: one.file.contentHash,
      source: request.source,
      table_name: request.table,
      file: one.file.name,
      format: one.file.kind.format,
      mode: request.mode,
      file_bytes: one.file.bytes,
      rows_loaded: rows,
      rows_rejected: rejected,
      started_at: startedAt.toISOString(),
      finished_at: finishedAt.toISOString(),
    },
  ]);
  return { load_id: one.loadId, file: one.file.name, status: 'loaded', rows, rejected };
}

async function run(
  { warehouse, signal }: Pick<Publication, 'warehouse' | 'signal'>,
  name: string,
  sql: string,
  params: Record<string, string> = {},
): Promise<void> {
  await warehouse.owner.run(defineStatement({ name: `loads.${name}`, sql, params: z.object({}).catchall(z.string()) }), params, {
    signal,
    settings: LONG_SQL,
  });
}
