/** Records the intent before sending and the outcome after it, so that a crash leaves an unknown outcome instead of a lost one. */
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import type { FaultKind } from '../connector-kit/fault.ts';
import { CdpError } from '../errors.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import { hashOfText } from './compile-key.ts';
import { INSERT_INTO_LEDGER } from './compile-ledger.ts';
import type { SyncDeps } from './deps.ts';
import type { RunOutcome, RunRow } from './run-record.ts';

type Deps = Pick<SyncDeps, 'warehouse'>;

/** A part of a plan that is sent and recorded together. Places are inclusive. */
export interface PlanWindow {
  readonly first: number;
  readonly last: number;
}

/** An outcome other than plain acceptance. */
export interface RowOutcome {
  readonly seq: number;
  /** skipped: not tried; not_sent: turned away before the destination looked at the row. Both count as skipped. */
  readonly outcome: 'accepted' | 'rejected' | 'unknown' | 'skipped' | 'not_sent';
  /** The attempt may have been applied in spite of its outcome. */
  readonly is_in_doubt: boolean;
  readonly fault: FaultKind | '';
  readonly message: string;
  readonly field: string;
  readonly remote_id: string;
}

const count = z.coerce.number();
const recordAttempts = 4;

/** Await this before the first request of the window is sent. */
export async function recordIntent(deps: Deps, run: RunRow, { first, last }: PlanWindow): Promise<void> {
  const row = { sync_id: run.sync_id, run_id: run.run_id, first_seq: first, last_seq: last };
  await deps.warehouse.owner.insert('sluice_state.sync_windows', [row], { columns: Object.keys(row) });
}

/** `outcomes`: the result of each row of the window; the effect is what the attempt says about the destination's state. */
const recordSql = (outcomes: string, isSent: string) => `
    ${INSERT_INTO_LEDGER}
    select
        plan.sync_id,
        {target:String},
        -- Not that of the plan, which is by the rule of today where keys are folded.
        ${hashOfText('plan.key')},
        {run_number:UInt64},
        plan.run_id,
        plan.seq,
        {first:UInt64},
        plan.key,
        toString(plan.change),
        plan.operation,
        plan.payload,
        plan.payload_hash,
        toString(o.outcome),
        multiIf(
            o.outcome = 'accepted' and plan.change = 'remove', 'gone',
            o.outcome = 'accepted', 'there',
            o.is_in_doubt, 'uncertain',
            'none'),
        o.fault,
        multiIf(
            o.message != '', o.message,
            empty(plan.fields_withheld), '',
            concat('left out: ', arrayStringConcat(plan.fields_withheld, '; '))),
        o.field,
        o.remote_id
    from
    (
        select *
        from sluice_state.sync_plan
        where sync_id = {sync_id:String}
          and run_id = {run_id:UUID}
          and seq between {first:UInt64} and {last:UInt64}
    ) as plan
    ${outcomes}
    ${isSent}`;

const windowParams = z.object({
  sync_id: z.string(),
  run_id: z.string(),
  run_number: z.int(),
  target: z.string(),
  first: z.int(),
  last: z.int(),
});

const alike = (outcome: 'accepted' | 'unknown', fault: string, message: string) => `
    cross join
    (
        select
            '${outcome}' as outcome,
            ${outcome === 'unknown'} as is_in_doubt,
            '${fault}' as fault,
            '${message}' as message,
            '' as field,
            '' as remote_id
    ) as o`;

const recordAccepted = defineStatement({
  name: 'syncs.record_accepted',
  sql: recordSql(alike('accepted', '', ''), ''),
  params: windowParams,
});
const recordUnknown = defineStatement({
  name: 'syncs.record_unknown',
  sql: recordSql(alike('unknown', 'unknown_result', 'the process ended before the answer'), ''),
  params: windowParams,
});

/** A row of the plan without a reported outcome joins to the Enum's first value: accepted. */
const recordMixed = defineStatement({
  name: 'syncs.record_mixed',
  sql: recordSql(
    `left join
    (
        select *
        from sluice_state.sync_outcomes
        where sync_id = {sync_id:String}
          and run_id = {run_id:UUID}
          and seq between {first:UInt64} and {last:UInt64}
        order by recorded_at desc
        limit 1 by seq
    ) as o on plan.seq = o.seq`,
    "where o.outcome != 'skipped'",
  ),
  params: windowParams,
});

