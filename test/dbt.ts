/** The dbt project for tests: a worker on a test warehouse, and copies of the project that a test may break. */

import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Dbt, openDbt } from '../src/dbt/dbt.ts';
import { freeLeases } from '../src/store/free-leases.ts';
import type { Leases } from '../src/store/leases.ts';
import type { Warehouse } from '../src/warehouse/warehouse.ts';
import { ownPython, sharedPython } from './dbt-template/python.ts';

/** Where the dbt package is, which is a project by itself: of what the collection API lands, and nothing else. */
export const PRODUCT_DIR = fileURLToPath(new URL('..', import.meta.url));
/** The project of many sources that tests build. */
export const PROJECT_DIR = join(PRODUCT_DIR, 'demo/project');

export interface TestDbtOptions {
  /** Default: that of the demo. */
  readonly projectDir?: string;
  readonly leases?: Pick<Leases, 'withLease'>;
  readonly timeoutSeconds?: number;
  /** Default: a worker that shares what the run's other workers have loaded. */
  readonly python?: string;
  /** A worker that starts as the product starts it: for promises about its process. */
  readonly isCold?: boolean;
}

export async function testDbt(warehouse: Warehouse, options: TestDbtOptions = {}): Promise<Dbt & { readonly dataDir: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-dbt-'));
  const config = {
    SLUICE_PYTHON: options.python ?? (options.isCold ? ownPython() : sharedPython()),
    SLUICE_DBT_TARGET: undefined,
    SLUICE_DBT_TIMEOUT_SECONDS: options.timeoutSeconds ?? 300,
    dataDir,
    projectDir: options.projectDir ?? PROJECT_DIR,
  };
  const dbt = openDbt(config, warehouse, { leases: options.leases ?? freeLeases() });
  return {
    ...dbt,
    dataDir,
    async close() {
      await dbt.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export interface ProjectCopy {
  readonly dir: string;
  /** The dbt package that the project uses; the project itself where it has no models. */
  readonly packageDir: string;
  /** Writes `models/<name>.sql`. */
  write(name: string, sql: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * A copy to be changed by a test: with models, of the demo's project and the package that it uses; without, of the package alone, with its macros
 * and an empty models/.
 */
export async function copyOfProject(options: { readonly withModels: boolean }): Promise<ProjectCopy> {
  const packageDir = await mkdtemp(join(tmpdir(), 'sluice-project-'));
  const parts = options.withModels
    ? ['dbt_project.yml', 'profiles.yml', 'models', 'sql/macros', 'sql/tests', 'sql/seeds', 'demo/project']
    : ['dbt_project.yml', 'profiles.yml', 'sql/macros'];
  const isSource = (path: string) => !['dbt_packages', 'target', 'logs', '.sluice'].includes(basename(path));
  for (const part of parts) await cp(join(PRODUCT_DIR, part), join(packageDir, part), { recursive: true, filter: isSource });
  const dir = options.withModels ? join(packageDir, 'demo/project') : packageDir;
  await mkdir(join(dir, 'models'), { recursive: true });
  return {
    dir,
    packageDir,
    write: (name, sql) => writeFile(join(dir, 'models', `${name}.sql`), sql),
    remove: () => rm(packageDir, { recursive: true, force: true }),
  };
}

/** The worker is told the folder of its files on its command line. */
export async function killWorkerOf(dataDir: string): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('worker.py') && command.includes(dataDir)) process.kill(Number(pid), 'SIGKILL');
  }
}
