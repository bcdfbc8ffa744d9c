/** Records a finished run in `sluice_audit.dbt_runs` and `sluice_audit.dbt_run_models`, once. */
import type { WarehouseClient } from '../warehouse/client.ts';
import { KIND_OF_CODE, scrub } from '../warehouse/errors.ts';
import type { BuildStatus, ModelResult, TestResult } from './result.ts';

export interface RunRecord {
  readonly runId: string;
  readonly invocationId: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly status: BuildStatus;
  readonly selected: readonly string[];
  readonly excluded: readonly string[];
  /** Names of the variables that were given. */
  readonly vars: readonly string[];
  readonly target: string;
  readonly isFullRefresh: boolean;
  readonly models: readonly ModelResult[];
  readonly tests: readonly TestResult[];
  /** Why there is no result; empty when there is one. */
  readonly error: string;
}

/** Models are written first, so that a reader who sees a run finds its models. */
export async function recordRun(owner: Pick<WarehouseClient, 'insert'>, record: RunRecord): Promise<void> {
  const { runId, models, tests } = record;
  const started_at = record.startedAt.toISOString();
  const count = <T extends { status: string }>(list: readonly T[], ...statuses: readonly T['status'][]) =>
    list.filter((item) => statuses.includes(item.status)).length;

  if (models.length > 0) {
    await owner.insert(
      'sluice_audit.dbt_run_models',
      models.map((model) => ({
        run_id: runId,
        started_at,
        unique_id: model.uniqueId,
        database_name: model.database,
        table_name: model.table,
        materialized: model.materialized,
        status: model.status,
        row_count: model.rows,
        seconds: model.seconds,
        query_id: model.queryId ?? '',
        error: withoutValues(model.error?.message ?? ''),
        compiled_path: model.error?.compiledPath ?? '',
        compiled_line: model.error?.compiledLine ?? null,
      })),
    );
  }
  await owner.insert('sluice_audit.dbt_runs', [
    {
      run_id: runId,
      invocation_id: record.invocationId,
      started_at,
      finished_at: record.finishedAt.toISOString(),
      status: record.status,
      selected: record.selected,
      excluded: record.excluded,
      vars: record.vars,
      target: record.target,
      is_full_refresh: record.isFullRefresh,
      models_built: count(models, 'success'),
      models_failed: count(models, 'error'),
      models_skipped: count(models, 'skipped'),
      tests_passed: count(tests, 'pass'),
      tests_warned: count(tests, 'warn'),
      tests_failed: count(tests, 'fail', 'error'),
      failed_tests: tests.filter((test) => test.status === 'fail' || test.status === 'error').map((test) => test.name),
      error: withoutValues(record.error),
    },
  ]);
}

/**
 * The person at the terminal sees the database's own message. A table that BI tools read for a year must not hold the rows that such
 * messages quote.
 */
function withoutValues(message: string): string {
  const code = /\bCode: (\d+)\./.exec(message)?.[1];
  return scrub(message, KIND_OF_CODE[Number(code)] ?? 'failed');
}