/**
 * Closes a window: one atomic insert, inside the warehouse, of an outcome for each of its rows. Only rows with something to report are sent
 * from here; a million plain acceptances cost the service nothing. Safe to repeat: the insert carries a token.
 */
export async function recordWindow(deps: Deps, run: RunRow, window: PlanWindow, exceptions: readonly RowOutcome[]): Promise<void> {
  if (exceptions.length > 0) {
    const ids = { sync_id: run.sync_id, run_id: run.run_id };
    await deps.warehouse.owner.insert(
      'sluice_state.sync_outcomes',
      exceptions.map((outcome) => ({ ...ids, ...outcome })),
      {
        columns: ['sync_id', 'run_id', 'seq', 'outcome', 'is_in_doubt', 'fault', 'message', 'field', 'remote_id'],
      },
    );
  }
  await closeWindow(deps, run, window, exceptions.length > 0 ? recordMixed : recordAccepted);
}

/** For a window whose answers were lost with the process, at a destination where a row must not be sent twice. */
export async function recordWindowUnknown(deps: Deps, run: RunRow, window: PlanWindow): Promise<void> {
  await closeWindow(deps, run, window, recordUnknown);
}

async function closeWindow(deps: Deps, run: RunRow, { first, last }: PlanWindow, statement: typeof recordAccepted): Promise<void> {
  const { sync_id, run_id, run_number, target } = run;
  const params = { sync_id, run_id, run_number, target, first, last };
  const settings = { insert_deduplicate: 1, insert_deduplication_token: `${run_id}_${first}` } as const;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await deps.warehouse.owner.run(statement, params, { settings });
      return;
    } catch (error) {
      // The answers exist only in this process: it waits for a restarting server before it gives them up as unknown.
      const mayPass = error instanceof CdpError && error.fault === 'transient';
      if (!mayPass || attempt >= recordAttempts) throw error;
      await wait(attempt * 1_000);
    }
  }
}

const openWindowsQuery = defineQuery({
  name: 'syncs.open_windows',
  sql: `
    select
        first_seq as first,
        max(last_seq) as last
    from sluice_state.sync_windows
    where sync_id = {sync_id:String}
      and run_id = {run_id:UUID}
      and first_seq not in
      (
          select window_first
          from sluice_state.sync_ledger
          where sync_id = {sync_id:String}
            and target = {target:String}
            and run_number = {run_number:UInt64}
      )
    group by first_seq
    order by first_seq
  `,
  params: z.object({ sync_id: z.string(), run_id: z.string(), run_number: z.int(), target: z.string() }),
  row: z.object({ first: count, last: count }),
});

/** Windows that may have reached the destination and whose outcome is unknown. */
export function openWindows(deps: Deps, { sync_id, run_id, run_number, target }: RunRow): Promise<PlanWindow[]> {
  return deps.warehouse.owner.ask(openWindowsQuery, { sync_id, run_id, run_number, target });
}

const outcomeQuery = defineQuery({
  name: 'syncs.run_outcome',
  sql: `
    select
        countIf(outcome = 'accepted') as accepted,
        countIf(outcome = 'rejected') as rejected,
        countIf(outcome = 'unknown') as unknown,
        countIf(outcome = 'accepted' and change = 'remove') as removed
    from sluice_state.sync_ledger
    where sync_id = {sync_id:String}
      and target = {target:String}
      and run_number = {run_number:UInt64}
  `,
  params: z.object({ sync_id: z.string(), target: z.string(), run_number: z.int() }),
  row: z.object({ accepted: count, rejected: count, unknown: count, removed: count }),
});

/** The results of a run, counted in the ledger, which alone is right after a crash. */
export async function outcomeOf(deps: Deps, { sync_id, target, run_number }: RunRow): Promise<Omit<RunOutcome, 'skipped'>> {
  const [outcome] = await deps.warehouse.owner.ask(outcomeQuery, { sync_id, target, run_number });
  return outcome ?? { accepted: 0, rejected: 0, unknown: 0, removed: 0 };
}
