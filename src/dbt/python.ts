/** Finds the Python that runs dbt. An installation sets it up when it is first needed; a clone sets it up by `npm run setup`. */
import { existsSync, globSync, mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '../config.ts';
import { PRODUCT } from '../product.ts';
import { diskProblem, fingerprint, SetupProblem } from '../setup/decisions.mjs';
import { createInstaller } from '../setup/installer.mjs';
import { takeLock } from '../setup/lock.mjs';
import { pythonEnvironment } from '../setup/python-environment.mjs';
import { errors } from './errors.ts';

type PythonConfig = Pick<Config, 'SLUICE_PYTHON' | 'projectDir'>;

const AGAIN = 'run the same command again';
const NEEDED_GB = 1;

/**
 * The Python of SLUICE_PYTHON; else the project's own .venv if dbt and its ClickHouse adapter are in it; else the one that Sluice sets up.
 */
export function pythonOf(config: PythonConfig): string {
  return givenPython(config) ?? join(ownFolder(), 'bin', 'python');
}

/** Whether a command that needs dbt would set it up first. Starts the existing Python to find out. */
export function needsSetUp(config: PythonConfig): boolean {
  return givenPython(config) === undefined && ownEnvironment().reasonToInstall() !== undefined;
}

/**
 * Makes sure that the Python of `pythonOf` exists, unless the user named one. One process sets up, others wait for it.
 * @throws CdpError `dbt.not_set_up` or, after a signal, `dbt.cancelled`.
 */
export async function setUpPython(config: PythonConfig, say: (line: string) => void = onStderr): Promise<void> {
  if (!needsSetUp(config)) return;
  try {
    await setUp(say);
  } catch (error) {
    if (error instanceof SetupProblem)
      throw errors.not_set_up(error.message, { hint: `${error.mend}\nSLUICE_PYTHON names a Python that has dbt already.` });
    throw error;
  }
}

/** A Python that exists without our set-up. */
function givenPython({ SLUICE_PYTHON, projectDir }: PythonConfig): string | undefined {
  if (SLUICE_PYTHON !== undefined) return SLUICE_PYTHON;
  const folder = [join(projectDir, '.venv'), ...(PRODUCT.isClone ? [join(PRODUCT.root, '.venv')] : [])].find(hasDbt);
  if (folder !== undefined) return join(folder, 'bin', 'python');
  // When it is missing, the code that starts it says so and how to fix it.
  return PRODUCT.isClone ? join(PRODUCT.root, '.venv', 'bin', 'python') : undefined;
}

const hasDbt = (venv: string) =>
  existsSync(join(venv, 'bin', 'python')) && globSync('lib/python3.*/site-packages/dbt/adapters/clickhouse', { cwd: venv }).length > 0;

const requirements = [join(PRODUCT.root, 'scripts', 'requirements.txt')];

/**
 * Kept in the user's cache, one folder for each set of requirements. A global installation cannot be written to, and a copy in each project
 * would take 200 MB each time. Another version of Sluice with the same requirements finds it there.
 */
function ownFolder(): string {
  const cache =
    process.env.XDG_CACHE_HOME || (process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache'));
  const version = fingerprint(requirements.map((file) => readFileSync(file, 'utf8'))).slice(0, 12);
  return join(cache, 'sluice', `python-${version}`);
}

function ownEnvironment() {
  const folder = ownFolder();
  return pythonEnvironment({ folder, requirements, home: folder });
}

async function setUp(say: (line: string) => void): Promise<void> {
  const folder = ownFolder();
  const parent = dirname(folder);
  prepare(parent);
  const installer = createInstaller({ cwd: parent, hidden: [join(folder, 'bin')], target: folder, again: AGAIN });
  const lockFile = `${folder}.lock`;
  const lock = await takeLock(lockFile, (pids) => {
    say(`waiting for another set-up (process ${pids}); if there is none, delete ${lockFile}`);
  });
  let isStopped = false;
  const stop = () => {
    isStopped = true;
    installer.kill('SIGTERM');
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    const environment = ownEnvironment();
    // Checked again under the lock: another process may have done the work.
    if (environment.reasonToInstall() === undefined) return;
    const started = Date.now();
    await environment.install(installer, lock, (version) => {
      say(`installing dbt with Python ${version} into ${folder} (about 200 MB, half a minute, once)`);
    });
    say(`dbt is installed after ${Math.round((Date.now() - started) / 1000)} s`);
  } catch (error) {
    if (isStopped) throw errors.cancelled('The set-up of dbt was stopped', { hint: `To go on, ${AGAIN}.` });
    throw error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    lock.release();
  }
}

/** @throws SetupProblem */
function prepare(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupProblem(`The folder for dbt cannot be made: ${reason}.`, `Set XDG_CACHE_HOME to a folder that is yours, then ${AGAIN}`);
  }
  const { bavail, bsize } = statfsSync(folder);
  const problem = diskProblem(bavail * bsize, NEEDED_GB, AGAIN);
  if (problem) throw problem;
}

function onStderr(line: string): void {
  process.stderr.write(`setup: ${line}\n`);
}
