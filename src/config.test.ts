/** Which project a command works on, and what its .env says. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadEnvironmentFile, readConfig } from './config.ts';
import { PRODUCT } from './product.ts';

let shop: string;
let deep: string;

beforeEach(async () => {
  shop = await realpath(await mkdtemp(join(tmpdir(), 'sluice-shop-')));
  deep = join(shop, 'models', 'marts');
  await write('dbt_project.yml', 'name: shop\n');
  await mkdir(deep, { recursive: true });
});

afterEach(() => rm(shop, { recursive: true, force: true }));

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(shop, path)), { recursive: true });
  await writeFile(join(shop, path), content);
}

/** What the environment is after .env was read, started with `environment` in `cwd`. */
function loaded(environment: NodeJS.ProcessEnv = {}, cwd = shop): NodeJS.ProcessEnv {
  const copy = { ...environment };
  loadEnvironmentFile(copy, cwd);
  return copy;
}

describe('the project', () => {
  test('is the folder of dbt_project.yml at or above the working folder', () => {
    expect(readConfig({}, shop).projectDir).toBe(shop);
    expect(readConfig({}, deep).projectDir).toBe(shop);
  });

  test('is what SLUICE_PROJECT_DIR says, from the working folder, when that is set', () => {
    expect(readConfig({ SLUICE_PROJECT_DIR: '../other' }, deep).projectDir).toBe(join(shop, 'models', 'other'));
    expect(readConfig({ SLUICE_PROJECT_DIR: '' }, deep).projectDir).toBe(shop);
  });

  test('is never the dbt package of an installation, which has a dbt_project.yml too', async () => {
    const installation = 'node_modules/@sluice-data/sluice';
    await write(`${installation}/package.json`, '{ "name": "@sluice-data/sluice" }');
    await write(`${installation}/dbt_project.yml`, 'name: sluice\n');
    expect(readConfig({}, join(shop, installation)).projectDir).toBe(shop);
  });

  test('is a clone itself where no other is nearer', () => {
    expect(readConfig({}, join(PRODUCT.root, 'docs')).projectDir).toBe(PRODUCT.root);
  });

  test('that is not there is no fault until a command needs it, and then a sentence says what to do', async () => {
    await rm(join(shop, 'dbt_project.yml'));
    const config = readConfig({}, deep);
    expect(config.project).toBeUndefined();
    expect(() => config.projectDir).toThrow(
      expect.objectContaining({ code: 'config.no_project', exitCode: 3, hint: expect.stringContaining('sluice init DIR') }),
    );
  });
});

test('a time zone that there is not is refused, before days and schedules are counted in it', () => {
  expect(() => readConfig({ SLUICE_TIMEZONE: 'Mars/X' }, tmpdir())).toThrow('SLUICE_TIMEZONE: an IANA time zone like Europe/Amsterdam');
});

describe('a relative path', () => {
  test('of the data is the project’s .sluice in every folder of the project, and the working folder’s without a project', async () => {
    expect(readConfig({}, deep).dataDir).toBe(join(shop, '.sluice'));
    await rm(join(shop, 'dbt_project.yml'));
    expect(readConfig({}, deep).dataDir).toBe(join(deep, '.sluice'));
  });

  test('in the environment is meant from the working folder, in .env from the project', async () => {
    expect(readConfig({ SLUICE_DATA_DIR: 'data', SLUICE_PYTHON: 'venv/bin/python' }, deep)).toMatchObject({
      dataDir: join(deep, 'data'),
      SLUICE_PYTHON: join(deep, 'venv/bin/python'),
    });
    await write('.env', 'SLUICE_DATA_DIR=data\nSLUICE_PYTHON=venv/bin/python\n');
    expect(readConfig(loaded({}, deep), deep)).toMatchObject({ dataDir: join(shop, 'data'), SLUICE_PYTHON: join(shop, 'venv/bin/python') });
    await write('.env', 'SLUICE_PYTHON=python3.12');
    expect(readConfig(loaded({}, deep), deep).SLUICE_PYTHON).toBe('python3.12');
  });
});

describe('.env', () => {
  test('of the project is read from every folder of it, known variables and others', async () => {
    await write('.env', 'SLUICE_TIMEZONE=Europe/Berlin # ours\nexport CRM_SECRET="a # b"\n\n# nothing\nLONG=\'one\ntwo\'\r\n');
    expect(loaded({}, deep)).toEqual({ SLUICE_TIMEZONE: 'Europe/Berlin', CRM_SECRET: 'a # b', LONG: 'one\ntwo' });
  });

  test('changes nothing that the environment has, be it empty', async () => {
    await write('.env', 'SLUICE_PORT=1\nCLICKHOUSE_URL=http://localhost:8123\n');
    const config = readConfig(loaded({ SLUICE_PORT: '2', CLICKHOUSE_URL: '' }), shop);
    expect([config.SLUICE_PORT, config.CLICKHOUSE_URL]).toEqual([2, undefined]);
  });

  test('may be absent, and SLUICE_ENV_FILE names another', async () => {
    expect(loaded()).toEqual({});
    await write('.env', 'A=1');
    await write('ci.env', 'A=2');
    expect(loaded({ SLUICE_ENV_FILE: 'ci.env' })).toMatchObject({ A: '2' });
    expect(loaded({ SLUICE_ENV_FILE: '/dev/null' })).not.toHaveProperty('A');
    expect(() => loaded({ SLUICE_ENV_FILE: 'absent.env' })).toThrow('absent.env cannot be read (ENOENT)');
  });

  test.each([
    ['A=1\nSECRET hunter2\n', ':2 is not NAME=value'],
    ['# x\n\n=hunter2', ':3 is not NAME=value'],
    ['A=1\nB="hunter2\nC=3\n', ':2 opens a quote that is not closed'],
    ['A="hunter2\nB="3"\n', ':1 opens a quote that is not closed, or goes on behind it'],
    ['A=hunter2#3', ':1 has a # in its value: put the value into quotes'],
    ['SLUICE_PROJECT_DIR=elsewhere', ' sets SLUICE_PROJECT_DIR'],
    [new Uint8Array([65, 61, 0xff, 0xfe]), ' cannot be read'],
  ])('that says %j is refused with the place, and without the value', async (content, place) => {
    await write('.env', content);
    const told = await Promise.resolve()
      .then(() => loaded())
      .catch((error: Error) => error);
    expect(told).toMatchObject({ code: 'config.invalid_env_file', exitCode: 3, message: expect.stringContaining(`.env${place}`) });
    expect(JSON.stringify(told)).not.toContain('hunter2');
  });

  test('that is there and cannot be read is refused, not passed over', async () => {
    await mkdir(join(shop, '.env'));
    expect(() => loaded()).toThrow('cannot be read (EISDIR)');
  });
});
