/** `sluice tables`: the raw tables that `sluice load` has made. */

import colors from 'picocolors';
import { errors } from '../loads/errors.ts';
import type { LoadDeps } from '../loads/load-request.ts';
import type { CommandContext, RegisterCommand } from './command.ts';

export const registerTables: RegisterCommand = (program, action) => {
  const tables = program.command('tables').description('List and drop the raw tables that `sluice load` has made.');

  tables
    .command('list')
    .description('List the raw tables with their rows, and when they were last loaded.')
    .addHelpText('after', '\nExample:\n  sluice tables list')
    .action(() =>
      action(async ({ app, terminal }) => {
        const { rawTables } = await import('../loads/raw-tables.ts');
        const all = await rawTables({ warehouse: await app.warehouse() });
        terminal.result(all, () =>
          all.length === 0
            ? 'No raw tables yet: `sluice load` makes them.'
            : terminal.table(
                ['source', 'table', 'rows', 'bytes', 'columns', 'last loaded'],
                all.map((one) => [one.source, one.table, one.rows, one.bytes, one.columns, one.last_loaded_at]),
              ),
        );
      }),
    );

  tables
    .command('drop <source> <table>')
    .description('Drop a raw table with all of its rows, and its refused rows.')
    .option('--dry-run', 'show what would be dropped, and change nothing')
    .option('--confirm', 'confirm that the table is to be dropped')
    .addHelpText(
      'after',
      `
Examples:
  sluice tables drop crm customers --dry-run
  sluice tables drop crm customers --confirm

Drops sluice_raw.<source>__<table>, if \`sluice load\` has made it. Its files can then be loaded again. The next build takes it for a table
that was never loaded: what came from it leaves profiles, segments and destinations. The record of its loads stays in sluice_audit.loads,
and that it was dropped in sluice_audit.table_drops.`,
    )
    .action((source: string, table: string, options: { dryRun?: boolean; confirm?: boolean }) =>
      action(async ({ app, terminal, signal }) => {
        const { dropRawTable, rawTable } = await import('../loads/raw-tables.ts');
        const deps = await loadDepsOf(app);
        const isDropped = options.dryRun !== true && options.confirm === true;
        const found = isDropped ? await dropRawTable(deps, source, table, { signal }) : await rawTable(deps, source, table);
        const what = `${deps.warehouse.databases.raw}.${source}__${table} with ${found.rows} rows in ${found.columns} columns`;
        if (!isDropped && options.dryRun !== true) throw errors.unconfirmed(`${what} would go`);
        terminal.result({ ...found, is_dropped: isDropped }, () =>
          isDropped ? `${colors.green('✓')} dropped ${what}` : `would drop ${what}; nothing was changed`,
        );
      }),
    );
};

async function loadDepsOf(app: CommandContext['app']): Promise<LoadDeps> {
  const { leases } = await app.store();
  return { warehouse: await app.warehouse(), leases, dataDir: app.config.dataDir };
}
