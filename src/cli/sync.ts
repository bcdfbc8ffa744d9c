/** `sluice sync plan|run|resync|reset|status|list`: makes destinations equal to their sources, and reports the results. */
import colors from 'picocolors';
import { errors } from '../syncs/errors.ts';
import type { SyncRunResult } from '../syncs/run-sync.ts';
import type { SyncPreview } from '../syncs/schema.ts';
import type { SyncStatus } from '../syncs/status.ts';
import type { CommandContext, RegisterCommand } from './command.ts';
import type { Terminal } from './terminal.ts';

export const registerSync: RegisterCommand = (program, action) => {
  const sync = program.command('sync').description('Keep destinations equal to segments and published tables.');

  sync
    .command('plan <name>')
    .description('Show what a run would send, without sending anything.')
    .addHelpText(
      'after',
      `
Example:
  sluice sync plan lapsing-to-crm

Personal data is masked. Removals stand apart. Nothing is written. Says where rows go, and when that is another place than before, or a place
that is not there any more: then every row is new to it, and nothing is removed at the old one.`,
    )
    .action((name: string) =>
      action(async ({ app, terminal, signal }) => {
        const { planSync } = await import('../syncs/preview.ts');
        const preview = await planSync(await app.syncs(), name, { signal });
        terminal.result(preview, () => describePreview(preview, terminal));
      }),
    );

  sync
    .command('run <name>')
    .description('Send the differences now, whatever the schedule says.')
    .option('--allow-removals <count>', 'let this run remove at most this many rows, in place of the guard')
    .addHelpText(
      'after',
      `
Examples:
  sluice sync run lapsing-to-crm --json | jq '{planned, accepted, rejected, unknown, skipped}'
  sluice sync run lapsing-to-crm --allow-removals 1200

planned = accepted + rejected (the destination refused the row) + unknown (no answer) + skipped (not sent: stopped, no connection, no login).
Ctrl-C finishes what is in flight and stops. Exit code 1 when the run failed, and when nothing was accepted of what was sent; some
rejected rows are no failure: they are in sluice_audit.sync_rows with their reasons, and are sent again by the next run.
When the guard has stopped a run, look at \`sluice sync plan\`; --allow-removals then lets one run remove that many rows, and no more.`,
    )
    .action((name: string, options: { allowRemovals?: string }) =>
      action((context) => runNow(context, name, { isResync: false, ...allowanceOf(options) })),
    );

  sync
    .command('resync <name>')
    .description('Send everything again: every row of the source, and every removal.')
    .option('--dry-run', 'show what would be sent, and send nothing')
    .option('--allow-removals <count>', 'let this run remove at most this many rows, in place of the guard')
    .addHelpText(
      'after',
      `
Examples:
  sluice sync resync lapsing-to-crm --dry-run
  sluice sync resync lapsing-to-crm

For a destination that was changed behind our back: rows deleted or edited by hand, a backup restored. What was removed before is removed
once more, also where a row with that key was made there since. What the destination does not accept now is sent again by later runs.`,
    )
    .action((name: string, options: { dryRun?: boolean; allowRemovals?: string }) =>
      action(async (context) => {
        if (!options.dryRun) return runNow(context, name, { isResync: true, ...allowanceOf(options) });
        const { planSync } = await import('../syncs/preview.ts');
        const { app, terminal, signal } = context;
        const preview = await planSync(await app.syncs(), name, { signal, isResync: true, ...allowanceOf(options) });
        terminal.result(preview, () => describePreview(preview, terminal));
        return 0;
      }),
    );

  sync
    .command('reset <name>')
    .description('Forget what was sent. Nothing is changed at the destination.')
    .option('--yes', 'do it; without this you are asked')
    .addHelpText(
      'after',
      `
Examples:
  sluice sync reset lapsing-to-crm
  sluice sync reset lapsing-to-crm --yes --json

For a destination that was emptied on purpose, or that another tool looks after from now on. The next run sends every row of the source as new.
Rows that have left the source by then stay where they are: it is forgotten that Sluice sent them. sluice_audit keeps the record.`,
    )
    .action((name: string, options: { yes?: boolean }) =>
      action(async ({ app, terminal, signal }) => {
        const { resetSync } = await import('../syncs/resync.ts');
        const deps = await app.syncs();
        if (!options.yes) {
          const { message } = await resetSync(deps, name, { isConfirmed: false });
          if (!(await terminal.confirm(message, signal))) throw errors.confirmation_needed(message);
        }
        const result = await resetSync(deps, name, { isConfirmed: true, signal });
        terminal.result(result, () => result.message);
      }),
    );

  sync
    .command('status <name>')
    .description('Show the last runs of a sync.')
    .addHelpText('after', '\nExample:\n  sluice sync status lapsing-to-crm')
    .action((name: string) =>
      action(async ({ app, terminal }) => {
        const [{ syncStatus }, { runningSyncs }, deps, { leases }] = await statusParts(app);
        const status = await syncStatus(deps, name, runningSyncs(leases), 10);
        terminal.result(status, () => describeStatus(status, terminal));
      }),
    );

  sync
    .command('list')
    .description('Show every sync with its health.')
    .addHelpText('after', '\nExample:\n  sluice sync list --json')
    .action(() =>
      action(async ({ app, terminal }) => {
        const [{ listSyncs }, { runningSyncs }, deps, { leases }] = await statusParts(app);
        const syncs = await listSyncs(deps, runningSyncs(leases));
        terminal.result(syncs, () =>
          terminal.table(
            ['sync', 'source', 'destination', 'mode', 'health', 'last run', 'reason'],
            syncs.map((one) => [one.sync_id, one.source, one.destination, one.mode, one.health, one.last_run?.started_at, one.reason]),
          ),
        );
      }),
    );
};

