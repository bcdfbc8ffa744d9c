/** The plan of a run, stored in the warehouse: made by the diff, read window by window, dropped when the run is closed. */
import * as z from 'zod';
import { type Operation, OutgoingRow, rowSeparator } from '../connector-kit/row.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import {
  compileDenied,
  compileDifferences,
  compileDifferencesInsert,
  compilePlanInsert,
  consentedRows,
  jsonSettings,
} from './compile-diff.ts';
import { compileRepeated } from './compile-ledger.ts';
import { canRewrite, compileMarks, compileRewrites, compileRewritesInsert } from './compile-rewrites.ts';
import type { SyncDeps } from './deps.ts';
import type { PreparedSync } from './prepare.ts';
import type { RunPlan, RunRow } from './run-record.ts';

type Deps = Pick<SyncDeps, 'warehouse'>;
type Run = Pick<RunRow, 'sync_id' | 'run_id'>;

const count = z.coerce.number();
const run = z.object({ sync_id: z.string(), run_id: z.string() });
const idsOf = ({ sync_id, run_id }: Run) => ({ sync_id, run_id });

/** Writes the differences between the source and what was sent into the plan of `run`. */
export async function materialisePlan(deps: Deps, prepared: PreparedSync, open: Run, signal: AbortSignal): Promise<void> {
  const shape = z.object(Object.fromEntries(Object.keys({ ...prepared.params, run_id: '' }).map((name) => [name, z.string()])));
  const params = { ...prepared.params, run_id: open.run_id };
  const find = defineStatement({ name: 'syncs.differences', sql: compileDifferencesInsert(prepared.diff), params: shape });
  await deps.warehouse.owner.run(find, params, { signal, settings: jsonSettings });
  if (canRewrite(prepared.diff) && (await hasRemovals(deps, open))) {
    const rewrite = defineStatement({ name: 'syncs.rewrites', sql: compileRewritesInsert(prepared.diff), params: shape });
    await deps.warehouse.owner.run(rewrite, params, { signal, settings: jsonSettings });
  }
  const write = defineStatement({ name: 'syncs.plan', sql: compilePlanInsert(prepared.diff), params: shape });
  // Places are numbered in the order of the inner sort, so the server must not drop that sort or split its result among threads.
  const settings = { ...jsonSettings, query_plan_remove_redundant_sorting: 0, max_insert_threads: '1' } as const;
  await deps.warehouse.owner.run(write, params, { signal, settings });
}

const removalsQuery = defineQuery({
  name: 'syncs.has_removals',
  sql: `
    select count() > 0 as has_removals
    from sluice_state.sync_differences
    where sync_id = {sync_id:String}
      and run_id = {run_id:UUID}
      and change = 'remove'
  `,
  params: run,
  row: z.object({ has_removals: z.coerce.boolean() }),
});

/** Asked first, because finding the keys that a removal may affect reads the whole source. */
async function hasRemovals(deps: Deps, open: Run): Promise<boolean> {
  const [row] = await deps.warehouse.owner.ask(removalsQuery, idsOf(open));
  return row?.has_removals ?? false;
}

/** Rows that have not changed and would be written again. */
export async function countRewritesAhead(deps: Deps, { diff, params }: PreparedSync): Promise<number> {
  if (!canRewrite(diff)) return 0;
  const differences = compileDifferences(diff);
  const query = defineQuery({
    name: 'syncs.rewrites_ahead',
    sql: `
      select count() as rewrites
      from (${compileRewrites(diff, `select key_hash from (${differences}) where change = 'remove'`)})
      where key_hash not in (select key_hash from (${differences}) where change != 'same')`,
    params: z.object(Object.fromEntries(Object.keys(params).map((name) => [name, z.string()]))),
    row: z.object({ rewrites: count }),
  });
  const [counted] = await deps.warehouse.owner.ask(query, params, { settings: jsonSettings });
  return counted?.rewrites ?? 0;
}

