/**
 * One build from start to record: under the lease, within the time limit, and with nothing left running or half-built when it is stopped.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CdpError } from '../errors.ts';
import type { Leases } from '../store/leases.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { clearAsides } from './aside-databases.ts';
import { errors } from './errors.ts';
import { readNotes } from './notes.ts';
import type { Order, Outcome, RunMessage } from './protocol.ts';
import { buildComment, dropLeftover, killBuildQueries, leftoverTables, tableRows, unreadableColumns } from './queries.ts';
import type { RunRecord } from './records.ts';
import { type BuildResult, type BuildStatus, databaseMessage, isModel, modelResults, testResults } from './result.ts';
import type { DbtWorker } from './worker.ts';

export type BuildEvent =
  | { readonly type: 'model_started'; readonly name: string }
  | {
      readonly type: 'model_finished';
      readonly name: string;
      readonly status: string;
      readonly rows: number | null;
      readonly seconds: number;
    }
  | { readonly type: 'test_finished'; readonly name: string; readonly status: string }
  | { readonly type: 'warning'; readonly message: string };

export interface BuildRequest {
  /** dbt selectors; everything when empty or absent. */
  readonly select?: readonly string[];
  /** dbt selectors of what to leave out. */
  readonly exclude?: readonly string[];
  /** Replace the vars of dbt_project.yml that have the same names. */
  readonly vars?: Readonly<Record<string, unknown>>;
  /** Stops at the first failure: models that have not begun are skipped. */
  readonly isFailFast?: boolean;
  /** Target of the profile; default SLUICE_DBT_TARGET, else the profile's own. */
  readonly target?: string;
  /** Models at the same time; default the profile's. */
  readonly threads?: number;
  readonly fullRefresh?: boolean;
  /** Leaves the project's tests out, for trial builds. No command and no schedule sets it: what is published was tested. */
  readonly isWithoutTests?: boolean;
  /**
   * Runs the unit tests too: all, or those of the project's `own` models. They check the SQL with made-up rows, never the data: their
   * result changes only when a model changes.
   */
  readonly isWithUnitTests?: boolean | 'own';
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: BuildEvent) => void;
}

/** Whether the build may leave out models, or build them otherwise than the project says: then only the readers of the built models follow. */
export const isPartial = ({ select, exclude, vars }: Pick<BuildRequest, 'select' | 'exclude' | 'vars'>) =>
  (select ?? []).length > 0 || (exclude ?? []).length > 0 || Object.keys(vars ?? {}).length > 0;

export interface BuildCollaborators {
  readonly worker: DbtWorker;
  readonly warehouse: Pick<Warehouse, 'owner' | 'databases' | 'prefix'>;
  readonly leases: Pick<Leases, 'withLease'>;
  readonly fingerprint: () => Promise<string>;
  readonly timeoutMs: number;
  /** Writes down that the build ran, and how. */
  readonly record: (record: RunRecord) => Promise<void>;
}

/** Plain dbt takes the lease too, when `sluice dbt` starts it. */
export const LEASE = 'dbt';

/** Time from a polite interrupt to SIGKILL: dbt needs a moment to end its threads after their queries are gone. */
const GRACE_MS = 15_000;
const KILL_EVERY_MS = 500;

/**
 * Builds the models and runs their tests. A failed model is a result, not an error: its last good table stays.
 * @throws CdpError `dbt.busy` · `dbt.nothing_selected` · `dbt.invalid_project` · `dbt.failed` · `dbt.crashed` · `dbt.timed_out` ·
 * `dbt.cancelled`. All but the first two are recorded.
 */
export async function runBuild(collaborators: BuildCollaborators, request: BuildRequest): Promise<BuildResult> {
  return underLease(collaborators.leases, request.signal, async (signal) => {
    const result = await buildUnderLease(collaborators, request, signal);
    try {
      return { ...result, notes: await readNotes(collaborators.warehouse.owner, result.models) };
    } catch (cause) {
      // The tables are built: a failed count of the notes must not turn the build into a failure.
      request.onEvent?.({ type: 'warning', message: `What the build could not use was not counted: ${messageOf(cause)}` });
      return result;
    }
  });
}

/** @throws CdpError `dbt.busy`, and what `work` throws. */
export async function underLease<T>(
  leases: Pick<Leases, 'withLease'>,
  stop: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await leases.withLease(LEASE, stop ? { signal: stop } : {}, work);
  } catch (error) {
    if (error instanceof CdpError && error.code === 'store.lease_held') throw errors.busy(error.message, { cause: error });
    throw error;
  }
}

