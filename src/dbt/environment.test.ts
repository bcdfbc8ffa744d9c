import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PRODUCT } from '../product.ts';
import { profileOf } from './environment.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-profile-'));
  await Promise.all(['project', 'home/.dbt', 'elsewhere'].map((folder) => mkdir(join(root, folder), { recursive: true })));
  await writeFile(join(root, 'project/dbt_project.yml'), 'name: shop\nprofile: shop\n');
});
afterEach(() => rm(root, { recursive: true }));

const put = (folder: string, profile = 'shop') => writeFile(join(root, folder, 'profiles.yml'), `${profile}: { target: dev }\n`);
const found = (environment: NodeJS.ProcessEnv = {}, target?: string) =>
  profileOf({ projectDir: join(root, 'project'), SLUICE_DBT_TARGET: target }, { HOME: join(root, 'home'), ...environment });

test("the project's own profile is found where dbt finds it: DBT_PROFILES_DIR, the project's folder, ~/.dbt", async () => {
  await put('home/.dbt');
  expect(found()).toEqual({ DBT_PROFILES_DIR: join(root, 'home/.dbt') });
  await put('project');
  expect(found()).toEqual({ DBT_PROFILES_DIR: join(root, 'project') });
  await put('elsewhere');
  expect(found({ DBT_PROFILES_DIR: join(root, 'elsewhere') })).toEqual({ DBT_PROFILES_DIR: join(root, 'elsewhere') });
});

test('a profile of another name is not the project’s: then ours leads to the warehouse', async () => {
  await put('home/.dbt', 'somebody_elses');
  const ours = { DBT_PROFILES_DIR: PRODUCT.root, DBT_PROFILE: 'sluice' };
  expect(found()).toEqual(ours);
  await put('project', 'somebody_elses');
  expect(found()).toEqual(ours);
  expect(found({ DBT_PROFILE: 'somebody_elses' })).toEqual({ DBT_PROFILES_DIR: join(root, 'project') });
});

test('SLUICE_DBT_TARGET says which target is built', async () => {
  await put('project');
  expect(found({}, 'prod')).toEqual({ DBT_PROFILES_DIR: join(root, 'project'), DBT_TARGET: 'prod' });
});
