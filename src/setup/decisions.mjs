/**
 * What the set-up decides, apart from what it does: no process is started and no file is written here. The set-up of a clone
 * (scripts/setup.mjs) and that of Python on first use (src/dbt/python.ts) share it.
 * Plain JavaScript without packages, because it runs on the machine's own Node before anything is installed.
 */
import { createHash } from 'node:crypto';

/** Stands between a newcomer and a working project: says what is missing and the command that mends it. */
export class SetupProblem extends Error {
  /**
   * @param {string} message one sentence
   * @param {string} mend what to type or to do
   */
  constructor(message, mend) {
    super(message);
    this.mend = mend;
  }
}

/** The Node that runs this project's TypeScript without a build step (type stripping is stable from here on). */
export const neededNode = 24;

/** What to do once the reason is gone, as the set-up of a clone says it. */
const RUN_SETUP = 'run: npm run setup';

/** Oldest and newest Python that the pinned requirements have wheels for. */
const oldestPython = { major: 3, minor: 10 };
const newestPython = { major: 3, minor: 13 };

/**
 * @param {{ platform: string, arch: string, isMusl: boolean }} machine
 * @returns {SetupProblem | undefined}
 */
export function platformProblem({ platform, arch, isMusl }) {
  if (platform === 'win32') {
    return new SetupProblem('Sluice does not run on Windows itself.', 'Install WSL (wsl --install) and clone the project inside it.');
  }
  if (!['linux', 'darwin'].includes(platform) || !['x64', 'arm64'].includes(arch)) {
    return new SetupProblem(
      `Sluice does not run on ${platform}-${arch}: ClickHouse is built for Linux and macOS on x64 and arm64.`,
      'Use such a machine, or start the service with: docker compose up',
    );
  }
  if (isMusl) {
    return new SetupProblem(
      'Sluice does not run on Alpine and other musl systems: ClickHouse needs glibc.',
      'Use a Debian-based image: docker compose up',
    );
  }
  return undefined;
}

/**
 * @param {number} freeBytes
 * @param {number} neededGb
 * @param {string} again what to do once there is room
 * @returns {SetupProblem | undefined}
 */
export function diskProblem(freeBytes, neededGb = 2, again = RUN_SETUP) {
  if (freeBytes >= neededGb * 1024 ** 3) return undefined;
  return new SetupProblem(
    `The disk has ${(freeBytes / 1024 ** 3).toFixed(1)} GB free; the set-up needs about ${neededGb} GB.`,
    `Free some space (npm cache clean --force often frees a lot), then ${again}`,
  );
}

/**
 * A fingerprint that changes when anything does that an installation depends on. Each part is length-prefixed, so that moving a character
 * from one part to the next changes it too.
 * @param {readonly string[]} parts
 */
export function fingerprint(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest('hex');
}

/**
 * @typedef {{ stamp: string | undefined, wanted: string, fault: string | undefined }} Installed
 * What is on disk: `stamp` was written when an installation finished, `wanted` is today's fingerprint, `fault` is what a look at it found.
 */

/**
 * Why an installation must be made (again); undefined when it stands.
 * @param {Installed} installed
 */
export function reasonToInstall({ stamp, wanted, fault }) {
  if (stamp === undefined) return 'not installed, or not to the end';
  if (stamp !== wanted) return 'older than what the project asks for';
  return fault === undefined ? undefined : `damaged: ${fault}`;
}

/**
 * The packages that npm says it installed (node_modules/.package-lock.json) but that are not there.
 * @param {{ packages?: Record<string, { link?: boolean }> }} hiddenLockfile
 * @param {(path: string) => boolean} exists takes a path relative to the project
 */
export function missingPackages(hiddenLockfile, exists) {
  return Object.keys(hiddenLockfile.packages ?? {}).filter((path) => !exists(`${path}/package.json`));
}

/**
 * @typedef {{ command: string, version: string, hasVenv: boolean, hasPip: boolean }} Python
 */

/**
 * The first usable one of the Pythons that were found, in order of preference.
 * @param {readonly Python[]} found
 * @param {{ platform: string }} machine
 * @returns {Python}
 * @throws {SetupProblem}
 */
export function choosePython(found, { platform }) {
  const install = (/** @type {string} */ debian, /** @type {string} */ mac) =>
    platform === 'darwin' ? `brew install ${mac}` : `sudo apt-get install ${debian}`;
  const [first] = found;
  if (!first) {
    throw new SetupProblem('Python 3 was not found, and dbt is written in it.', install('python3 python3-venv', 'python@3.12'));
  }
  const fitting = found.filter(({ version }) => compare(version, oldestPython) >= 0 && compare(version, newestPython) <= 0);
  const [best] = fitting;
  if (!best) {
    const isOld = compare(first.version, oldestPython) < 0;
    throw new SetupProblem(
      `${first.command} is Python ${first.version}; dbt needs ${isOld ? 'Python 3.10 or newer' : 'a Python from 3.10 to 3.13'}.`,
      install('python3.11 python3.11-venv', 'python@3.12'),
    );
  }
  const usable = fitting.find(({ hasVenv, hasPip }) => hasVenv && hasPip);
  if (!usable) {
    const [major, minor] = best.version.split('.');
    throw new SetupProblem(
      `${best.command} (Python ${best.version}) comes without ${best.hasVenv ? 'ensurepip' : 'the venv module'}, which makes the folder that dbt is installed into.`,
      install(`python${major}.${minor}-venv`, 'python@3.12'),
    );
  }
  return usable;
}

/**
 * @param {string} version
 * @param {{ major: number, minor: number }} other
 */
function compare(version, other) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major - other.major || minor - other.minor;
}

/**
 * Turns the last words of npm or pip into a sentence and a remedy.
 * @param {'npm ci' | 'pip install'} command
 * @param {string} output
 * @param {string} folder what it writes into
 * @param {string} again what to do once the reason is gone
 */
export function installerProblem(command, output, folder = '.', again = RUN_SETUP) {
  const lines = output.trim().split('\n').filter(Boolean);
  const tail = lines.slice(-8).join('\n  ');
  if (/ENOSPC|No space left/i.test(output)) {
    return new SetupProblem(`The disk filled up during ${command}.`, `Free about 2 GB, then ${again}`);
  }
  if (
    /E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|NETUNREACH)|NewConnectionError|Failed to establish|name resolution|timed out/i.test(
      output,
    )
  ) {
    return new SetupProblem(
      `${command} could not reach the package registry.`,
      `Check the network (and the proxy settings), then ${again}\n  ${tail}`,
    );
  }
  if (/EACCES|EPERM|Permission denied/i.test(output)) {
    return new SetupProblem(
      `${command} may not write into ${folder === '.' ? 'the project folder' : folder}.`,
      `Make the folder yours (sudo chown -R "$USER" ${folder}), then ${again}\n  ${tail}`,
    );
  }
  return new SetupProblem(`${command} failed:\n  ${tail || 'it said nothing'}`, `Mend what it complains about, then ${again}`);
}

/**
 * Whether a lock file was left behind: the set-up that wrote it and the installers it started are all gone. An installer outlives a
 * killed set-up, and starting a second one beside it would mix two installations.
 * @param {string} text
 * @param {(pid: number) => boolean} isAlive
 */
export function isAbandoned(text, isAlive) {
  const pids = text
    .split(/\s+/)
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0);
  return !pids.some(isAlive);
}