/** As above, for a caller that holds the lease already. */
export async function buildUnderLease(collaborators: BuildCollaborators, request: BuildRequest, signal: AbortSignal): Promise<BuildResult> {
  const { warehouse, worker } = collaborators;
  const onEvent = (event: BuildEvent) => request.onEvent?.(event);
  const runId = crypto.randomUUID();
  const startedAt = new Date();
  const progress = followProgress(warehouse, onEvent);
  const select = request.select ?? [];
  const exclude = request.exclude ?? [];

  const finish = async (
    status: BuildStatus,
    outcome: Extract<Outcome, { type: 'done' }> | undefined,
    error: string,
  ): Promise<BuildResult> => {
    const results = outcome?.results ?? [];
    const rows = await progress.rows();
    const models = modelResults(results, rows);
    const tests = testResults(results);
    const finishedAt = new Date();
    const invocationId = progress.invocationId();
    const record = {
      runId,
      invocationId,
      startedAt,
      finishedAt,
      status,
      selected: select,
      excluded: exclude,
      // Only names: a value may be personal.
      vars: Object.keys(request.vars ?? {}),
      target: request.target ?? '',
      isFullRefresh: request.fullRefresh ?? false,
      models,
      tests,
      error,
    };
    try {
      await collaborators.record(record);
    } catch (cause) {
      // The tables are built: a failure to record the run must not turn the build into a failure.
      onEvent({ type: 'warning', message: `The run could not be recorded in sluice_audit.dbt_runs: ${messageOf(cause)}` });
    }
    const unreadable = await readUnreadable(warehouse, models).catch((cause) => {
      onEvent({ type: 'warning', message: `What could not be read was not counted: ${messageOf(cause)}` });
      return [];
    });
    const seconds = (finishedAt.getTime() - startedAt.getTime()) / 1_000;
    return {
      runId,
      invocationId,
      status: status === 'success' ? 'success' : 'failed',
      startedAt,
      seconds,
      models,
      tests,
      notes: [],
      unreadable,
    };
  };

  const timeLimit = AbortSignal.timeout(collaborators.timeoutMs);
  const stop = AbortSignal.any([signal, timeLimit]);
  let outcome: Outcome;
  try {
    stop.throwIfAborted();
    await clearBuild(warehouse);
    const order = orderOf(request, warehouse.prefix, await collaborators.fingerprint());
    outcome = await untilStopped(worker.run(order, progress.onMessage), stop, () => stopRun(worker, warehouse, progress.invocationId()));
  } catch (cause) {
    // The worker died, or ClickHouse did not answer before it was asked anything.
    await clearBuild(warehouse).catch((left) => onEvent({ type: 'warning', message: `Nothing was cleared up: ${messageOf(left)}` }));
    const status = timeLimit.aborted ? 'timed_out' : signal.aborted ? 'cancelled' : 'crashed';
    await finish(status, undefined, messageOf(cause));
    throw stop.aborted ? stopped(timeLimit, signal, collaborators.timeoutMs, cause) : cause;
  }

  if (stop.aborted) {
    await clearBuild(warehouse);
    await finish(timeLimit.aborted ? 'timed_out' : 'cancelled', outcome.type === 'done' ? outcome : undefined, 'stopped');
    throw stopped(timeLimit, signal, collaborators.timeoutMs);
  }
  if (outcome.type === 'failed') {
    const message = databaseMessage(outcome.message);
    await finish('failed', undefined, message);
    throw FAILURES[outcome.stage](message);
  }
  // dbt calls this a success; a job that waits for the build must not. Nothing ran, so there is nothing to record.
  if (select.length + exclude.length > 0 && outcome.results.length === 0)
    throw errors.nothing_selected(`There is nothing to build: ${selectionOf(request)} selects no model, seed or test of this project`);
  return finish(outcome.success ? 'success' : 'failed', outcome, '');
}

const FAILURES = { parse: errors.invalid_project, server: errors.other_server, run: errors.failed } as const;

function orderOf(request: BuildRequest, prefix: string, fingerprint: string): Extract<Order, { op: 'build' }> {
  const { select = [], exclude = [], vars, target, threads } = request;
  return {
    op: 'build',
    fingerprint,
    prefix,
    select,
    exclude,
    fail_fast: request.isFailFast ?? false,
    full_refresh: request.fullRefresh ?? false,
    ...(target !== undefined && { target }),
    ...(threads !== undefined && { threads }),
    ...(vars && { vars }),
    without_tests: request.isWithoutTests ?? false,
    with_unit_tests: request.isWithUnitTests ?? false,
  };
}

