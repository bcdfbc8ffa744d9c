/** `sluice models`: which models of the project Sluice reads, and the list of them that the plain command line of dbt needs. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { RegisterCommand } from './command.ts';

export const registerModels: RegisterCommand = (program, action) => {
  program
    .command('models')
    .description('List the models of the project that Sluice reads, and why.')
    .option('--write', 'write their names into dbt_project.yml, as vars.sluice.reads')
    .option('--check', 'exit 1 when the list in dbt_project.yml differs')
    .addHelpText(
      'after',
      `
Examples:
  sluice models
  sluice models --write
  sluice models --check

Sluice reads a model because of the words below meta.sluice in its yml: identifiers, attributes, orders, and so on. \`sluice build\` finds them by
itself. The plain command line of dbt orders models before it knows any yml, so it needs the list; a build that lacks one says which.`,
    )
    .action((options: { write?: boolean; check?: boolean }) =>
      action(async ({ app, terminal }) => {
        const [{ readModels }, { readsIn, withReads }, dbt] = await Promise.all([
          import('../dbt/reads.ts'),
          import('../dbt/write-reads.ts'),
          app.dbt(),
        ]);
        const models = readModels(await dbt.manifest());
        const names = models.map(({ name }) => name);
        const file = join(app.config.projectDir, 'dbt_project.yml');
        const text = await readFile(file, 'utf8');
        const listed = readsIn(text);
        // In any order; a missing list means the same as an empty one.
        const isListed = isDeepStrictEqual([...(listed ?? [])].sort(), names);
        const isWritten = options.write === true && !isListed;
        if (isWritten) await replaceFile(file, withReads(text, names));
        terminal.result(
          { models, file, listed: isWritten ? names : (listed ?? []), is_listed: isListed || isWritten, is_written: isWritten },
          () =>
            [
              models.length === 0
                ? 'Sluice reads no model of this project: none has a word of meta.sluice in its yml that Sluice reads.'
                : terminal.table(
                    ['model', 'because it says', 'read by'],
                    models.map(({ name, because, read_by }) => [name, because.join(', '), read_by.join(', ')]),
                  ),
              '',
              isWritten
                ? `Written to ${file}: vars.sluice.reads`
                : isListed
                  ? `${file} lists them.`
                  : `${file} does not list them as they are: \`sluice models --write\` does it, for the plain command line of dbt.`,
            ].join('\n'),
        );
        return options.check === true && !isListed && !isWritten ? 1 : 0;
      }),
    );
};

/** Aside and renamed: a crash leaves one or the other. */
async function replaceFile(file: string, text: string): Promise<void> {
  const aside = `${file}.${process.pid}`;
  await writeFile(aside, text);
  await rename(aside, file);
}
