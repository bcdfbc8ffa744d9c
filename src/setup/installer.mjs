/**
 * Runs the programs that install packages (npm, Python, pip), one after the other, and turns their failures into sentences.
 * Plain JavaScript without packages: it runs on the machine's own Node before anything is installed.
 */
import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { installerProblem, SetupProblem } from './decisions.mjs';

/**
 * @typedef {object} Surroundings
 * @property {string} cwd
 * @property {readonly string[]} hidden folders that are taken out of PATH: npm must not run on the Node that it is about to replace, nor
 *   Python on its old self
 * @property {string} [target] the folder that is written into, for messages
 * @property {string} [again] what to do once the reason of a failure is gone
 */

/** @param {Surroundings} surroundings */
export function createInstaller({ cwd, hidden, target, again = 'run: npm run setup' }) {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let running;

  /** The environment without our own folders. */
  function outside() {
    const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !hidden.includes(folder));
    const { VIRTUAL_ENV: _venv, PYTHONHOME: _home, PYTHONPATH: _path, ...rest } = process.env;
    return { ...rest, PATH: path.join(delimiter) };
  }

  function notStarted(/** @type {string} */ command, /** @type {Error} */ error) {
    if (command !== 'npm') return new SetupProblem(`${command} does not start: ${error.message}.`, `Install Python again, then ${again}`);
    return new SetupProblem('npm was not found.', 'Install it (it comes with Node: https://nodejs.org), then run: node scripts/setup.mjs');
  }

  return {
    outside,
    /** Ends what runs. @returns whether anything did. @param {NodeJS.Signals} signal */
    kill(signal) {
      return running?.kill(signal) ?? false;
    },
    /**
     * Keeps what the program says for the case that it fails.
     * @param {'npm ci' | 'pip install'} title
     * @param {string} command
     * @param {string[]} args
     * @param {{ note(pid: number | undefined): void } | undefined} lock hears the number of the process: it may outlive us
     * @throws {SetupProblem}
     */
    async run(title, command, args, lock) {
      const child = spawn(command, args, { cwd, env: outside(), stdio: ['ignore', 'pipe', 'pipe'] });
      running = child;
      lock?.note(child.pid);
      let output = '';
      const keep = (/** @type {Buffer} */ chunk) => {
        output = (output + chunk).slice(-20_000);
      };
      child.stdout.on('data', keep);
      child.stderr.on('data', keep);
      try {
        const code = await new Promise((resolve, reject) => {
          child.on('close', resolve);
          child.on('error', (error) => reject(notStarted(command, error)));
        });
        if (code !== 0) throw installerProblem(title, output, target, again);
      } finally {
        running = undefined;
        lock?.note(undefined);
      }
    },
  };
}
