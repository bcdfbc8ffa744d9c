/** `sluice sync plan|run|status|list`: makes destinations equal to their sources, and says how that went. */
import colors from 'picocolors';
import type { SyncPreview } from '../syncs/preview.ts';
import type { SyncRunResult } from '../syncs/run-sync.ts';
import type { SyncStatus } from '../syncs/status.ts';
import type { RegisterCommand } from './program.ts';
import type { Terminal } from './terminal.ts';

export const registerSync: RegisterCommand = (program, action) => {
  const sync = program.command('sync').description('Keep destinations equal to segments and published tables.');

  sync
    .command('plan <name>')
    .description('Show what a run would send, without sending anything.')
    .addHelpText(
      'after',
      '\nExample:\n  sluice sync plan lapsing-to-crm\n\nPersonal data is masked. Removals stand apart. Nothing is written.',
    )
    .action((name: string) =>
      action(async ({ app, terminal, signal }) => {
        const { planSync } = await import('../syncs/preview.ts');
        const preview = await planSync(await app.syncs(), name, signal);
        terminal.result(preview, () => describePreview(preview, terminal));
      }),
    );

  sync
    .command('run <name>')
    .description('Send the differences now, whatever the schedule says.')
    .addHelpText(
      'after',
      `
Example:
  sluice sync run lapsing-to-crm --json | jq '{planned, accepted, rejected, unknown}'

planned = accepted + rejected + unknown + skipped; skipped is 0 unless the run was stopped.
Ctrl-C finishes what is in flight and stops. Exit code 1 when the run failed or was stopped; rejected rows alone are no failure:
they are in sluice_audit.sync_rows with their reasons, and are sent again by the next run.`,
    )
    .action((name: string) =>
      action(async ({ app, terminal, signal }) => {
        const { runSync } = await import('../syncs/run-sync.ts');
        const progress = terminal.progress(name);
        const onProgress = ({ done, total }: { done: number; total: number }) => progress.update(done, total, 'rows');
        const result = await runSync(await app.syncs(), name, { signal, onProgress });
        progress.end();
        terminal.result(result, () => describeRun(result));
        return result.status === 'failed' ? 1 : result.status === 'cancelled' ? 130 : 0;
      }),
    );

  sync
    .command('status <name>')
    .description('Show how the last runs of a sync went.')
    .addHelpText('after', '\nExample:\n  sluice sync status lapsing-to-crm')
    .action((name: string) =>
      action(async ({ app, terminal }) => {
        const status = await (await statusReader(app))(name, 10);
        terminal.result(status, () => describeStatus(status, terminal));
      }),
    );

  sync
    .command('list')
    .description('Show every sync with its health.')
    .addHelpText('after', '\nExample:\n  sluice sync list --json')
    .action(() =>
      action(async ({ app, terminal }) => {
        const { resources } = await app.store();
        const read = await statusReader(app);
        const syncs = await Promise.all((await resources.list('sync')).map(({ id }) => read(id, 1)));
        terminal.result(syncs, () =>
          terminal.table(
            ['sync', 'source', 'destination', 'mode', 'health', 'last run'],
            syncs.map((one) => [one.sync_id, one.source, one.destination, one.mode, one.health, one.runs[0]?.started_at.toISOString()]),
          ),
        );
      }),
    );
};

async function statusReader(app: Parameters<Parameters<Parameters<RegisterCommand>[1]>[0]>[0]['app']) {
  const [{ syncStatus }, deps, { leases }] = await Promise.all([import('../syncs/status.ts'), app.syncs(), app.store()]);
  const isRunning = async (id: string) => (await leases.holder(`sync:${id}`)) !== undefined;
  return (id: string, limit: number) => syncStatus(deps, id, isRunning, limit);
}

function describePreview(preview: SyncPreview, terminal: Terminal): string {
  const { samples, guard } = preview;
  const shown = (changes: readonly string[]) =>
    samples
      .filter(({ change }) => changes.includes(change))
      .map(({ change, fields, reason, fields_withheld, is_retry }) => {
        const key = fields.filter(({ is_key }) => is_key).map(({ field, from, to }) => `${field}=${text(to ?? from)}`);
        const values = fields.filter(({ is_key }) => !is_key).map(({ field, from, to }) => `${field}: ${text(from)} → ${text(to)}`);
        return [
          is_retry ? `${change} (refused before)` : change,
          key.join(' '),
          reason || [...values, ...fields_withheld.map((why) => `left out: ${why}`)].join('\n'),
        ];
      });
  const table = (title: string, rows: string[][]) =>
    rows.length === 0 ? [] : ['', title, terminal.table(['change', 'key', 'fields'], rows)];
  return [
    `${preview.sync_id} from ${preview.source}`,
    `${preview.adds} to add, ${preview.changes} to change, ${preview.removes} to remove, ${preview.unchanged} unchanged, ${preview.invalid} invalid` +
      (preview.held > 0 ? `; ${preview.held} held` : '') +
      (preview.fields_withheld > 0 ? `; ${preview.fields_withheld} fields do not fit and are left out of their rows` : ''),
    ...(guard.message === '' ? [] : [colors.yellow(guard.message)]),
    ...table('To write (a sample)', shown(['add', 'change'])),
    ...table('To remove (a sample)', shown(['remove'])),
    ...table('Not sent (a sample)', shown(['invalid', 'held'])),
  ].join('\n');
}

const text = (value: unknown): string => (value === undefined ? '·' : JSON.stringify(value));

function describeRun(run: SyncRunResult): string {
  const mark = {
    succeeded: colors.green('✓'),
    with_errors: colors.yellow('!'),
    failed: colors.red('✗'),
    cancelled: colors.yellow('■'),
    running: '…',
  }[run.status];
  const rate = run.delivery_ms > 0 ? `, ${Math.round((run.accepted / run.delivery_ms) * 1_000).toLocaleString('en')} rows/s` : '';
  return [
    `${mark} ${run.sync_id} ${run.status}: ${run.planned} planned (${run.adds} adds, ${run.changes} changes, ${run.removes} removals) from ${run.source}`,
    `  ${run.accepted} accepted, ${run.rejected} rejected, ${run.unknown} unknown${run.skipped > 0 ? `, ${run.skipped} skipped` : ''}; ${run.invalid} invalid${run.fields_withheld > 0 ? `, ${run.fields_withheld} fields left out` : ''}`,
    `  diff ${(run.diff_ms / 1_000).toFixed(1)} s, delivery ${(run.delivery_ms / 1_000).toFixed(1)} s${rate}`,
    ...(run.message === '' ? [] : [`  ${run.message}`]),
  ].join('\n');
}

function describeStatus(status: SyncStatus, terminal: Terminal): string {
  return [
    `${status.sync_id}: ${status.title}`,
    `${status.source} → ${status.destination} (${status.mode}); ${status.health}; last success ${status.last_success_at?.toISOString() ?? 'never'}`,
    terminal.table(
      ['run', 'started', 'status', 'planned', 'accepted', 'rejected', 'unknown', 'invalid', 'message'],
      status.runs.map((run) => [
        run.run_number,
        run.started_at.toISOString(),
        run.status,
        run.planned,
        run.accepted,
        run.rejected,
        run.unknown,
        run.invalid,
        run.message,
      ]),
    ),
  ].join('\n');
}
