/** The environment of a check: a folder of its own that is removed when the check ends, never the project's own warehouse. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Config, readConfig } from '../config.ts';
import { stopService } from '../embedded/join.ts';
import { PRODUCT } from '../product.ts';
import { openWarehouse, type Warehouse } from '../warehouse/warehouse.ts';

export interface Surroundings {
  /**
   * The project's configuration, with an embedded warehouse in the temporary folder in place of every server that the environment names.
   */
  readonly config: Config;
  /**
   * Folder of a profiles.yml that leads to that warehouse under the name of the project's profile; the project's own file may lead to
   * production.
   */
  readonly profilesDir: string;
  openWarehouse(): Promise<Warehouse>;
  /** Stops the server and removes the folder. */
  close(): Promise<void>;
}

/** The variables that lead to servers and data of an installation. */
const ELSEWHERE = /^(CLICKHOUSE_|DATABASE_URL$|SLUICE_RAW_DATABASE$|SLUICE_DATA_DIR$|DBT_)/;

export async function makeSurroundings(projectDir: string, environment: NodeJS.ProcessEnv): Promise<Surroundings> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-ci-'));
  const kept = Object.entries(environment).filter(([name]) => !ELSEWHERE.test(name));
  const config = readConfig({ ...Object.fromEntries(kept), SLUICE_DATA_DIR: dataDir, SLUICE_PROJECT_DIR: projectDir });
  const profilesDir = await writeProfile(projectDir, join(dataDir, 'profiles'), environment);
  let warehouse: Warehouse | undefined;
  return {
    config,
    profilesDir,
    async openWarehouse() {
      // The restricted users may read any schema of the project: nothing else is on this server.
      warehouse = await openWarehouse(config, { embedded: { prefixPattern: '*', lingerMs: 1_000 } });
      return warehouse;
    },
    async close() {
      await warehouse?.close();
      await stopService('clickhouse', dataDir);
      await rm(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** Profile and target have the names that dbt will ask for: DBT_PROFILE and DBT_TARGET take precedence over the project's. */
async function writeProfile(projectDir: string, folder: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const target = environment.DBT_TARGET || 'warehouse';
  const [project, ours] = await Promise.all([
    readFile(join(projectDir, 'dbt_project.yml'), 'utf8'),
    readFile(join(PRODUCT.root, 'profiles.yml'), 'utf8'),
  ]);
  await mkdir(folder);
  const named = ours
    .replace(/^sluice:/m, () => `${JSON.stringify(environment.DBT_PROFILE || profileOf(project))}:`)
    .replace(/^( {2}target: )warehouse$/m, (_, start: string) => start + JSON.stringify(target))
    .replace(/^( {4})warehouse:/m, (_, start: string) => `${start}${JSON.stringify(target)}:`);
  await writeFile(join(folder, 'profiles.yml'), named);
  return folder;
}

/** Our own profile's name when the project's cannot be read: dbt reports what is wrong with the file. */
function profileOf(project: string): string {
  try {
    const { profile } = parse(project) as { profile?: unknown };
    return typeof profile === 'string' ? profile : 'sluice';
  } catch {
    return 'sluice';
  }
}
