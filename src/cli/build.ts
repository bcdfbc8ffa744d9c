/** `sluice build`: runs the dbt project in the resident worker, and reports the result of each model. */
import colors from 'picocolors';
import { parse } from 'yaml';
import * as z from 'zod';
import { errors } from '../dbt/errors.ts';
import type { BuildResult, ModelResult, TestResult, UnreadableColumn } from '../dbt/result.ts';
import type { BuildEvent, BuildRequest } from '../dbt/runs.ts';
import type { CommandContext, RegisterCommand } from './command.ts';
import { queueWhatFollows } from './follow-up.ts';
import type { Terminal } from './terminal.ts';

export const registerBuild: RegisterCommand = (program, action) => {
  program
    .command('build')
    .description('Build the dbt models and run their tests.')
    .option('-s, --select <selector...>', 'build only these models: names, folders or dbt selectors such as profiles+')
    .option('--exclude <selector...>', 'leave out these models')
    .option('--vars <yaml>', 'variables for this build alone, as YAML or JSON; they replace those of dbt_project.yml with the same names')
    .option('--full-refresh', 'build incremental models again from scratch')
    .option('--fail-fast', 'stop at the first model or test that fails')
    .option('--target <name>', 'target of the dbt profile (default: SLUICE_DBT_TARGET, else the one that profiles.yml names)')
    .option('--threads <count>', 'models at a time (default: those of the profile)')
    .option(
      '--unit-tests',
      'run the unit tests too: they check the SQL of the models with made-up rows, so run them after changing a model',
    )
    .addHelpText(
      'after',
      `
Examples:
  sluice build
  sluice build --select profile_traits+ orders --exclude tag:slow
  sluice build --vars '{sluice_as_of: 2018-01-01 00:00:00}'
  sluice build --target prod --threads 8 --fail-fast
  sluice build --select profiles --unit-tests
  sluice build --json | jq '.models[] | select(.status != "success")'

Values that cannot be read by the format of their source are unknown, never 0: the summary counts them (docs/source-formats.md).
Each table is built aside and exchanged: readers see the last one until then, and for as long as its model fails. A test runs after its
table was exchanged: what a failed test keeps back is only what is built from that table. What is scheduled \`after: build\` is queued when
all went well; with --select, --exclude or --vars only what reads a table that was built.
Builds of one installation go one after the other. Each is recorded in sluice_audit.dbt_runs and dbt_run_models.`,
    )
    .action((options: BuildOptions) =>
      action(async ({ app, terminal, signal }) => {
        const request = requestOf(options);
        const [dbt, { isPartial }] = await Promise.all([app.dbt(), import('../dbt/runs.ts')]);
        const result = await dbt.build({ ...request, signal, onEvent: (event) => sayEvent(terminal, event) });
        if (result.status === 'success') await queueReaders({ app, terminal }, result, isPartial(request));
        terminal.result(documentOf(result), () => summary(result));
        return result.status === 'success' ? 0 : 1;
      }),
    );
};

interface BuildOptions {
  readonly select?: string[];
  readonly exclude?: string[];
  readonly vars?: string;
  readonly fullRefresh?: boolean;
  readonly failFast?: boolean;
  readonly target?: string;
  readonly threads?: string;
  readonly unitTests?: boolean;
}

function requestOf(options: BuildOptions): BuildRequest {
  return {
    select: options.select ?? [],
    exclude: options.exclude ?? [],
    ...(options.vars === undefined ? {} : { vars: varsOf(options.vars) }),
    fullRefresh: options.fullRefresh ?? false,
    isFailFast: options.failFast ?? false,
    ...(options.target === undefined ? {} : { target: options.target }),
    ...(options.threads === undefined ? {} : { threads: threadsOf(options.threads) }),
    isWithUnitTests: options.unitTests ?? false,
  };
}

function varsOf(text: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(parse(text));
  } catch {
    throw errors.invalid_option('--vars must be variables as YAML or JSON, such as \'{sluice_as_of: "2018-01-01 00:00:00"}\'');
  }
}

function threadsOf(text: string): number {
  const threads = z.coerce.number().int().min(1).max(256).safeParse(text).data;
  if (threads === undefined) throw errors.invalid_option(`--threads must be a whole number from 1 to 256, and is ${text}`);
  return threads;
}

