/** The tarball, installed in a folder elsewhere: what is in it, and a project's whole way with it. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ownPython, sharedPython } from '../dbt-template/python.ts';
import { type PackedProduct, packedProduct, writeFiles } from '../packed-product.ts';

let product: PackedProduct;
let shop: string;

beforeAll(async () => {
  product = await packedProduct();
  shop = join(product.folder, 'shop');
  await writeFiles(shop, PROJECT);
  await mkdir(join(shop, 'out'));
});

afterAll(async () => {
  await sluice(['stop']);
  await product.remove();
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command in the project's folder, as a person of that folder would run it: nothing in the environment points at the product. */
function sluice(args: readonly string[], { cwd = shop, flags = [] as readonly string[], environment = {} } = {}): Promise<Ran> {
  const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE, NO_COLOR: '1', SLUICE_PYTHON: sharedPython(), ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [...flags, product.launcher, ...args], { cwd, env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err });
    });
  });
}

/** One that must succeed. @returns its result. */
async function done(args: readonly string[], cwd = shop): Promise<unknown> {
  const { code, out, err } = await sluice([...args, '--json'], { cwd });
  expect({ args, code, said: code === 0 ? '' : `${err}${out}` }).toEqual({ args, code: 0, said: '' });
  return out === '' ? undefined : JSON.parse(out);
}

// What `sluice init` and its templates write stands in its place as soon as there is such a command: `done(['init', 'shop'], product.folder)`.
const PROJECT: Readonly<Record<string, string>> = {
  'dbt_project.yml': 'name: shop\nprofile: shop\nmodel-paths: [models]\nflags: { send_anonymous_usage_stats: false }\n',
  'packages.yml': 'packages:\n  - local: ../node_modules/@sluice-data/sluice\n',
  'profiles.yml': `
shop:
  target: warehouse
  outputs:
    warehouse:
      type: clickhouse
      driver: http
      host: "{{ env_var('SLUICE_DBT_HOST') }}"
      port: "{{ env_var('SLUICE_DBT_PORT') | as_number }}"
      user: "{{ env_var('SLUICE_DBT_USER') }}"
      password: "{{ env_var('SLUICE_DBT_PASSWORD') }}"
      schema: "{{ env_var('SLUICE_DATABASE_PREFIX') }}"
      threads: 2
      custom_settings: "{{ fromjson(env_var('SLUICE_DBT_SETTINGS')) | as_native }}"
`,
  '.env': 'SHOP_OUT=out\nMINIMUM_VISITS=3 # of a regular\nSLUICE_HEAP_MB=321\n',
  'customers.csv': `customer_id,email,visits
6f1f3f5e-1111-4222-8333-000000000001,jo@example.com,5
6f1f3f5e-1111-4222-8333-000000000002,ann@example.com,1
6f1f3f5e-1111-4222-8333-000000000003,li@example.com,9
`,
  'models/customers.sql': `
select
    toUUID(assumeNotNull(customer_id)) as customer_id,
    assumeNotNull(email) as email,
    toUInt32(assumeNotNull(visits)) as visits,
    toBool(assumeNotNull(visits) >= {{ env_var('MINIMUM_VISITS') }}) as is_regular
from {{ source('shop_raw', 'shop__customers') }}
`,
  'models/customers.yml': `
sources:
  - name: shop_raw
    schema: "{{ env_var('SLUICE_DATABASE_PREFIX') }}_raw"
    tables: [{ name: shop__customers }]
models:
  - name: customers
    description: One row per customer.
    config: { materialized: table, contract: { enforced: true } }
    meta: { sluice: { role: traits, entity: customer, key: customer_id } }
    columns:
      - { name: customer_id, data_type: UUID, description: Customer. }
      - { name: email, data_type: String, description: Address., meta: { sluice: { trait: true, label: Email, pii: true } } }
      - { name: visits, data_type: UInt32, description: Visits., meta: { sluice: { trait: true, label: Visits } } }
      - { name: is_regular, data_type: Bool, description: Comes often., meta: { sluice: { trait: true, label: Regular } } }
`,
  'activations/segments/regulars.yml': 'id: regulars\ntitle: Regulars\nentity: customer\nwhere: { trait: is_regular, is: true }\n',
  'activations/destinations/files.yml': 'id: files\ntitle: Files\nconnector: file\nconfig: { folder: env:SHOP_OUT }\n',
  'activations/syncs/regulars-to-files.yml': `
id: regulars-to-files
title: Regulars, into files
source: { segment: regulars }
destination: files
object: row
mode: mirror
key: { email: email }
fields: { visits: visits }
`,
};

