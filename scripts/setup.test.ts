/** The set-up as a whole, in a folder of its own, with an npm and a Python that only play their parts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const scripts = fileURLToPath(new URL('.', import.meta.url));
const files = ['setup.mjs', 'requirements.txt', 'requirements-demo-data.txt'];
const parts = fileURLToPath(new URL('../src/setup/', import.meta.url));

/** Writes each call into calls.log, waits when the folder holds a file named `slow`, then installs what the real one would. */
const npm = `
const fs = require('node:fs');
fs.appendFileSync('calls.log', 'npm ' + process.argv[2] + '\\n');
while (fs.existsSync('slow')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
fs.rmSync('node_modules', { recursive: true, force: true });
fs.mkdirSync('node_modules/.bin', { recursive: true });
fs.symlinkSync(process.execPath, 'node_modules/.bin/node');
fs.mkdirSync('node_modules/zod');
fs.writeFileSync('node_modules/zod/package.json', '{}');
fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/zod': {} } }));
`;

/** As far as the set-up looks at it: tells its version, makes environments, takes packages. */
const python = (version: string, has: { venv?: boolean; ensurepip?: boolean } = {}) => `
const fs = require('node:fs');
const [flag, what, folder] = process.argv.slice(2);
if (flag === '-c' && what.includes('sys.version_info')) {
  console.log(JSON.stringify({ version: '${version}', hasVenv: ${has.venv ?? true}, hasPip: ${has.ensurepip ?? true} }));
} else if (flag === '-m') {
  fs.appendFileSync('calls.log', 'python ' + what + '\\n');
  if (what === 'venv') {
    fs.mkdirSync(folder + '/bin', { recursive: true });
    fs.copyFileSync(__filename, folder + '/bin/python');
  }
}
`;

let project: string;
const running: ChildProcess[] = [];

beforeEach(async () => {
  // The real path: on macOS the folder for temporary files is behind a link.
  project = await realpath(await mkdtemp(join(tmpdir(), 'sluice-setup-')));
  await mkdir(join(project, 'scripts'));
  for (const file of files) await copyFile(join(scripts, file), join(project, 'scripts', file));
  await cp(parts, join(project, 'src', 'setup'), { recursive: true });
  await write('package-lock.json', '{ "packages": {} }');
  await program('npm', npm);
  await program('python3', python('3.12.4'));
});

afterEach(async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  await rm(project, { recursive: true, force: true });
});

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(project, path)), { recursive: true });
  await writeFile(join(project, path), content);
}

async function program(name: string, source: string): Promise<void> {
  await write(`bin/${name}`, `#!${process.execPath}\n${source}`);
  await chmod(join(project, 'bin', name), 0o755);
}

function start(): { child: ChildProcess; ended: Promise<{ exitCode: number | null; says: string }> } {
  const child = spawn(process.execPath, [join(project, 'scripts/setup.mjs')], {
    cwd: project,
    env: { PATH: join(project, 'bin') },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.push(child);
  const exitCode = new Promise<number | null>((done) => child.on('close', done));
  return { child, ended: Promise.all([exitCode, text(child.stderr)]).then(([code, says]) => ({ exitCode: code, says })) };
}

const setup = () => start().ended;
const calls = async () =>
  existsSync(join(project, 'calls.log')) ? (await readFile(join(project, 'calls.log'), 'utf8')).trim().split('\n') : [];
const everything = ['npm ci', 'python venv', 'python pip'];

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

describe('installing', () => {
  test('a fresh clone gets its Node and its Python packages, with a line for each', async () => {
    const { exitCode, says } = await setup();
    expect(says).toMatch(/^setup: Node packages: .*\nsetup: Python packages: .*\nsetup: done in \d+ s\n$/);
    expect(exitCode).toBe(0);
    expect(await calls()).toEqual(everything);
  });

  test('when all is in place nothing is done and nothing is said', async () => {
    await setup();
    expect(await setup()).toEqual({ exitCode: 0, says: '' });
    expect(await calls()).toEqual(everything);
  });

  test('a newer lockfile installs the Node packages again, and only those', async () => {
    await setup();
    await write('package-lock.json', '{ "packages": { "": {} } }');
    await setup();
    expect(await calls()).toEqual([...everything, 'npm ci']);
  });

  test('newer requirements make .venv again, and only that', async () => {
    await setup();
    await write('scripts/requirements.txt', 'dbt-core==99');
    await setup();
    expect(await calls()).toEqual([...everything, 'python venv', 'python pip']);
  });

  test('a package that was deleted from node_modules is noticed and mended', async () => {
    await setup();
    await rm(join(project, 'node_modules/zod'), { recursive: true });
    const { says } = await setup();
    expect(says).toMatch(/damaged: node_modules\/zod is missing/);
    expect(await setup()).toEqual({ exitCode: 0, says: '' });
  });

  test('a .venv whose Python is gone is noticed and mended', async () => {
    await setup();
    await rm(join(project, '.venv/bin/python'));
    expect((await setup()).says).toMatch(/Python packages: damaged/);
  });
});

describe('being disturbed', () => {
  test('Ctrl-C ends it with 130, stops the installer, and the next run goes on', async () => {
    await write('slow', '');
    const { child, ended } = start();
    await until(async () => (await calls()).length === 1);
    child.kill('SIGINT');
    expect(await ended).toEqual({ exitCode: 130, says: expect.stringMatching(/interrupted; run the same command again/) });
    await rm(join(project, 'slow'));
    expect((await setup()).exitCode).toBe(0);
    expect(await calls()).toEqual(['npm ci', ...everything]);
  });

  test('killed with -9, the next run waits for the installer that lives on, then installs anew', async () => {
    await write('slow', '');
    const first = start();
    await until(async () => (await calls()).length === 1);
    first.child.kill('SIGKILL');
    const second = setup();
    await sleep(500);
    expect(await calls()).toEqual(['npm ci']);
    await rm(join(project, 'slow'));
    expect((await second).says).toMatch(/waiting for another set-up/);
    expect(await calls()).toEqual(['npm ci', ...everything]);
  });

  test('two at once install once', async () => {
    const both = await Promise.all([setup(), setup(), setup()]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect(await calls()).toEqual(everything);
  });
});

describe('what can be missing', () => {
  const missing: [title: string, arrange: () => Promise<void>, says: RegExp][] = [
    ['no python3', () => rm(join(project, 'bin/python3')), /Python 3 was not found.*\n {2}(sudo apt-get|brew) install python/],
    ['Python too old', () => program('python3', python('3.8.18')), /python3 is Python 3\.8\.18; dbt needs Python 3\.10.*\n {2}\S+/],
    ['no venv module', () => program('python3', python('3.11.2', { ensurepip: false })), /comes without ensurepip.*\n {2}\S+/],
    ['no npm', () => rm(join(project, 'bin/npm')), /npm was not found.*\n {2}\S+/],
    [
      'no network',
      () => program('npm', "console.error('npm error code ENOTFOUND'); process.exit(1);"),
      /could not reach the package registry.*\n {2}Check the network/,
    ],
    [
      'node_modules damaged right after npm ci',
      () => program('npm', ''),
      /node_modules is damaged right after npm ci.*\n {2}(rm -rf node_modules|Install Node)/,
    ],
  ];

  test.each(missing)('%s: one sentence and the command that mends it, exit code 3', async (_title, arrange, says) => {
    await arrange();
    const outcome = await setup();
    expect(outcome.says).toMatch(says);
    expect(outcome.exitCode).toBe(3);
    expect(existsSync(join(project, '.sluice-setup.lock'))).toBe(false);
  });
});