/** After a partial build only segments and syncs that read its models are queued. */
async function queueReaders(context: Pick<CommandContext, 'app' | 'terminal'>, result: BuildResult, isPartial: boolean): Promise<void> {
  if (result.models.length === 0) return;
  if (!isPartial) return queueWhatFollows(context, { name: 'build' });
  const { app } = context;
  const [{ readersOf }, deps] = await Promise.all([import('../follow-build.ts'), app.reportedBuilds()]);
  return queueWhatFollows(context, { name: 'build' }, await readersOf(deps, result));
}

function sayEvent(terminal: Terminal, event: BuildEvent): void {
  if (event.type === 'model_finished') {
    const rows = event.rows === null ? '' : `${event.rows.toLocaleString('en')} rows`;
    terminal.say(`${mark(event.status)} ${event.name.padEnd(28)} ${rows.padStart(18)} ${`${event.seconds.toFixed(1)} s`.padStart(9)}`);
  } else if (event.type === 'warning') {
    terminal.say(`${colors.yellow('!')} ${event.message}`);
  }
}

const mark = (status: string) => (status === 'success' ? colors.green('✓') : status === 'skipped' ? colors.dim('-') : colors.red('✗'));

function summary(result: BuildResult): string {
  const { models, tests, notes } = result;
  const built = models.filter((model) => model.status === 'success').length;
  const skipped = models.filter((model) => model.status === 'skipped').length;
  const passed = tests.filter((test) => test.status === 'pass').length;
  return [
    ...models.flatMap(describeFailure),
    ...tests.flatMap(describeTest),
    ...notes.map(({ message }) => `${colors.cyan('note')} ${message}`),
    ...describeUnreadable(result.unreadable),
    `${built} of ${models.length} models built${skipped > 0 ? `, ${skipped} skipped` : ''}; ${passed} of ${tests.length} tests passed; ${result.seconds.toFixed(1)} s`,
  ].join('\n');
}

function describeFailure({ name, error }: ModelResult): string[] {
  if (!error) return [];
  const place =
    error.compiledPath === null ? [] : [`  ${error.compiledPath}${error.compiledLine === null ? '' : `:${error.compiledLine}`}`];
  return [`${colors.red('failed')} ${name}: its last good table stands`, ...indent(error.message), ...place, ''];
}

function describeTest({ name, status, message, compiledPath }: TestResult): string[] {
  if (status === 'pass' || status === 'skipped') return [];
  const word = status === 'warn' ? colors.yellow('warning') : colors.red('failed');
  return [`${word} test ${name}`, ...indent(message ?? ''), ...(compiledPath === null ? [] : [`  ${compiledPath}`]), ''];
}

const MAX_UNREADABLE_SHOWN = 10;

function describeUnreadable(columns: readonly UnreadableColumn[]): string[] {
  if (columns.length === 0) return [];
  const count = (number: number) => number.toLocaleString('en');
  const shown = columns.slice(0, MAX_UNREADABLE_SHOWN);
  return [
    `${colors.yellow('unreadable')} values are unknown (NULL), not 0. Declare how the source writes them: docs/source-formats.md`,
    ...shown.map(
      ({ source, table, column, unreadable, values }) => `  ${source} ${table}.${column}: ${count(unreadable)} of ${count(values)} values`,
    ),
    ...(columns.length > shown.length ? [`  and ${columns.length - shown.length} more columns in sluice.unreadable_values`] : []),
    '',
  ];
}

const indent = (text: string) => text.split('\n').map((line) => `  ${line}`);

function documentOf(result: BuildResult) {
  return {
    run_id: result.runId,
    invocation_id: result.invocationId,
    status: result.status,
    started_at: result.startedAt.toISOString(),
    seconds: result.seconds,
    models: result.models.map((model) => ({
      name: model.name,
      database: model.database,
      table: model.table,
      status: model.status,
      rows: model.rows,
      seconds: model.seconds,
      query_id: model.queryId,
      ...(model.error
        ? { error: { message: model.error.message, compiled_path: model.error.compiledPath, compiled_line: model.error.compiledLine } }
        : {}),
    })),
    tests: {
      passed: result.tests.filter((test) => test.status === 'pass').length,
      warned: result.tests.filter((test) => test.status === 'warn').map((test) => test.name),
      failed: result.tests.filter((test) => test.status === 'fail' || test.status === 'error').map((test) => test.name),
      skipped: result.tests.filter((test) => test.status === 'skipped').length,
    },
    notes: result.notes,
    unreadable_values: result.unreadable.map(({ source, table, column, unreadable, values }) => ({
      source,
      table_name: table,
      column_name: column,
      unreadable_count: unreadable,
      value_count: values,
    })),
  };
}
