/** Commands of a project as its owner runs them, in the project's folder, by one process that stays: starting one for each would take most of the time. */
import { vi } from 'vitest';
import { type App, openApp } from '../src/app.ts';
import { runProgram } from '../src/cli/program.ts';
import { readConfig } from '../src/config.ts';
import type { TestDataDir } from './data-dir.ts';
import { sharedPython } from './dbt-template/python.ts';

export interface ProjectCommands {
  readonly app: App;
  /** @returns what the command prints under `--json`; of `sql` the table, as text. @throws Error with all that it said when it ends with another code than 0. */
  run(...argv: string[]): Promise<unknown>;
  close(): Promise<void>;
}

/** @param prefix of the databases: several projects share one server. */
export function projectCommands(home: TestDataDir, projectDir: string, prefix: string): ProjectCommands {
  const before = process.cwd();
  process.chdir(projectDir);
  const app = openApp(
    readConfig({
      SLUICE_DATA_DIR: home.path,
      SLUICE_PROJECT_DIR: projectDir,
      SLUICE_DATABASE_PREFIX: prefix,
      SLUICE_PYTHON: sharedPython(),
      SLUICE_PORT: '0',
    }),
  );
  const staysOpen: App = { ...app, close: async () => undefined };
  return {
    app,
    async run(...argv) {
      const [out, all]: [string[], string[]] = [[], []];
      vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => [out, all].every((kept) => kept.push(String(chunk))));
      vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => all.push(String(chunk)) > 0);
      try {
        const code = await runProgram(argv[0] === 'sql' ? argv : [...argv, '--json'], () => staysOpen);
        if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${all.join('')}`);
      } finally {
        vi.restoreAllMocks();
      }
      return argv[0] === 'sql' ? out.join('') : JSON.parse(out.join(''));
    },
    async close() {
      process.chdir(before);
      // The next project on the same servers is another installation.
      await (await app.store()).pool.query('delete from sluice.installation');
      await app.close();
    },
  };
}
