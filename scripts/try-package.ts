/**
 * `npm run try-package`: what a person does with a release. Packs, lets npm install the tarball in an empty folder and lets the first command
 * set up dbt, with nothing of this repository in reach, and says how long it took and how large it is. It needs a registry (or what npm and
 * pip have cached) and 2 GB, so it is no part of the tests, which unpack the same tarball (test/packed-product.ts).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'sluice-try-'));
const project = join(folder, 'shop');
// The machine's own programs, as a newcomer has them: not those of this repository.
const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules') && !entry.startsWith(root));
const { SLUICE_PYTHON: _python, SLUICE_DATA_DIR: _data, SLUICE_PROJECT_DIR: _project, ...rest } = process.env;
const outside = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('npm_')));
const env = { ...outside, PATH: path.join(delimiter), XDG_CACHE_HOME: join(folder, 'cache') };

function step(title: string, cwd: string, command: string, ...args: string[]): string {
  const started = performance.now();
  const output = execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  console.log(`${title.padEnd(46)} ${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s`);
  return output;
}
const megabytes = (path: string) => `${execFileSync('du', ['-sm', path], { encoding: 'utf8' }).split('\t')[0]} MB`;

try {
  const [{ filename }] = JSON.parse(step('npm pack', root, 'npm', 'pack', '--json', '--pack-destination', folder));
  const options = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  step('npm install, in an empty folder', folder, 'npm', 'install', ...options, join(folder, filename));
  step('the command, without a project', folder, 'npx', '--no-install', 'sluice', '--version');
  mkdirSync(join(project, 'models'), { recursive: true });
  writeFileSync(join(project, 'dbt_project.yml'), 'name: shop\nprofile: sluice\n');
  writeFileSync(join(project, 'packages.yml'), 'packages:\n  - local: ../node_modules/@sluice-data/sluice\n');
  const profile = join(folder, 'node_modules', '@sluice-data', 'sluice', 'profiles.yml');
  execFileSync('cp', [profile, project]);
  step('dbt deps, which sets up dbt first', project, 'npx', '--no-install', 'sluice', 'dbt', '--', 'deps');
  step('a build of a seed of the package', project, 'npx', '--no-install', 'sluice', 'build', '--select', 'freemail_domains');
  step('stop', project, 'npx', '--no-install', 'sluice', 'stop');
  console.log(
    `tarball ${(statSync(join(folder, filename)).size / 1024).toFixed(0)} KB, node_modules ${megabytes(join(folder, 'node_modules'))}, dbt ${megabytes(join(folder, 'cache'))}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
