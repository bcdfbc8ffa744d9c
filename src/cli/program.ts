/** The `sluice` command: parses the line, opens what the command needs, reports, and always closes. */
import { Command, CommanderError, Option } from 'commander';
import type { App } from '../app.ts';
import { loadEnvironmentFile, readConfig } from '../config.ts';
import { PRODUCT } from '../product.ts';
import { registerApply, registerPlan } from './activations.ts';
import { registerAfterBuild } from './after-build.ts';
import { registerBi } from './bi.ts';
import { registerBuild } from './build.ts';
import { registerCatalogue } from './catalogue.ts';
import { registerCi } from './ci.ts';
import type { Action, RegisterCommand } from './command.ts';
import { registerConnector } from './connector.ts';
import { registerDbt } from './dbt.ts';
import { registerDoctor } from './doctor.ts';
import { registerIdentity } from './identity.ts';
import { registerInit } from './init.ts';
import { registerKeys } from './keys.ts';
import { registerList } from './list.ts';
import { registerLoad } from './load.ts';
import { registerModels } from './models.ts';
import { registerSchedule } from './schedule.ts';
import { registerSecret } from './secret.ts';
import { registerSegment } from './segment.ts';
import { registerServe } from './serve.ts';
import { onStopSignal } from './signals.ts';
import { registerSql } from './sql.ts';
import { registerStatus } from './status.ts';
import { registerStop } from './stop.ts';
import { registerSync } from './sync.ts';
import { registerTables } from './tables.ts';
import { createTerminal, reportError } from './terminal.ts';
import { registerUpgrade } from './upgrade.ts';

const commands: readonly RegisterCommand[] = [
  registerAfterBuild,
  registerApply,
  registerBi,
  registerBuild,
  registerCatalogue,
  registerCi,
  registerConnector,
  registerDbt,
  registerDoctor,
  registerIdentity,
  registerInit,
  registerKeys,
  registerList,
  registerLoad,
  registerModels,
  registerPlan,
  registerSchedule,
  registerSecret,
  registerSegment,
  registerServe,
  registerSql,
  registerStatus,
  registerStop,
  registerSync,
  registerTables,
  registerUpgrade,
];

/** @returns the exit code, as ExitCode in errors.ts documents. */
export async function runProgram(argv: readonly string[], openApp: (config: ReturnType<typeof readConfig>) => App): Promise<number> {
  const json = argv.includes('--json');
  let exitCode = 0;

  const program = new Command('sluice')
    .description('A warehouse-native customer data platform on ClickHouse and dbt.')
    .version(PRODUCT.version)
    // `sluice segment restore x --version 3` means the segment's version: options of the program stand before the command.
    .enablePositionalOptions()
    .addOption(new Option('--json', 'print the result as one JSON document'))
    .addHelpText('after', '\nExit codes: 0 done · 1 the work failed · 2 wrong input · 3 wrong surroundings · 130 interrupted')
    .exitOverride();

  const action: Action = async (body) => {
    loadEnvironmentFile();
    const stop = new AbortController();
    const app = openApp(readConfig());
    // Until all is closed: a signal without a listener would cut that off.
    const letGo = onStopSignal(() => stop.abort());
    try {
      exitCode = (await body({ app, terminal: createTerminal({ json }), signal: stop.signal })) ?? 0;
    } finally {
      await app.close().finally(letGo);
    }
  };

  for (const register of commands) register(program, action);
  for (const command of allCommands(program)) {
    command.exitOverride();
    if (command !== program && !command.options.some((option) => option.long === '--json')) {
      command.addOption(new Option('--json', 'print the result as one JSON document'));
    }
  }

  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportError(error, json);
  }
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}
