import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PRODUCT } from '../product.ts';
import { PRODUCT_NAME } from '../project-folder.mjs';
import { initInto } from './init-into.ts';
import { initProject } from './init-project.ts';
import { TEMPLATES } from './template.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'sluice-init-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (path: string) => join(folder, path);
const read = (path: string) => readFile(at(path), 'utf8');
async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), text);
}
const files = async (path = '.') =>
  (await readdir(at(path), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(at(path).length + 1))
    .sort();
const init = (dir: string, over: Partial<Parameters<typeof initProject>[0]> = {}) =>
  initProject({ dir: at(dir), template: 'web', isDryRun: false, ...over });
const into = (dir = '.', over: Partial<Parameters<typeof initInto>[0]> = {}) =>
  initInto({ dir: at(dir), isWithoutIdentity: false, isDryRun: false, ...over });
const did = ({ files: outcomes }: Awaited<ReturnType<typeof into>>) =>
  Object.fromEntries(outcomes.map(({ path, did: what }) => [path, what]));

describe('a new project', () => {
  test.each(TEMPLATES)('of the template %s has every part, no word left to fill in, and none of the demo', async (template) => {
    await init('Café 1st', { template });
    const all = await files('Café 1st');
    expect(all).toEqual(
      expect.arrayContaining([
        '.env',
        '.env.example',
        '.github/workflows/sluice.yml',
        '.gitignore',
        'README.md',
        'dbt_project.yml',
        'exports/.gitkeep',
        'package.json',
        'packages.yml',
      ]),
    );
    for (const name of ['destinations', 'segments', 'syncs'])
      expect(all.some((path) => path.startsWith(`activations/${name}/`))).toBe(true);
    for (const name of ['staging', 'marts']) expect(all.some((path) => path.startsWith(`models/${name}/`))).toBe(true);
    for (const path of all) {
      const text = await read(join('Café 1st', path));
      expect({ path, words: text.match(/__[A-Z]+__|\b(baby|coupons?|tills?|households?|campaigns?|grocer(y|ies)?)\b/gi) }).toEqual({
        path,
        words: null,
      });
    }
    expect(parse(await read('Café 1st/dbt_project.yml'))).toMatchObject({
      name: 'cafe_1st',
      flags: { require_ref_searches_node_package_before_root: true },
    });
    expect((await read('Café 1st/.env')).split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
    // Passwords will be in it.
    expect((await stat(at('Café 1st/.env'))).mode & 0o077).toBe(0);
  });

  test.each([
    ['2026 shop', 'project_2026_shop'],
    ['Läden 店', 'laden'],
    ['sluice', 'project_sluice'],
    ['…', 'project'],
  ])('in the folder %s is called %s', async (dir, name) => {
    await init(dir);
    expect(parse(await read(join(dir, 'dbt_project.yml')))).toMatchObject({ name });
  });

  test('finds the package by a path from itself, also through a link', async () => {
    await mkdir(at('real/deep'), { recursive: true });
    await symlink(at('real/deep'), at('link'));
    await init('link/shop');
    const [{ local }] = parse(await read('real/deep/shop/packages.yml')).packages;
    expect(local).toMatch(/^\.\.\//);
    expect(resolve(at('real/deep/shop'), local)).toBe(PRODUCT.root);
  });

  test('finds it in node_modules above, whatever a package manager links there', async () => {
    await write('package.json', JSON.stringify({ dependencies: { [PRODUCT_NAME]: '1.0.0' } }));
    await mkdir(at(dirname(`node_modules/${PRODUCT_NAME}`)), { recursive: true });
    await symlink(PRODUCT.root, at(`node_modules/${PRODUCT_NAME}`));
    const { packagePath } = await init('shop');
    expect(packagePath).toBe(`../node_modules/${PRODUCT_NAME}`);
    await rm(at('shop'), { recursive: true });
    expect((await init('.')).packagePath).toBe(`node_modules/${PRODUCT_NAME}`);
  });

  test('has a package.json only where none above brings Sluice along, and says so', async () => {
    expect((await init('alone')).next[0]).toContain('No package.json above');
    expect(JSON.parse(await read('alone/package.json')).dependencies).toEqual({ [PRODUCT_NAME]: expect.stringMatching(/^file:\.\.\//) });
    await write('team/package.json', JSON.stringify({ devDependencies: { [PRODUCT_NAME]: '1.0.0' } }));
    await init('team/shop');
    expect(existsSync(at('team/shop/package.json'))).toBe(false);
    await write('own/package.json', '{}');
    expect((await init('own')).next[0]).toContain(PRODUCT_NAME);
    expect(await read('own/package.json')).toBe('{}');
  });

  test('is safe to write again: nothing changes, what is missing comes back', async () => {
    await init('shop');
    await rm(at('shop/README.md'));
    await write('shop/.git/HEAD', 'x');
    await write('shop/target/manifest.json', '{}');
    await write('shop/exports/lapsed/1.csv', '_operation');
    const again = await init('shop');
    expect(again.files.filter(({ did: what }) => what !== 'unchanged').map(({ path }) => path)).toEqual(['README.md']);
  });

  test('goes into no folder with anything else in it, and writes nothing then', async () => {
    await write('shop/notes.txt', 'mine');
    await expect(init('shop')).rejects.toMatchObject({ code: 'project.not_empty', message: expect.stringContaining('notes.txt') });
    expect(await files('shop')).toEqual(['notes.txt']);
    await init('other');
    await write('other/dbt_project.yml', 'name: changed\n');
    await expect(init('other')).rejects.toMatchObject({ code: 'project.not_empty', message: expect.stringContaining('dbt_project.yml') });
    await expect(init('other/dbt_project.yml')).rejects.toMatchObject({ code: 'project.not_empty' });
  });

  test('is only told of with --dry-run', async () => {
    expect((await init('shop', { isDryRun: true })).files.length).toBeGreaterThan(15);
    expect(existsSync(at('shop'))).toBe(false);
  });
});

const DBT_PROJECT = `name:   jaffle   # ours
version: "1.0"
profile: jaffle

models:
    jaffle:            # four spaces
        staging:  { +materialized: view }

vars:
    start: 2020-01-01   # of time
# last words
`;

describe('beside a dbt project', () => {
  test('lines are added, and none is changed', async () => {
    await write('dbt_project.yml', DBT_PROJECT);
    await write('packages.yml', 'packages:\n- package: dbt-labs/dbt_utils # helpers\n  version: 1.3.0\n');
    await write('.gitignore', 'target\n/.env\n');
    await write('models/staging/stg_a.sql', 'select 1 as a\n');
    const outcome = await into();
    expect(did(outcome)).toEqual({
      'dbt_project.yml': 'changed',
      'packages.yml': 'changed',
      '.gitignore': 'changed',
      '.env.example': 'created',
      'activations/destinations/.gitkeep': 'created',
      'activations/segments/.gitkeep': 'created',
      'activations/syncs/.gitkeep': 'created',
    });
    const lines = (await read('dbt_project.yml')).split('\n');
    expect(lines.filter((line) => DBT_PROJECT.split('\n').includes(line)).join('\n')).toContain(
      DBT_PROJECT.trim().split('\n').slice(-3)[0],
    );
    const kept = [...DBT_PROJECT.trim().split('\n')];
    for (const line of lines) if (line === kept[0]) kept.shift();
    expect(kept).toEqual([]);
    expect(parse(await read('dbt_project.yml'))).toEqual({
      ...parse(DBT_PROJECT),
      vars: { ...parse(DBT_PROJECT).vars, sluice: { source_formats: {} } },
      flags: { require_ref_searches_node_package_before_root: true },
    });
    expect(await read('packages.yml')).toBe(
      `packages:\n- package: dbt-labs/dbt_utils # helpers\n  version: 1.3.0\n- local: ${outcome.packagePath}\n`,
    );
    expect(await read('.gitignore')).toBe('target\n/.env\n.sluice/\ndbt_packages/\n');
    expect(await read('models/staging/stg_a.sql')).toBe('select 1 as a\n');
  });

  test('the second time there is nothing to do', async () => {
    await write('dbt_project.yml', DBT_PROJECT);
    await into('.', { isWithoutIdentity: true });
    await cp(folder, `${folder}-first`, { recursive: true });
    const again = await into('.', { isWithoutIdentity: true });
    expect(new Set(Object.values(did(again)))).toEqual(new Set(['unchanged']));
    for (const path of await files()) expect(await read(path)).toBe(await readFile(join(`${folder}-first`, path), 'utf8'));
    await rm(`${folder}-first`, { recursive: true });
  });

  test('a project that has dependencies.yml gets the package there, if it has no packages.yml', async () => {
    await write('dbt_project.yml', DBT_PROJECT);
    await write('dependencies.yml', 'projects:\n  - name: finance\n');
    const { packagePath } = await into();
    expect(await read('dependencies.yml')).toBe(`projects:\n  - name: finance\n\npackages:\n  - local: ${packagePath}\n`);
    expect(existsSync(at('packages.yml'))).toBe(false);
    await write('both/dbt_project.yml', DBT_PROJECT);
    await write('both/dependencies.yml', 'projects:\n  - name: finance\n');
    await write('both/packages.yml', '');
    expect(did(await into('both'))).toMatchObject({ 'packages.yml': 'changed' });
  });

  test('settings that are there already stay as they are, and are named', async () => {
    await write(
      'dbt_project.yml',
      `${DBT_PROJECT.replace('vars:', 'vars:\n    sluice: { as_of: "2025-01-01 00:00:00" }')}flags: { require_ref_searches_node_package_before_root: false }\n`,
    );
    const before = await read('dbt_project.yml');
    const [settings] = (await into()).files;
    expect(settings).toEqual({
      path: 'dbt_project.yml',
      did: 'left',
      what: expect.stringMatching(/vars\.sluice is there already.*flags\.require_ref/),
    });
    expect(await read('dbt_project.yml')).toBe(before);
  });

  test('--without-identity switches the models of the package off, and says what to declare', async () => {
    await write('dbt_project.yml', DBT_PROJECT);
    const { next } = await into('.', { isWithoutIdentity: true });
    expect(parse(await read('dbt_project.yml'))).toMatchObject({
      models: { ...parse(DBT_PROJECT).models, sluice: { '+enabled': false } },
      seeds: { sluice: { '+enabled': false } },
    });
    expect(next.join('\n')).toContain('entity: person');
  });

  test.each([
    ['without dbt_project.yml', {}, 'project.no_dbt_project'],
    ['that is called sluice', { 'dbt_project.yml': 'name: sluice\n' }, 'project.package_taken'],
    [
      'with a package sluice from elsewhere',
      { 'dbt_project.yml': 'name: x\n', 'packages.yml': 'packages:\n  - git: "https://git.example.com/x/sluice.git"\n' },
      'project.package_taken',
    ],
    [
      'with a package sluice from a hub',
      { 'dbt_project.yml': 'name: x\n', 'packages.yml': 'packages:\n  - { package: y/sluice, version: 1.0.0 }\n' },
      'project.package_taken',
    ],
    [
      'with a Sluice that is gone',
      { 'dbt_project.yml': 'name: x\n', 'packages.yml': 'packages:\n  - local: ../old/sluice\n' },
      'project.package_taken',
    ],
    [
      'with another folder of that name',
      { 'dbt_project.yml': 'name: x\n', 'other/dbt_project.yml': 'name: sluice\n', 'packages.yml': 'packages:\n  - local: other\n' },
      'project.package_taken',
    ],
    ['whose packages.yml is no YAML', { 'dbt_project.yml': 'name: x\n', 'packages.yml': 'packages: [\n' }, 'project.cannot_add'],
    ['whose vars are no mapping', { 'dbt_project.yml': 'name: x\nvars: 3\n' }, 'project.cannot_add'],
  ])('a project %s is refused with a sentence, and stays as it is', async (_, given, code) => {
    for (const [path, text] of Object.entries(given)) await write(path, text);
    const before = await files();
    await expect(into()).rejects.toMatchObject({ code, hint: expect.stringMatching(/./) });
    expect(await files()).toEqual(before);
    for (const [path, text] of Object.entries(given)) expect(await read(path)).toBe(text);
  });

  test('--dry-run says what would be done, and does nothing', async () => {
    await write('dbt_project.yml', DBT_PROJECT);
    expect(did(await into('.', { isDryRun: true }))).toMatchObject({ 'dbt_project.yml': 'changed', 'packages.yml': 'created' });
    expect(await files()).toEqual(['dbt_project.yml']);
  });
});
