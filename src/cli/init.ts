/** `sluice init`: writes a new project, or adds Sluice to an existing dbt project. */
import { Option } from 'commander';
import colors from 'picocolors';
import type { FileOutcome, InitOutcome } from '../project/outcome.ts';
import type { RegisterCommand } from './command.ts';

interface Options {
  readonly into?: string;
  readonly template?: 'web' | 'retail' | 'b2b';
  readonly withoutIdentity?: boolean;
  readonly dryRun?: boolean;
}

export const registerInit: RegisterCommand = (program, action) => {
  program
    .command('init [dir]')
    .description('Write a new project, or add Sluice to an existing dbt project.')
    .addOption(
      new Option('--template <name>', 'what the new project begins with: web (default), retail or b2b')
        .choices(['web', 'retail', 'b2b'])
        .conflicts('into'),
    )
    .option('--into <dir>', 'the folder of an existing dbt project, instead of a new one')
    .option('--without-identity', 'with --into: customers have a key of their own, so the models of the package are off')
    .option('--dry-run', 'show what would be written, and write nothing')
    .addHelpText(
      'after',
      `
Examples:
  sluice init shop --template retail
  sluice init --into . --dry-run
  sluice init --into ../analytics --without-identity

A new project is written into an empty folder and builds at once: web is what SDKs send, retail the tables of a shop, b2b the accounts and
contacts of a CRM and the events of a product. The last two have example files; the README has a tour.
--into adds to packages.yml, dbt_project.yml and .gitignore what is missing there, and makes activations/ and .env.example. It changes no
line that is there. Either way it is safe to repeat: what is there already stays. Exit code 2: it cannot be done, and nothing was written.`,
    )
    .action((dir: string | undefined, options: Options) =>
      action(async ({ terminal }) => {
        const outcome = await run(dir, options);
        terminal.result(documentOf(outcome), () => describe(outcome));
      }),
    );
};

async function run(
  dir: string | undefined,
  { into, template = 'web', withoutIdentity = false, dryRun = false }: Options,
): Promise<InitOutcome> {
  const { errors } = await import('../project/errors.ts');
  if (dir !== undefined && into !== undefined) throw errors.usage('Name one folder: a new one, or that of --into.');
  if (into !== undefined) {
    const { initInto } = await import('../project/init-into.ts');
    return initInto({ dir: into, isWithoutIdentity: withoutIdentity, isDryRun: dryRun });
  }
  if (dir === undefined) throw errors.usage('The folder for the project is missing.');
  if (withoutIdentity)
    throw errors.usage('--without-identity goes with --into: the models of a new project read what the identity graph makes.');
  const { initProject } = await import('../project/init-project.ts');
  return initProject({ dir, template, isDryRun: dryRun });
}

const documentOf = ({ projectDir, packagePath, isDryRun, files, next }: InitOutcome) => ({
  project: projectDir,
  package: packagePath,
  is_dry_run: isDryRun,
  files,
  next,
});

function describe({ files, next, isDryRun }: InitOutcome): string {
  const isDone = files.every(({ did }) => did === 'unchanged' || did === 'left');
  const last = isDone ? ['Nothing to do.'] : isDryRun ? ['Nothing was written: this is what would be.'] : [];
  return [...files.map(line), ...last, '', ...next].join('\n');
}

function line({ path, did, what }: FileOutcome): string {
  const sign = { created: colors.green('+'), changed: colors.yellow('~'), unchanged: ' ', left: colors.cyan('!') }[did];
  return `${sign} ${path}  ${colors.dim(what)}`;
}
