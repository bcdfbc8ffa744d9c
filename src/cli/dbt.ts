/** `sluice dbt` and `sluice env`: the plain dbt CLI on the same project, for data engineers. */

import { spawn } from 'node:child_process';
import { dbtVariables, profileOf } from '../dbt/environment.ts';
import { errors } from '../dbt/errors.ts';
import { pythonOf, setUpPython } from '../dbt/python.ts';
import { LEASE } from '../dbt/runs.ts';
import { shellWord } from '../shell-word.ts';
import type { CommandContext, RegisterCommand } from './command.ts';

/** Commands of dbt that write to the warehouse. They fail while a build runs, and no build runs beside them. */
const WRITING = new Set(['build', 'run', 'test', 'seed', 'snapshot', 'retry', 'clone', 'run-operation']);

export const registerDbt: RegisterCommand = (program, action) => {
  program
    .command('dbt [arguments...]')
    .description('Run the dbt command line on this project and this warehouse.')
    .addHelpText(
      'after',
      `
Examples:
  sluice dbt -- ls --select identity
  sluice dbt -- test --select profiles
  sluice dbt -- docs generate

Everything after -- goes to dbt unchanged; dbt's exit code is this command's. The warehouse stays up for as long as it runs.
A run that builds is recorded in sluice_audit.dbt_runs, and a running \`sluice serve\` queues what is scheduled after it, within a minute.
The profile is the one that dbt finds for the project, with SLUICE_DBT_TARGET; without one it is Sluice's own.`,
    )
    .action((dbtArguments: string[]) =>
      action(async (context) => {
        const command = dbtArguments.find((argument) => !argument.startsWith('-')) ?? '';
        if (!WRITING.has(command)) return runDbt(context, dbtArguments, context.signal);
        const { leases } = await context.app.store();
        return leases.withLease(LEASE, { signal: context.signal }, (signal) => runDbt(context, dbtArguments, signal));
      }),
    );

  program
    .command('env')
    .description('Print the variables that the plain dbt command line needs, as export lines for a shell.')
    .addHelpText(
      'after',
      `
Example:
  eval "$(sluice env)" && dbt build

The lines hold the password of the warehouse's owner: give them to a shell, never to a log.
The embedded warehouse stops some seconds after its last user. Keep \`sluice serve\` running beside it, or use \`sluice dbt -- build\`.`,
    )
    .action(() =>
      action(async ({ app, terminal }) => {
        const variables = { ...dbtVariables(await app.warehouse()), ...profileOf(app.config) };
        terminal.result(variables, () =>
          Object.entries(variables)
            .map(([name, value]) => `export ${name}=${shellWord(value)}`)
            .join('\n'),
        );
      }),
    );
};

/** dbt's own command, which ends with us: the kernel closes the other end of its fourth file when we end, kill -9 included. */
const DBT = `
import os, threading
threading.Thread(target=lambda: (os.read(3, 1), os._exit(130)), daemon=True).start()
from dbt.cli.main import cli
cli(prog_name='dbt')`;

async function runDbt({ app }: CommandContext, dbtArguments: readonly string[], signal: AbortSignal): Promise<number> {
  const { config } = app;
  const { projectDir } = config;
  await setUpPython(config);
  const python = pythonOf(config);
  const variables = dbtVariables(await app.warehouse());
  return new Promise((resolve, reject) => {
    const child = spawn(python, ['-c', DBT, ...dbtArguments], {
      cwd: projectDir,
      // The fourth is the pipe that DBT watches.
      stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
      // The profile is given by variables, because options on the command line take precedence over them.
      env: { ...process.env, ...profileOf(config), ...variables },
    });
    // dbt gets Ctrl-C from the terminal itself, but not a lost lease or a SIGTERM to this process.
    signal.addEventListener('abort', () => child.kill('SIGINT'), { once: true });
    child.once('error', (cause) => reject(errors.no_python(`${python} cannot be started: ${cause.message}`, { cause })));
    child.once('close', (code) => resolve(code ?? 130));
  });
}
