/** `sluice connector list|show`: the kinds of destinations, and their settings. */
import * as z from 'zod';
import { connectors } from '../../connectors/registry.ts';
import type { Connector } from '../connector-kit/connector.ts';
import { defineErrors } from '../errors.ts';
import type { RegisterCommand } from './command.ts';

const errors = defineErrors('connector', {
  not_found: {
    summary: 'There is no connector of that name.',
    fault: 'not_found',
    status: 404,
    exitCode: 2,
    hint: '`sluice connector list` prints them.',
  },
});

export const registerConnector: RegisterCommand = (program, action) => {
  const connector = program.command('connector').description('Show the kinds of destinations that Sluice can send to.');

  connector
    .command('list')
    .description('Show every connector with its objects and modes.')
    .addHelpText('after', '\nExample:\n  sluice connector list')
    .action(() =>
      action(async ({ terminal }) => {
        const all = Object.values(connectors).map(describe);
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
        const found = Object.hasOwn(connectors, name) ? connectors[name] : undefined;
        if (!found) throw errors.not_found(`There is no connector ${name}; there are ${Object.keys(connectors).join(', ')}`);
        const description = describe(found);
        terminal.result(description, () => JSON.stringify(description, null, 2));
      }),
    );
};

function describe({ slug, title, config, objects, limits, erase, claims }: Connector) {
  const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return {
    slug,
    title,
    claims,
    limits,
    erase,
    config: schemaOf(config),
    objects: Object.fromEntries(
      Object.entries(objects).map(([name, object]) => [
        name,
        {
          title: object.title,
          modes: object.modes,
          is_idempotent: object.isIdempotent,
          batch: object.batch,
          options: schemaOf(object.options),
          fields: schemaOf(object.fields),
        },
      ]),
    ),
  };
}
