/** `sluice connector list|show`: what destinations there are, and what they take. */
import { connectors } from '../../connectors/registry.ts';
import { listConnectors, showConnector } from '../syncs/connectors.ts';
import type { RegisterCommand } from './command.ts';

export const registerConnector: RegisterCommand = (program, action) => {
  const connector = program.command('connector').description('Show the kinds of destinations that Sluice can send to.');

  connector
    .command('list')
    .description('Show every connector with its objects and modes.')
    .addHelpText('after', '\nExample:\n  sluice connector list')
    .action(() =>
      action(async ({ terminal }) => {
        const all = listConnectors(connectors);
        terminal.result(all, () =>
          terminal.table(
            ['connector', 'title', 'objects', 'tested'],
            all.map((one) => [
              one.slug,
              one.title,
              Object.entries(one.objects)
                .map(([name, { modes }]) => `${name} (${modes.join(', ')})`)
                .join('\n'),
              one.claims.join(', '),
            ]),
          ),
        );
      }),
    );

  connector
    .command('show <name>')
    .description('Show the settings, objects and fields of a connector, as JSON Schema.')
    .addHelpText('after', '\nExample:\n  sluice connector show webhook')
    .action((name: string) =>
      action(async ({ terminal }) => {
        const description = showConnector(connectors, name);
        terminal.result(description, () => JSON.stringify(description, null, 2));
      }),
    );
};
