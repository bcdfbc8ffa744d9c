/** `sluice bi`: how a BI tool connects, and the read-only user that it connects as. */
import type { BiConnection } from '../warehouse/bi.ts';
import type { RegisterCommand } from './command.ts';

export const registerBi: RegisterCommand = (program, action) => {
  program
    .command('bi')
    .description('Show how a BI tool connects: address, user, databases, and where the password is. The password is never printed.')
    .option('--create', 'make the user on the server of CLICKHOUSE_URL; the embedded server has it already')
    .option('--sql', 'print the statements that make the user, for an administrator')
    .addHelpText(
      'after',
      `
Examples:
  sluice bi
  sluice bi --sql > make-bi-user.sql
  jq -r .clickhouse.bi .sluice/secrets.json     the password on the embedded server

The user reads the published tables and the audit tables, and what SLUICE_BI_DATABASES names. It cannot write, and its queries yield to
collection. The embedded server is there while \`sluice serve\` or another command runs. docs/bi.md has an example for each of four tools.`,
    )
    .action((options: { create?: boolean; sql?: boolean }) =>
      action(async ({ app, terminal }) => {
        const [{ biConnection, createBi, describePlace }, { biStatements }] = await Promise.all([
          import('../warehouse/bi.ts'),
          import('../warehouse/server-users.ts'),
        ]);
        const warehouse = await app.warehouse();
        if (options.sql) {
          // The embedded server takes its users from a file, so there is nothing to run.
          const sql = warehouse.isEmbedded ? [] : await biStatements(warehouse.owner, app.config);
          terminal.result({ sql }, () => sql.map((statement) => `${statement};`).join('\n') || '-- The embedded server has sluice_bi.');
          return;
        }
        if (options.create) await createBi(warehouse, app.config);
        const connection = await biConnection(warehouse, app.config);
        terminal.result(connection, () => describe(connection, describePlace(connection.password)));
      }),
    );
};

function describe({ user, exists, http, native, databases }: BiConnection, password: string): string {
  const address = (at: { host: string; port: number; secure: boolean }) => `${at.host}:${at.port}${at.secure ? ' (TLS)' : ''}`;
  return [
    `HTTP       ${address(http)}`,
    `native     ${native === null ? 'not spoken by this server' : address(native)}`,
    `user       ${user}${exists === false ? ', which does not exist yet: `sluice bi --create`' : ''}`,
    `password   ${password}`,
    `databases  ${databases.join(', ')}`,
  ].join('\n');
}
