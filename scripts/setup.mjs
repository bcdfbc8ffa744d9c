/**
 * Brings a fresh clone to where everything runs: Node packages into node_modules, dbt into .venv. Every npm script runs it first, so it
 * takes a fraction of a second when all is in place and is silent then.
 *
 * Uses nothing but Node ≥ 20 itself. Interrupted at any moment, the next run takes it up: a stamp is written into each folder last,
 * and a folder without its stamp is made anew.
 */
import { spawnSync } from 'node:child_process';
import fs, { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  diskProblem,
  fingerprint,
  missingPackages,
  neededNode,
  platformProblem,
  reasonToInstall,
  SetupProblem,
} from '../src/setup/decisions.mjs';
import { createInstaller } from '../src/setup/installer.mjs';
import { takeLock } from '../src/setup/lock.mjs';
import { pythonEnvironment, STAMP_NAME } from '../src/setup/python-environment.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const inRoot = (/** @type {string[]} */ ...parts) => join(root, ...parts);
const read = (/** @type {string} */ path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

const node = inRoot('node_modules', '.bin', 'node');
const python = pythonEnvironment({
  folder: inRoot('.venv'),
  // Without dependencies: the first file names every one of them, and of the second only the data is wanted, not pandas and pyarrow.
  requirements: [inRoot('scripts', 'requirements.txt'), inRoot('scripts', 'requirements-demo-data.txt')],
  home: root,
});
const installer = createInstaller({ cwd: root, hidden: [inRoot('node_modules', '.bin'), inRoot('.venv', 'bin')] });

// stderr: `npm run demo -- --json` keeps stdout for its result.
const say = (/** @type {string} */ line) => process.stderr.write(`setup: ${line}\n`);

/** @type {Awaited<ReturnType<typeof takeLock>> | undefined} */
let lock;

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    // An installer takes a moment to die. Its number stands in the lock, so whoever comes next waits for it and then takes the lock over.
    if (!installer.kill(signal)) lock?.release();
    say('interrupted; run the same command again to go on');
    process.exit(130);
  });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupProblem)) throw error;
  process.stderr.write(`setup: ${error.message}\n  ${error.mend}\n`);
  process.exitCode = 3;
} finally {
  lock?.release();
}

async function main() {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new SetupProblem(
      `This is Node ${process.versions.node}; the set-up needs Node 20 or newer.`,
      'Install one from https://nodejs.org',
    );
  }
  if (todo().length === 0) {
    if (process.env.npm_lifecycle_event === 'setup') say('everything is in place');
    return;
  }
  throwIf(platformProblem({ platform: process.platform, arch: process.arch, isMusl: isMusl() }));

  lock = await takeLock(inRoot('.sluice-setup.lock'), (pids) => {
    say(`waiting for another set-up (process ${pids}); if there is none, delete .sluice-setup.lock`);
  });
  const steps = todo();
  if (steps.length === 0) return;
  // Not imported by name: an old Node without it must get as far as the sentence above.
  const { bavail, bsize } = fs.statfsSync(root);
  throwIf(diskProblem(bavail * bsize));
  const started = Date.now();
  for (const step of steps) await step();
  say(`done in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** What is missing. Asked again under the lock: whoever held it may have done the work. */
function todo() {
  /** @type {(() => Promise<void>)[]} */
  const steps = [];
  const nodeReason = reasonToInstall(nodePackages());
  if (nodeReason) steps.push(() => installNodePackages(nodeReason));
  const pythonReason = python.reasonToInstall();
  if (pythonReason) steps.push(() => installPythonPackages(pythonReason));
  return steps;
}

// ── Node packages ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** @returns {import('../src/setup/decisions.mjs').Installed} */
function nodePackages() {
  const stamp = read(inRoot('node_modules', STAMP_NAME));
  const wanted = fingerprint([readFileSync(inRoot('package-lock.json'), 'utf8'), process.platform, process.arch]);
  return { stamp, wanted, fault: stamp === wanted ? nodeFault() : undefined };
}

function nodeFault() {
  const hidden = read(inRoot('node_modules', '.package-lock.json'));
  if (hidden === undefined) return 'node_modules/.package-lock.json is missing';
  const [missing] = missingPackages(JSON.parse(hidden), (path) => existsSync(inRoot(path)));
  if (missing) return `${missing} is missing`;
  const version = nodeVersion(node);
  if (version >= neededNode) return undefined;
  return version === 0 ? 'its Node does not start' : `its Node is version ${version}`;
}

/** Major version of a Node program, 0 when it does not run. @param {string} program */
function nodeVersion(program) {
  const { stdout, status } = spawnSync(program, ['-p', 'process.versions.node'], { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? Number(stdout.split('.')[0]) : 0;
}

async function installNodePackages(/** @type {string} */ reason) {
  say(`Node packages: ${reason}; running npm ci (about 1 GB, a minute or less)`);
  // First of all: a stamp must not survive an installation that is killed half-way through removing the old one.
  rmSync(inRoot('node_modules', STAMP_NAME), { force: true });
  // No package's install script is needed, so none is run: nothing is compiled, nothing is downloaded past the lockfile's
  // checksums, and swagger-ui-dist does not report home.
  const options = ['--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  await installer.run('npm ci', 'npm', ['ci', ...options], lock);
  if (nodeVersion(node) < neededNode) linkOwnNode();
  const fault = nodeFault();
  if (fault) {
    throw new SetupProblem(
      `node_modules is damaged right after npm ci: ${fault}.`,
      'rm -rf node_modules && npm cache verify && npm run setup',
    );
  }
  writeFileSync(inRoot('node_modules', STAMP_NAME), nodePackages().wanted);
}

/** Where the registry has no Node for this machine, the machine's own does as well, if it is new enough. */
function linkOwnNode() {
  if (Number(process.versions.node.split('.')[0]) < neededNode) {
    throw new SetupProblem(
      `npm has no Node ${neededNode} for ${process.platform}-${process.arch}, and this one is ${process.versions.node}.`,
      `Install Node ${neededNode} or newer from https://nodejs.org, then run: npm run setup`,
    );
  }
  rmSync(node, { force: true });
  mkdirSync(inRoot('node_modules', '.bin'), { recursive: true });
  symlinkSync(process.execPath, node);
}

// ── Python packages ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function installPythonPackages(/** @type {string} */ reason) {
  await python.install(installer, lock, (version) =>
    say(`Python packages: ${reason}; making .venv with Python ${version} and installing dbt (about 200 MB, half a minute)`),
  );
}

// ── Both ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function isMusl() {
  if (process.platform !== 'linux') return false;
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return header.glibcVersionRuntime === undefined;
}

function throwIf(/** @type {SetupProblem | undefined} */ problem) {
  if (problem) throw problem;
}
