/** Puts staged rows where everybody sees them. */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { defineStatement } from '../warehouse/query.ts';
import { type Column, commonType, quoted } from './columns.ts';
import { copyGoodSql, createRawTableSql, insertCopyRejectedSql, insertGoodSql, insertRejectedSql } from './compile-load.ts';
import type { LoadDeps, LoadedFile, LoadRequest } from './load-files.ts';
import { type Counts, existingColumns } from './queries.ts';
import type { Staged } from './stage.ts';

export interface Publication {
  readonly warehouse: LoadDeps['warehouse'];
  readonly request: LoadRequest;
  readonly target: string;
  /** Aborted when the lease is lost: somebody else may then be writing. */
  readonly signal: AbortSignal;
  /** Columns that the table has; none when it is to be made. */
  readonly existing: readonly Column[];
  readonly staged: readonly Staged[];
  readonly counts: readonly Counts[];
}

/**
 * File by file: each is in the table and recorded before the next begins. Its rows are cast beside the table and then attached to it, so
 * that readers see all of them or none, and that an insert which outlives its killed load (the server finishes what it has begun) writes
 * where nobody looks. What such a load attached and did not record is taken out first.
 */
export async function appendStaged(publication: Publication): Promise<LoadedFile[]> {
  const { target, existing, staged } = publication;
  if (existing.length === 0) await run(publication, 'create', createRawTableSql(target, unionOf(staged), aboutOf(publication)));
  else await addColumns(publication);
  const loaded: LoadedFile[] = [];
  for (const [index, one] of staged.entries()) {
    const startedAt = new Date();
    const fitting = `${target}__load_${randomBytes(4).toString('hex')}`;
    await run(publication, 'create_fitting', `create table sluice_raw.${quoted(fitting)} as sluice_raw.${quoted(target)}`);
    await insertRows(publication, one, fitting);
    // Cheap when there is nothing: the engine looks at the column alone.
    await run(publication, 'take_out', `delete from sluice_raw.${quoted(target)} where _load_id = {load_id:UUID}`, { load_id: one.loadId });
    await run(
      publication,
      'attach',
      `alter table sluice_raw.${quoted(target)} attach partition tuple() from sluice_raw.${quoted(fitting)}`,
    );
    loaded.push(await record(publication, one, publication.counts[index], startedAt));
  }
  return loaded;
}

/** All files into a new table, which then takes the place of the old one: readers see all of it or nothing. */
export async function replaceWithStaged(publication: Publication): Promise<LoadedFile[]> {
  const { warehouse, target, staged } = publication;
  const startedAt = new Date();
  const fresh = `${target}__load_new`;
  await run(publication, 'create', createRawTableSql(fresh, unionOf(staged), aboutOf(publication)));
  for (const one of staged) await insertRows(publication, one, fresh);
  const raw = quoted(warehouse.databases.raw);
  const hasOld = (await existingColumns(warehouse, target)).length > 0;
  await run(
    publication,
    'swap',
    hasOld
      ? `exchange tables ${raw}.${quoted(target)} and ${raw}.${quoted(fresh)}`
      : `rename table ${raw}.${quoted(fresh)} to ${raw}.${quoted(target)}`,
  );
  const loaded: LoadedFile[] = [];
  // One moment for all: together they are what the table was replaced with.
  const finishedAt = new Date();
  for (const [index, one] of staged.entries())
    loaded.push(await record(publication, one, publication.counts[index], startedAt, finishedAt));
  return loaded;
}

/** Refused rows first: once the others can be seen, it is also known what is missing. */
async function insertRows(publication: Publication, one: Staged, target: string): Promise<void> {
  const { aside, columns, ownTypes, loadId } = one;
  await recordRejected(publication, one);
  const fitting = ownTypes ? copyGoodSql({ aside, target, columns }, ownTypes) : insertGoodSql({ aside, target, columns });
  await run(publication, 'insert', fitting, { load_id: loadId });
}

/** Once, also when the same file is tried again. */
export async function recordRejected(
  deps: Pick<Publication, 'warehouse' | 'request' | 'signal'>,
  { aside, columns, ownTypes, loadId, file }: Staged,
): Promise<void> {
  const { source, table } = deps.request;
  const others = ownTypes ? insertCopyRejectedSql({ aside, columns }, ownTypes) : insertRejectedSql({ aside, columns });
  await run(deps, 'forget_rejected', 'delete from sluice_raw.rejected_rows where load_id = {load_id:UUID}', { load_id: loadId });
  await run(deps, 'reject', others, { load_id: loadId, source, table_name: table, file: file.name });
}

/** Columns that came with a later file: older rows have no value in them. */
async function addColumns(publication: Publication): Promise<void> {
  const { existing, staged, target } = publication;
  for (const { name, type } of unionOf(staged)) {
    if (existing.some((column) => column.name === name)) continue;
    const nullable = /^(Nullable|Array|Map|Tuple)\(|^JSON|^Dynamic/.test(type) ? type : `Nullable(${type})`;
    const about = `Column ${name} of the file`.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
    await run(
      publication,
      'add_column',
      `alter table sluice_raw.${quoted(target)} add column if not exists ${quoted(name)} ${nullable} comment '${about}'`,
    );
  }
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
  await warehouse.owner.run(defineStatement({ name: `loads.${name}`, sql, params: z.object({}).catchall(z.string()) }), params, { signal });
}