async function runNow(
  { app, terminal, signal }: CommandContext,
  name: string,
  options: { readonly isResync: boolean; readonly allowRemovals?: number },
): Promise<number> {
  const [{ runSync }, { isNothingAccepted }] = await Promise.all([import('../syncs/run-sync.ts'), import('../syncs/status.ts')]);
  const progress = terminal.progress(name);
  const onProgress = ({ done, total }: { done: number; total: number }) => progress.update(done, total, 'rows');
  const result = await runSync(await app.syncs(), name, { signal, onProgress, ...options });
  progress.end();
  terminal.result(result, () => describeRun(result));
  if (result.status === 'cancelled') return 130;
  return result.status === 'failed' || isNothingAccepted(result) ? 1 : 0;
}

function allowanceOf({ allowRemovals: text }: { readonly allowRemovals?: string }): { allowRemovals?: number } {
  if (text === undefined) return {};
  if (!/^\d{1,15}$/.test(text)) throw errors.usage(`--allow-removals takes a number of rows such as 1200, not ${text}`);
  return { allowRemovals: Number(text) };
}

const statusParts = (app: CommandContext['app']) =>
  Promise.all([import('../syncs/status.ts'), import('../syncs/lease.ts'), app.syncs(), app.store()]);

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
    `${preview.sync_id} from ${preview.source} to ${preview.address}`,
    `${preview.adds} to add, ${preview.changes} to change, ${preview.removes} to remove, ${preview.unchanged} unchanged, ${preview.invalid} invalid` +
      (preview.held > 0 ? `; ${preview.held} held` : '') +
      (preview.held_by_consent > 0 ? `; ${preview.held_by_consent} held back by consent` : '') +
      (preview.fields_withheld > 0 ? `; ${preview.fields_withheld} fields do not fit and are left out of their rows` : '') +
      (preview.left_there > 0 ? `; ${preview.left_there} have left the source and stay there` : ''),
    ...preview.notes.map((note) => colors.yellow(note)),
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
    `  ${run.accepted} accepted, ${run.rejected} rejected, ${run.unknown} unknown${run.skipped > 0 ? `, ${run.skipped} not sent` : ''}; ${run.invalid} invalid` +
      (run.fields_withheld > 0 ? `, ${run.fields_withheld} fields left out` : '') +
      (run.withheld > 0 ? `, ${run.withheld} removals withheld` : '') +
      (run.held > 0 ? `, ${run.held} held` : '') +
      (run.held_by_consent > 0 ? `, ${run.held_by_consent} held back by consent` : ''),
    `  diff ${(run.diff_ms / 1_000).toFixed(1)} s, delivery ${(run.delivery_ms / 1_000).toFixed(1)} s${rate}`,
    ...(run.message === '' ? [] : [`  ${run.message}`]),
  ].join('\n');
}

function describeStatus(status: SyncStatus, terminal: Terminal): string {
  return [
    `${status.sync_id}: ${status.title}`,
    ...(status.reason === null ? [] : [colors.yellow(status.reason)]),
    `${status.source} → ${status.destination} (${status.mode}); ${status.health}; last success ${status.last_success_at ?? 'never'}`,
    terminal.table(
      [
        'run',
        'started',
        'status',
        'planned',
        'accepted',
        'rejected',
        'unknown',
        'not sent',
        'withheld',
        'invalid',
        'held',
        'no consent',
        'message',
      ],
      status.runs.map((run) => [
        run.kind === 'run' ? run.run_number : `${run.run_number} ${run.kind}`,
        run.started_at,
        run.status,
        run.planned,
        run.accepted,
        run.rejected,
        run.unknown,
        run.skipped,
        run.withheld,
        run.invalid,
        run.held,
        run.held_by_consent,
        run.message,
      ]),
    ),
  ].join('\n');
}
