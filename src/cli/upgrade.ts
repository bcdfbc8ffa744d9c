/** `sluice upgrade`: what a new version of Sluice means for this warehouse and this project. */
import { PRODUCT } from '../product.ts';
import type { RegisterCommand } from './command.ts';

export const registerUpgrade: RegisterCommand = (program, action) => {
  program
    .command('upgrade')
    .description('Show where the warehouse and the project do not match this version of Sluice yet. Changes nothing.')
    .requiredOption('--check', 'only check, and change nothing (required: there is no other mode yet)')
    .addHelpText(
      'after',
      `
Examples:
  sluice upgrade --check
  sluice upgrade --check --json | jq -r '.[] | .sentence'

Looks at migrations, published tables and columns, settings, words of meta.sluice and versions of documents. No file of the project is
ever changed by an upgrade. Exit code 1 when something has to be done.`,
    )
    .action(() =>
      action(async ({ app, terminal }) => {
        const [{ openWarehouse }, { checkUpgrade }] = await Promise.all([
          import('../warehouse/warehouse.ts'),
          import('../status/upgrade.ts'),
        ]);
        const { projectDir } = app.config;
        // Not app.warehouse(): that one applies migrations.
        const warehouse = await openWarehouse(app.config, { isOnlyLookedAt: true });
        try {
          const differences = await checkUpgrade({ warehouse, projectDir, productDir: PRODUCT.root, kinds: await app.kinds() });
          terminal.result(differences, () => differences.map(({ sentence }) => sentence).join('\n') || 'Nothing has to be done.');
          return differences.some((difference) => difference.needs_action) ? 1 : 0;
        } finally {
          await warehouse.close();
        }
      }),
    );
};