const selectionOf = ({ select = [], exclude = [] }: BuildRequest) =>
  [...select, ...(exclude.length > 0 ? ['without', ...exclude] : [])].join(' ');

/** Only for a build that counted again: a trial build has tables of its own, and a small selection leaves old numbers there. */
async function readUnreadable({ owner, databases }: BuildCollaborators['warehouse'], models: BuildResult['models']) {
  const isCounted = models.some(
    ({ name, status, database }) => name === 'unreadable_values' && status === 'success' && database === databases.published,
  );
  return isCounted ? owner.ask(unreadableColumns, {}) : [];
}

function stopped(timeLimit: AbortSignal, signal: AbortSignal, timeoutMs: number, cause?: unknown): Error {
  if (timeLimit.aborted) return errors.timed_out(`The build was stopped after ${timeoutMs / 1_000} s.`, { cause });
  // Only a lost lease arrives as a CdpError; it is its own reason.
  if (signal.reason instanceof CdpError) return signal.reason;
  return errors.cancelled('The build was stopped.', { cause });
}

/** Waits for `work`; when `signal` is aborted meanwhile, calls `stop` and goes on waiting. */
async function untilStopped<T>(work: Promise<T>, signal: AbortSignal, stop: () => Promise<void>): Promise<T> {
  let stopping: Promise<void> | undefined;
  let isSettled = false;
  const onAbort = () => {
    if (!isSettled) stopping = stop();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  // A signal that was aborted before this has no event any more.
  if (signal.aborted) onAbort();
  try {
    return await work;
  } finally {
    isSettled = true;
    signal.removeEventListener('abort', onAbort);
    await stopping;
  }
}

/** After an interrupt dbt waits for its running queries, so these are killed until dbt has ended; a dbt that does not end is killed too. */
async function stopRun(worker: DbtWorker, warehouse: BuildCollaborators['warehouse'], invocationId: string): Promise<void> {
  worker.interrupt();
  const comment = buildComment(warehouse.prefix, invocationId);
  const deadline = Date.now() + GRACE_MS;
  while (worker.isBusy && Date.now() < deadline) {
    // A warehouse that is away runs no query of ours; the worker is ended in any case.
    await warehouse.owner.run(killBuildQueries, { comment }).catch(() => undefined);
    await sleep(KILL_EVERY_MS);
  }
  if (worker.isBusy) worker.kill();
}

/** Under the lease no other build of the service runs: existing queries, half-built tables and trial databases belong to a dead build. */
export async function clearBuild({ owner, databases, prefix }: BuildCollaborators['warehouse']): Promise<void> {
  await owner.run(killBuildQueries, { comment: buildComment(prefix) });
  await clearAsides(owner, prefix);
  const built = [databases.staging, databases.identity, databases.published];
  for (const table of await owner.ask(leftoverTables, { databases: built })) await owner.run(dropLeftover(table), {});
}

/** Turns the worker's messages into events with row counts. */
function followProgress(warehouse: BuildCollaborators['warehouse'], onEvent: (event: BuildEvent) => void) {
  const counted = new Map<string, number | null>();
  const counting: Promise<void>[] = [];
  let invocationId = '';

  async function finished(node: Extract<RunMessage, { type: 'node_finished' }>) {
    const { name, status, seconds, schema, alias } = node;
    let rows: number | null = null;
    if (status === 'success' && node.materialized !== 'view' && schema !== null && alias !== null) {
      const [table] = await warehouse.owner.ask(tableRows, { database: schema, table: alias });
      rows = table?.row_count ?? null;
    }
    counted.set(node.unique_id, rows);
    onEvent({ type: 'model_finished', name, status, rows, seconds });
  }

  return {
    onMessage(message: RunMessage) {
      if (message.type === 'started') invocationId = message.invocation_id;
      else if (message.type === 'warning') onEvent({ type: 'warning', message: message.message });
      else if (message.type === 'log') return;
      else if (!isModel(message)) {
        if (message.type === 'node_finished') onEvent({ type: 'test_finished', name: message.name, status: message.status });
      } else if (message.type === 'node_started') onEvent({ type: 'model_started', name: message.name });
      // When the server does not answer, only the row count is missing: dbt meets the same server and reports it.
      else counting.push(finished(message).catch((cause) => onEvent({ type: 'warning', message: messageOf(cause) })));
    },
    invocationId: () => invocationId,
    async rows() {
      await Promise.all(counting);
      return counted;
    },
  };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