/** Await this before the first row of a plan is sent. */
export async function markUncertain(deps: Deps, { diff }: Pick<PreparedSync, 'diff'>, open: RunRow): Promise<void> {
  if (!canRewrite(diff) || (open.removes === 0 && diff.mapping.comparedKey === undefined)) return;
  const statement = defineStatement({
    name: 'syncs.mark_uncertain',
    sql: compileMarks(diff),
    params: run.extend({ target: z.string(), run_number: z.int() }),
  });
  await deps.warehouse.owner.run(statement, { ...idsOf(open), target: open.target, run_number: open.run_number });
}

const planCounts = defineQuery({
  name: 'syncs.plan_counts',
  sql: `
    select
        countIf(change = 'add') as adds,
        countIf(change = 'change') as changes,
        countIf(change = 'remove') as removes,
        sumIf(source_rows, change = 'invalid') as invalid,
        countIf(change = 'held') as held,
        sumIf(length(fields_withheld), change in ('add', 'change')) as fields_withheld
    from sluice_state.sync_plan
    where sync_id = {sync_id:String}
      and run_id = {run_id:UUID}
  `,
  params: run,
  row: z.object({ adds: count, changes: count, removes: count, invalid: count, held: count, fields_withheld: count }),
});

export async function countPlan(deps: Deps, open: Run): Promise<Omit<RunPlan, 'withheld' | 'held_by_consent'>> {
  const [counts] = await deps.warehouse.owner.ask(planCounts, idsOf(open));
  return counts ?? { adds: 0, changes: 0, removes: 0, invalid: 0, held: 0, fields_withheld: 0 };
}

/** Rows of the source without consent; 0 where none is asked for. */
export async function countDenied(deps: Deps, { diff }: Pick<PreparedSync, 'diff'>, signal?: AbortSignal): Promise<number> {
  if (!diff.source.hasConsent) return 0;
  const { params } = diff.source;
  const query = defineQuery({
    name: 'syncs.without_consent',
    sql: compileDenied(diff),
    params: z.object(Object.fromEntries(Object.keys(params).map((name) => [name, z.string()]))),
    row: z.object({ denied: count }),
  });
  const [counted] = await deps.warehouse.owner.ask(query, params, signal ? { signal } : {});
  return counted?.denied ?? 0;
}

const repeatedRow = z.object({ repeated: count });

/** Removals of the plan that were accepted before, and are repeated because of a resync. */
export async function countRepeated(
  deps: Deps,
  { diff }: Pick<PreparedSync, 'diff'>,
  open: Pick<RunRow, 'sync_id' | 'run_id' | 'target'>,
): Promise<number> {
  const query = defineQuery({
    name: 'syncs.repeated_removals',
    sql: compileRepeated(
      diff,
      `
            select key_hash
            from sluice_state.sync_plan
            where sync_id = {sync_id:String}
              and run_id = {run_id:UUID}
              and change = 'remove'`,
    ),
    params: run.extend({ target: z.string() }),
    row: repeatedRow,
  });
  const [counted] = await deps.warehouse.owner.ask(query, { ...idsOf(open), target: open.target });
  return counted?.repeated ?? 0;
}

/** The same before anything has been planned. */
export async function countRepeatedAhead(deps: Deps, { diff, params }: PreparedSync): Promise<number> {
  const query = defineQuery({
    name: 'syncs.repeated_removals_ahead',
    sql: compileRepeated(diff, `select key_hash from (${compileDifferences(diff)}) where change = 'remove'`),
    params: z.object(Object.fromEntries(Object.keys(params).map((name) => [name, z.string()]))),
    row: repeatedRow,
  });
  const [counted] = await deps.warehouse.owner.ask(query, params, { settings: jsonSettings });
  return counted?.repeated ?? 0;
}

const sourceIsEmpty = (relation: string, params: z.ZodObject) =>
  defineQuery({
    name: 'syncs.source_is_empty',
    sql: `select count() = 0 as is_empty from (select 1 from (${relation}) limit 1)`,
    params,
    row: z.object({ is_empty: z.coerce.boolean() }),
  });