describe('the tarball', () => {
  test('holds the program as JavaScript, what it reads, the dbt package and the documents', () => {
    expect(product.files).toEqual(
      expect.arrayContaining([
        'dist/src/main.js',
        'dist/src/embedded/keeper.js',
        'dist/src/dbt/worker.py',
        'dist/src/store/migrations/meta/_journal.json',
        'dist/connectors/webhook/index.js',
        'dbt_project.yml',
        'profiles.yml',
        'models/profiles/profiles.sql',
        'sql/macros/databases.sql',
        'sql/warehouse/0001_databases.sql',
        'scripts/requirements.txt',
        'templates/skeleton/dot.gitignore',
        'templates/web/dbt_project.yml',
        'docs/configuration.md',
        'LICENSE',
        'README.md',
        'CHANGELOG.md',
      ]),
    );
  });

  test('holds no TypeScript, no tests of the program, nothing of the demo and no .env', () => {
    const strangers = product.files.filter((path) => /\.ts$|\.test\.|^(test|demo|bench|activations|node_modules)\/|(^|\/)\.env/.test(path));
    expect(strangers).toEqual([]);
    expect(product.files.filter((path) => /^(src|scripts)\//.test(path))).toEqual(['scripts/requirements.txt', 'src/cli/sluice.mjs']);
  });
});

describe('the command', () => {
  /** What the launcher takes for the machine's Node. */
  const onNode20 = ['--import', `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.1.0'})`];

  test('runs on Node 20 with the Node 24 that was installed beside it', async () => {
    const { version } = JSON.parse(await readFile(join(product.root, 'package.json'), 'utf8'));
    expect(await sluice(['--version'], { flags: onNode20 })).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  test('says what to do where that was left out', async () => {
    const name = join(
      product.folder,
      'node_modules',
      `node-${process.platform === 'darwin' && process.arch === 'arm64' ? 'bin-' : ''}${process.platform}-${process.arch}`,
    );
    await rename(name, `${name}.aside`);
    const { code, err } = await sluice(['--version'], { flags: onNode20 });
    await rename(`${name}.aside`, name);
    expect(code).toBe(3);
    expect(err).toMatch(/needs Node 24, and this is 20\.1\.0\. Install it .*or Sluice again with its optional packages/);
  });

  test('gives the program the heap that .env asks for', async () => {
    const environment = { NODE_OPTIONS: '--import data:text/javascript,console.error(process.execArgv.join())' };
    expect((await sluice(['--version'], { environment })).err).toContain('--max-old-space-size=321');
  });

  test('writes a project that names the package where it is installed', async () => {
    const result = await done(['init', 'fresh', '--template', 'retail'], product.folder);
    expect(result).toMatchObject({ project: join(product.folder, 'fresh'), package: '../node_modules/@sluice-data/sluice' });
    expect(await readFile(join(product.folder, 'fresh', '.gitignore'), 'utf8')).toContain('\n.env\n');
    expect(await readFile(join(product.folder, 'fresh', 'package.json'), 'utf8')).toContain('"@sluice-data/sluice": "0.');
  });

  test('needs no project for its help, and says a sentence where it needs one', async () => {
    expect((await sluice(['build', '--help'], { cwd: product.folder })).code).toBe(0);
    const { code, err } = await sluice(['build'], { cwd: product.folder });
    expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining('sluice init DIR') });
    expect(err).toContain(`There is no dbt_project.yml in ${product.folder}, nor in a folder above it`);
  });

  test('serves the page of the API from the package that it came with', async () => {
    const page = `
      const at = (name) => import(new URL(name, 'file://${product.root}/dist/src/http/'));
      const { OpenAPIHono } = await import('@hono/zod-openapi');
      const app = new OpenAPIHono();
      (await at('documentation.js')).addDocumentation(app);
      console.log((await app.request('/docs/swagger-ui.css')).status);`;
    const flags = ['--input-type=module', '--eval', page];
    const { out } = await new Promise<{ out: string }>((resolve) => {
      execFile(process.execPath, flags, { cwd: product.folder }, (_error, out, err) => resolve({ out: `${out}${err}` }));
    });
    expect(out).toBe('200\n');
  });
});

test('a project goes the whole way: packages, load, build, segment, sync, from any folder of it', async () => {
  // dbt's own command line, which is no worker.
  await sluice(['dbt', '--', 'deps'], { environment: { SLUICE_PYTHON: ownPython() } });
  // As docs/installation.md has it for a project that is moved or mounted elsewhere.
  await rm(join(shop, 'dbt_packages', 'sluice'));
  await symlink('../../node_modules/@sluice-data/sluice', join(shop, 'dbt_packages', 'sluice'));
  await done(['load', 'customers.csv', '--source', 'shop', '--table', 'customers']);
  // A model of the project and a seed of the package. `build` alone, once the whole package builds below another root project.
  expect(await done(['build', '--select', 'customers', 'freemail_domains'], join(shop, 'models'))).toMatchObject({
    status: 'success',
    models: expect.arrayContaining([expect.objectContaining({ name: 'customers', rows: 3 })]),
  });
  await done(['apply'], join(shop, 'activations'));
  await done(['segment', 'publish', 'regulars']);
  await done(['sync', 'run', 'regulars-to-files']);
  const folder = join(shop, 'out', 'regulars-to-files');
  const written = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
  expect(
    written
      .join('')
      .match(/\w+@example\.com/g)
      ?.sort(),
  ).toEqual(['jo@example.com', 'li@example.com']);
  expect(await readdir(join(shop, 'models'))).toEqual(['customers.sql', 'customers.yml']);

  const checks = (await done(['doctor'])) as { name: string; outcome: string; detail: string }[];
  expect(checks.filter(({ outcome }) => outcome === 'failed' || outcome === 'skipped')).toEqual([]);
  expect(checks).toContainEqual(expect.objectContaining({ name: 'project', detail: shop }));
});

describe('dbt, set up on first use (with a Python that only plays its part)', () => {
  /** Tells its version, makes environments, takes packages: writes each call down, and waits while there is a file named `slow`. */
  const PYTHON = `#!${process.execPath}
const fs = require('node:fs');
const home = process.env.HOME;
const [flag, what, folder] = process.argv.slice(2);
if (flag === '-c' && what.includes('sys.version_info')) {
  console.log(JSON.stringify({ version: '3.12.4', hasVenv: true, hasPip: true }));
} else if (flag === '-m') {
  fs.appendFileSync(home + '/calls.log', what + '\\n');
  if (what === 'pip' && fs.existsSync(home + '/offline')) {
    console.error('NewConnectionError: Failed to establish a new connection');
    process.exit(1);
  }
  while (what === 'pip' && fs.existsSync(home + '/slow')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  if (what === 'venv') {
    fs.mkdirSync(folder + '/bin', { recursive: true });
    fs.copyFileSync(__filename, folder + '/bin/python');
  }
}
`;
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(product.folder, 'home-'));
    await writeFiles(home, { 'bin/python3': PYTHON });
    await chmod(join(home, 'bin', 'python3'), 0o755);
  });

  /** What a command does before it starts dbt; prints the Python that it then starts. */
  function start() {
    const config = `{ SLUICE_PYTHON: undefined, projectDir: ${JSON.stringify(home)} }`;
    const program = `
      const { setUpPython, pythonOf } = await import('file://${product.root}/dist/src/dbt/python.js');
      try {
        await setUpPython(${config});
        console.log(pythonOf(${config}));
      } catch (error) {
        console.log(error.code, error.message, error.hint);
        process.exitCode = error.exitCode;
      }`;
    const env = { PATH: join(home, 'bin'), HOME: home, XDG_CACHE_HOME: join(home, 'cache') };
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
    const ended = Promise.all([exit, text(child.stdout), text(child.stderr)]).then(([code, out, err]) => ({ code, out, err }));
    return { child, ended };
  }

  const calls = async () =>
    existsSync(join(home, 'calls.log')) ? (await readFile(join(home, 'calls.log'), 'utf8')).trim().split('\n') : [];
  const set = (name: string) => writeFile(join(home, name), '');

  test('is installed once into the user’s cache, which it says, by however many commands at once', async () => {
    const first = await Promise.all([start().ended, start().ended]);
    const python = expect.stringMatching(new RegExp(`^${home}/cache/sluice/python-[0-9a-f]{12}/bin/python\n$`));
    expect(first).toEqual([expect.objectContaining({ code: 0, out: python }), expect.objectContaining({ code: 0, out: python })]);
    expect(first.map(({ err }) => err).join('')).toMatch(/setup: installing dbt with Python 3\.12\.4 into \S+ \(about 200 MB/);
    expect(await start().ended).toEqual({ code: 0, out: first[0].out, err: '' });
    expect(await calls()).toEqual(['venv', 'pip']);
  });

  test('killed with -9 half-way is made anew, when what the killed one had started is done', async () => {
    await set('slow');
    const killed = start();
    await expect.poll(calls, { timeout: 30_000 }).toEqual(['venv', 'pip']);
    killed.child.kill('SIGKILL');
    const second = start();
    // The environment, the lock, and the file of whoever waits for it.
    await expect.poll(() => readdir(join(home, 'cache', 'sluice')), { timeout: 30_000 }).toHaveLength(3);
    expect(await calls()).toEqual(['venv', 'pip']);
    await rm(join(home, 'slow'));
    expect(await second.ended).toMatchObject({ code: 0, err: expect.stringContaining('waiting for another set-up') });
    expect(await calls()).toEqual(['venv', 'pip', 'venv', 'pip']);
  });

  test('stopped by a signal ends with 130 and the next command goes on', async () => {
    await set('slow');
    const { child, ended } = start();
    await expect.poll(calls, { timeout: 30_000 }).toEqual(['venv', 'pip']);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 130, out: expect.stringContaining('dbt.cancelled') });
    await rm(join(home, 'slow'));
    expect((await start().ended).code).toBe(0);
  });

  test('without a network, or without Python, says so and what to do, with exit code 3', async () => {
    await set('offline');
    const offline = await start().ended;
    expect(offline.code).toBe(3);
    expect(offline.out).toMatch(
      /^dbt\.not_set_up pip install could not reach the package registry\. Check the network .*run the same command again/,
    );
    await rm(join(home, 'bin', 'python3'));
    expect(await start().ended).toMatchObject({ code: 3, out: expect.stringContaining('Python 3 was not found') });
  });

  test('is that of the project’s own .venv, where dbt and its adapter are in it', async () => {
    const venv = { '.venv/bin/python': PYTHON, '.venv/lib/python3.12/site-packages/dbt/adapters/postgres/__init__.py': '' };
    await writeFiles(home, venv);
    expect((await start().ended).out).toContain('/cache/sluice/');
    await writeFiles(home, { '.venv/lib/python3.12/site-packages/dbt/adapters/clickhouse/__init__.py': '' });
    expect(await start().ended).toEqual({ code: 0, out: `${join(home, '.venv/bin/python')}\n`, err: '' });
  });
});
