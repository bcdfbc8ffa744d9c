/**
 * Brings a fresh clone to where everything runs: Node packages into node_modules, dbt into .venv. Every npm script runs it first, so it
 * takes a fraction of a second when all is in place and is silent then.
 *
 * Uses nothing but Node ≥ 20 itself. Interrupted at any moment, the next run takes it up: a stamp is written into each folder last,
 * and a folder without its stamp is made anew.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs, { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  choosePython,
  diskProblem,
  fingerprint,
  installerProblem,
  missingPackages,
  neededNode,
  platformProblem,
  reasonToInstall,
  SetupProblem,
} from './setup-decisions.mjs';
import { takeLock } from './setup-lock.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const inRoot = (/** @type {string[]} */ ...parts) => join(root, ...parts);
const read = (/** @type {string} */ path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

const stampName = '.sluice-setup';
const node = inRoot('node_modules', '.bin', 'node');
const python = inRoot('.venv', 'bin', 'python');
// Without dependencies: the first file names every one of them, and of the second only the data is wanted, not pandas and pyarrow.
const requirements = [inRoot('scripts', 'requirements.txt'), inRoot('scripts', 'requirements-demo-data.txt')];

// stderr: `npm run demo -- --json` keeps stdout for its result.
const say = (/** @type {string} */ line) => process.stderr.write(`setup: ${line}\n`);

/** @type {import('node:child_process').ChildProcess | undefined} */
let installer;
/** @type {Awaited<ReturnType<typeof takeLock>> | undefined} */
let lock;

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    installer?.kill(signal);
    // An installer takes a moment to die. Its number stands in the lock, so whoever comes next waits for it and then takes the lock over.
    if (!installer) lock?.release();
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
  const pythonReason = reasonToInstall(pythonPackages());
  if (pythonReason) steps.push(() => installPythonPackages(pythonReason));
  return steps;
}

// ── Node packages ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** @returns {import('./setup-decisions.mjs').Installed} */
function nodePackages() {
  const stamp = read(inRoot('node_modules', stampName));
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
  rmSync(inRoot('node_modules', stampName), { force: true });
  // No package's install script is needed, so none is run: nothing is compiled, nothing is downloaded past the lockfile's
  // checksums, and swagger-ui-dist does not report home.
  await install('npm ci', 'npm', [
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  if (nodeVersion(node) < neededNode) linkOwnNode();
  const fault = nodeFault();
  if (fault) {
    throw new SetupProblem(
      `node_modules is damaged right after npm ci: ${fault}.`,
      'rm -rf node_modules && npm cache verify && npm run setup',
    );
  }
  writeFileSync(inRoot('node_modules', stampName), nodePackages().wanted);
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

/** @returns {import('./setup-decisions.mjs').Installed} */
function pythonPackages() {
  const stamp = read(inRoot('.venv', stampName));
  // The root is part of it: a virtual environment knows its own path, and breaks when the folder is moved.
  const wanted = fingerprint([...requirements.map((file) => readFileSync(file, 'utf8')), root]);
  const isSound = () => spawnSync(python, ['-I', '-S', '-c', ''], { timeout: 20_000 }).status === 0;
  return { stamp, wanted, fault: stamp === wanted && !isSound() ? 'its Python does not start' : undefined };
}

async function installPythonPackages(/** @type {string} */ reason) {
  const { command, version } = choosePython(findPythons(), process);
  say(`Python packages: ${reason}; making .venv with Python ${version} and installing dbt (about 200 MB, half a minute)`);
  rmSync(inRoot('.venv'), { recursive: true, force: true });
  await install('pip install', command, ['-m', 'venv', inRoot('.venv')]);
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-input',
    '--disable-pip-version-check',
    '--only-binary=:all:',
    '--no-deps',
    '--require-hashes',
  ];
  await install('pip install', python, [...pip, ...requirements.flatMap((file) => ['-r', file])]);
  await install('pip install', python, ['-c', 'import dbt.cli.main, dbt.adapters.clickhouse']);
  writeFileSync(inRoot('.venv', stampName), pythonPackages().wanted);
}

/** @returns {import('./setup-decisions.mjs').Python[]} */
function findPythons() {
  const probe = `import sys, json, importlib.util as u
print(json.dumps({"version": "%d.%d.%d" % sys.version_info[:3], "hasVenv": bool(u.find_spec("venv")), "hasPip": bool(u.find_spec("ensurepip"))}))`;
  return ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'].flatMap((command) => {
    const { status, stdout } = spawnSync(command, ['-c', probe], { encoding: 'utf8', env: outside(), timeout: 20_000 });
    const answer = status === 0 ? stdout.trim() : '';
    return answer.startsWith('{') ? [{ command, ...JSON.parse(answer) }] : [];
  });
}

// ── Both ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Runs an installer and keeps what it says for the case that it fails.
 * @param {'npm ci' | 'pip install'} title
 * @param {string} command
 * @param {string[]} args
 */
async function install(title, command, args) {
  const child = spawn(command, args, { cwd: root, env: outside(), stdio: ['ignore', 'pipe', 'pipe'] });
  installer = child;
  lock?.note(child.pid);
  let output = '';
  const keep = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk).slice(-20_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise((resolve, reject) => {
    child.on('close', resolve);
    child.on('error', (error) => reject(notStarted(command, error)));
  });
  installer = undefined;
  lock?.note(undefined);
  if (code !== 0) throw installerProblem(title, output);
}

function notStarted(/** @type {string} */ command, /** @type {Error} */ error) {
  if (command !== 'npm')
    return new SetupProblem(`${command} does not start: ${error.message}.`, 'Install Python again, then run: npm run setup');
  return new SetupProblem('npm was not found.', 'Install it (it comes with Node: https://nodejs.org), then run: node scripts/setup.mjs');
}

/** The environment without our own folders: npm must not run on the Node that it is about to replace, nor Python on its old self. */
function outside() {
  const ours = [inRoot('node_modules', '.bin'), inRoot('.venv', 'bin')];
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !ours.includes(folder));
  const { VIRTUAL_ENV: _venv, PYTHONHOME: _home, PYTHONPATH: _path, ...rest } = process.env;
  return { ...rest, PATH: path.join(delimiter) };
}

function isMusl() {
  if (process.platform !== 'linux') return false;
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return header.glibcVersionRuntime === undefined;
}

function throwIf(/** @type {SetupProblem | undefined} */ problem) {
  if (problem) throw problem;
}
