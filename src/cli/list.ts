/** `sluice list …`: lists of identifiers, and whom they name. */
import { errors } from '../segments/errors.ts';
import type { ListDetail } from '../segments/schema.ts';
import type { RegisterCommand } from './command.ts';

export const registerList: RegisterCommand = (program, action) => {
  const list = program.command('list').description('Look at lists of identifiers (activations/lists/), and whom they name.');
  list
    .command('list')
    .description('Show every applied list.')
    .addHelpText('after', '\nExample:\n  sluice list list --json')
    .action(() =>
      action(async ({ app, terminal }) => {
        const { listLists } = await import('../segments/lists/show.ts');
        const lists = await listLists(await app.segments());
        terminal.result({ lists }, () =>
          terminal.table(
            ['list', 'title', 'entity', 'of', 'file', 'values', 'read by'],
            lists.map((one) => [
              one.list_id,
              one.title,
              one.entity,
              one.of,
              one.file,
              one.values.toLocaleString('en'),
              one.used_by.join(', '),
            ]),
          ),
        );
      }),
    );
  list
    .command('show')
    .argument('<name>', 'id of an applied list')
    .description('Count the values that are of somebody, and show some of those that are of nobody.')
    .option('--unmatched <count>', 'how many values of nobody to show', '20')
    .option('--unmask', 'show them unmasked')
    .addHelpText(
      'after',
      '\nExamples:\n  sluice list show opening-guests\n  sluice list show opening-guests --unmask --unmatched 1000 --json',
    )
    .action((name: string, options: { unmatched: string; unmask?: boolean }) =>
      action(async ({ app, terminal, signal }) => {
        const most = Number(options.unmatched);
        if (!Number.isInteger(most) || most < 0 || most > 100_000)
          throw errors.usage(`--unmatched takes a number from 0 to 100000, not ${options.unmatched}`);
        const { showList } = await import('../segments/lists/show.ts');
        const shown = await showList(await app.segments(), name, { most, isUnmasked: options.unmask ?? false, signal });
        terminal.result(shown, () => describe(shown));
      }),
    );
};

function describe({
  title,
  entity,
  of,
  values,
  matched,
  unmatched,
  shared,
  entities,
  unmatched_values: some,
  used_by: readers,
}: ListDetail): string {
  const count = (many: number) => many.toLocaleString('en');
  const lines = [
    `${title}: ${count(values)} values (${of}) of the entity ${entity}`,
    `${count(matched)} are of somebody and name ${count(entities)}; ${count(unmatched)} are of nobody`,
    ...(shared > 0 ? [`${count(shared)} are of several, all of whom are on the list`] : []),
    ...(readers.length > 0 ? [`Read by ${readers.join(', ')}`] : []),
    ...(some.length > 0 ? ['Of nobody:', ...some.map((value) => `  ${value}`)] : []),
  ];
  return lines.join('\n');
}
