/** Puts staged rows where everybody sees them. */

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
import { type Counts, LONG_SQL } from './queries.ts';
import { madeNullable } from './settle-types.ts';
import type { Staged } from './staged.ts';

export interface Publication {
  readonly warehouse: LoadDeps['warehouse'];
  readonly request: LoadRequest;
  readonly target: string;
  /** Aborted when the load is to end, and when the lease is lost. */
  readonly signal: AbortSignal;
  /** Aborted when the lease is lost: somebody else may then be writing. */
  readonly lost: AbortSignal;
  /** Columns that the table has; none when there is none. */
  readonly existing: readonly Column[];
  readonly known: readonly KnownLoad[];
  readonly staged: readonly Staged[];
  readonly counts: readonly Counts[];
}

/**
 * File by file: each is in the table and recorded before the next begins. Its rows are cast beside the table and then attached to it, so
 * that readers see all of them or none, and that an insert which outlives its killed load (the server finishes what it has begun) writes
 * where nobody looks. The table is made, or gets new columns, only when the rows for it are ready.
 */
export async function appendStaged(publication: Publication): Promise<LoadedFile[]> {
  const { target, staged, counts } = publication;
  // A file of which nothing fits changes nothing: neither columns nor what counts as loaded.
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
  /** That the table has; none when it is to be made. */
  readonly there: readonly Column[];
  /** That come with a file; older rows have no value there. */
  readonly added: readonly Column[];
}

/** An empty table of the columns that the target is going to have. */
async function makeWith(publication: Publication, table: string, { there, added }: TableColumns): Promise<void> {
  const { target } = publication;
  if (there.length === 0) return run(publication, 'create', createRawTableSql(table, added, aboutOf(publication)));
  await run(publication, 'create_fitting', `create table sluice_raw.${quoteIdentifier(table)} as sluice_raw.${quoteIdentifier(target)}`);
  await addColumns(publication, table, added);
}

/**
 * Short, and once begun it is not ended by SIGTERM: between taking out a first reading, or what a killed load attached and did not record,
 * and attaching the rows, the table has neither.
 */
async function attach(publication: Publication, one: Staged, fitting: string, { there, added }: TableColumns): Promise<void> {
  const { target, known, signal, lost } = publication;
  signal.throwIfAborted();
  const toTheEnd = { ...publication, signal: lost };
  if (there.length === 0) await makeWith(toTheEnd, target, { there, added });
  else await addColumns(toTheEnd, target, added);
  // Cheap when there is nothing: the engine looks at the column alone.
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

/** All files into a new table, which then takes the place of the old one: readers see all of it or nothing. */
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
  // One moment for all: together they are what the table was replaced with.
  const finishedAt = new Date();
  for (const [index, one] of staged.entries())
    loaded.push(await record(publication, one, publication.counts[index], startedAt, finishedAt));
  return loaded;
}

/** Refused rows first: once the others can be seen, it is also known what is missing. */
async function insertRows(publication: Publication, one: Staged, target: string, counts: Counts | undefined): Promise<void> {
  await recordRejected(publication, one, counts);
  const fitting = one.kind === 'parquet' ? copyGoodSql(one, target) : insertGoodSql(one, target);
  await run(publication, 'insert', fitting, { load_id: one.loadId });
}

/** Once, also when the same file is tried again. Where none was counted, none is looked for. */
export async function recordRejected(
  deps: Pick<Publication, 'warehouse' | 'request' | 'signal'>,
  one: Staged,
  counts?: Counts,
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
 * Columns that are to hold more than they could. Their values stay what they are, so it is no harm when nothing comes after it. Once begun, a column
 * is not left by SIGTERM: the server goes on making it text, and the offsets would be lost.
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

/** Of a column of moments that has become text: without an offset the text would be read as what a clock somewhere showed. */
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
  counts: Counts | undefined,
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
