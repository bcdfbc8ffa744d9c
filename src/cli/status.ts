/** `sluice status`: the state of sources, builds, segments, syncs and jobs. */
import colors from 'picocolors';
import type { Status } from '../status/schema.ts';
import type { RegisterCommand } from './command.ts';
import type { Terminal } from './terminal.ts';

export const registerStatus: RegisterCommand = (program, action) => {
  program
    .command('status')
    .description('Show what arrives, the last build, and the state of segments, syncs and jobs.')
    .addHelpText('after', `\nExample:\n  sluice status --json | jq '.syncs[] | select(.health != "healthy")'`)
    .action(() =>
      action(async ({ app, terminal }) => {
        const { readStatus } = await import('../status/status.ts');
        const status = await readStatus(await app.status());
        terminal.result(status, () => describe(status, terminal));
      }),
    );
};

function describe(status: Status, terminal: Terminal): string {
  const { warehouse, last_build: build, jobs, missed_slots: missed } = status;
  return [
    `ClickHouse ${warehouse.version}${warehouse.embedded ? ', embedded' : ''}`,
    build === null
      ? 'Never built: run `sluice build`.'
      : `${mark(build.status === 'success')} last build ${build.status}, ${build.started_at}, ${build.seconds.toFixed(1)} s${[...build.failed, ...(build.error === '' ? [] : [build.error])].map((what, index) => `${index === 0 ? ': ' : ', '}${what}`).join('')}`,
    '',
    section(
      'Nothing has arrived yet.',
      ['source', 'table', 'rows', 'newest', 'rejected in a day'],
      status.sources.map((one) => [one.source, one.table, one.rows, one.newest_at, one.rejected_last_day]),
      terminal,
    ),
    ...(status.refused.length === 0
      ? []
      : [
          section(
            '',
            ['refused: source', 'key', 'why', 'requests in a day', 'newest'],
            status.refused.map((one) => [
              one.source,
              one.key_prefix === '' ? '(none)' : `${one.key_prefix}… ${one.key_name ?? '(no such key)'}`,
              one.reason,
              one.requests_last_day,
              one.newest_at,
            ]),
            terminal,
          ),
        ]),
    section(
      'No segments: put one into activations/segments and run `sluice apply`.',
      ['segment', 'members', 'health', 'last good', 'why it fails'],
      status.segments.map((one) => [one.id, one.size, one.health, one.last_good_at, one.failed_reason]),
      terminal,
    ),
    section(
      'No syncs: put one into activations/syncs and run `sluice apply`.',
      ['sync', 'source', 'destination', 'health', 'last success', 'accepted', 'rejected', 'not sent', 'why'],
      status.syncs.map((one) => [
        one.sync_id,
        one.source,
        one.destination,
        one.health,
        one.last_success_at,
        one.last_run?.accepted,
        one.last_run?.rejected,
        one.last_run?.skipped,
        one.reason,
      ]),
      terminal,
    ),
    `Jobs: ${jobs.running} running, ${jobs.waiting} waiting, ${jobs.failed} failed for good${jobs.failed > 0 ? ' (`sluice schedule failed` shows all, `sluice schedule retry` runs one again)' : ''}.`,
    ...jobs.failures.map(({ subject, failed_at, reason }) => `${mark(false)} ${subject}, ${failed_at}: ${reason}`),
    ...missed.map(
      ({ subject, missed: slots }) =>
        `${colors.yellow('!')} ${subject} missed ${slots} ${slots === 1 ? 'slot' : 'slots'} in seven days: nothing served them`,
    ),
  ].join('\n');
}

const mark = (isGood: boolean) => (isGood ? colors.green('✓') : colors.red('✗'));

function section(none: string, columns: readonly string[], rows: readonly (readonly unknown[])[], terminal: Terminal): string {
  return rows.length === 0 ? none : terminal.table(columns, rows);
}