export async function isSourceEmpty(deps: Deps, { diff }: PreparedSync): Promise<boolean> {
  const { params } = diff.source;
  const shape = z.object(Object.fromEntries(Object.keys(params).map((name) => [name, z.string()])));
  const [row] = await deps.warehouse.owner.ask(sourceIsEmpty(consentedRows(diff.source), shape), params);
  return row?.is_empty ?? true;
}

/** A line per place, in order, as OutgoingRow reads them. JSON texts hold no line breaks of their own. */
const planLines = defineStatement({
  name: 'syncs.plan_rows',
  sql: `
    select concat(payload, ',')
    from sluice_state.sync_plan
    where sync_id = {sync_id:String}
      and run_id = {run_id:UUID}
      and seq between {first:UInt64} and {last:UInt64}
    order by seq
  `,
  params: run.extend({ first: z.int(), last: z.int() }),
});

/**
 * The rows of one window, in order. They are kept as one text, and become row objects only when they are sent: millions of strings and
 * objects that live for a whole window would be moved to the old generation of the heap, and the heap would grow. Nothing is quoted on the
 * way, because the payloads are full of quotes.
 */
export interface WindowRows {
  /** Makes each row when it is asked for. */
  rows(): Iterable<OutgoingRow>;
}

/** `operationAt`: the operation for the row at a place. */
export async function readWindow(
  deps: Deps,
  open: Run,
  { first, last }: { readonly first: number; readonly last: number },
  operationAt: (seq: number) => Operation,
): Promise<WindowRows> {
  const text = await deps.warehouse.owner.lines(planLines, { ...idsOf(open), first, last });
  return {
    *rows() {
      let seq = first;
      for (let start = 0; start < text.length; seq += 1) {
        const end = text.indexOf(rowSeparator, start);
        yield new OutgoingRow(seq, operationAt(seq), text, start, end);
        start = end + rowSeparator.length;
      }
      if (seq !== last + 1) throw new Error(`the plan of ${open.run_id} has ${seq - first} rows from ${first} to ${last}`);
    },
  };
}

const recordInvalid = defineStatement({
  name: 'syncs.record_invalid',
  sql: `
    insert into sluice_state.sync_invalid_rows (sync_id, run_id, key, reason, source_rows)
    select
        sync_id,
        run_id,
        key,
        reason,
        source_rows
    from sluice_state.sync_plan
    where sync_id = {sync_id:String}
      and run_id = {run_id:UUID}
      and change = 'invalid'
    order by seq
    limit 10000
  `,
  params: run,
});

/** Keeps the rows that are not sent, with their reasons, after the plan is dropped. */
export async function recordInvalidRows(deps: Deps, open: Run): Promise<void> {
  await deps.warehouse.owner.run(recordInvalid, idsOf(open));
}

const planPartitions = defineQuery({
  name: 'syncs.plan_partitions',
  sql: `
    select distinct
        table,
        partition_id
    from system.parts
    where database = {database:String}
      and table in ('sync_plan', 'sync_differences')
      and active
      and partition like {pattern:String}
  `,
  params: z.object({ database: z.string(), pattern: z.string() }),
  row: z.object({ table: z.enum(['sync_plan', 'sync_differences']), partition_id: z.string() }),
});

const dropPartition = {
  sync_plan: dropPartitionOf('sync_plan'),
  sync_differences: dropPartitionOf('sync_differences'),
};

function dropPartitionOf(table: string) {
  const sql = `alter table sluice_state.${table} drop partition id {partition_id:String}`;
  return defineStatement({ name: 'syncs.drop_plan', sql, params: z.object({ partition_id: z.string() }) });
}

/** Drops every plan of the sync: that of the run that ends, and one that a crashed run may have written after it was given up. */
export async function dropPlans(deps: Deps, syncId: string): Promise<void> {
  const { owner, databases } = deps.warehouse;
  const partitions = await owner.ask(planPartitions, { database: databases.state, pattern: `('${syncId}',%` });
  for (const { table, partition_id } of partitions) await owner.run(dropPartition[table], { partition_id });
}
