/** The dbt project for tests: a worker on a test warehouse, and copies of the project that a test may break. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Dbt, openDbt } from '../src/dbt/dbt.ts';
import type { Leases } from '../src/store/leases.ts';
import type { Warehouse } from '../src/warehouse/warehouse.ts';
import { ownPython, sharedPython } from './dbt-template/python.ts';

const PROJECT_DIR = fileURLToPath(new URL('..', import.meta.url));

/** For tests in which nobody else builds. */
const freeLease: Pick<Leases, 'withLease'> = {
  withLease: (name, options, work) =>
    work(options.signal ?? new AbortController().signal, {
      name,
      fencingToken: 1,
      renew: async () => true,
      release: async () => undefined,
    }),
};

export interface TestDbtOptions {
  /** Default: this repository. */
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
    SLUICE_DBT_TIMEOUT_SECONDS: options.timeoutSeconds ?? 300,
    dataDir,
    projectDir: options.projectDir ?? PROJECT_DIR,
  };
  const dbt = openDbt(config, warehouse, { leases: options.leases ?? freeLease });
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
  /** Writes `models/<name>.sql`. */
  write(name: string, sql: string): Promise<void>;
  remove(): Promise<void>;
}

/** A copy of what dbt reads, to be changed by a test; `withModels: false` leaves models/ empty. */
export async function copyOfProject(options: { readonly withModels: boolean }): Promise<ProjectCopy> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-project-'));
  const parts = ['dbt_project.yml', 'profiles.yml', 'sql/macros', ...(options.withModels ? ['models', 'sql/tests', 'sql/seeds'] : [])];
  for (const part of parts) await cp(join(PROJECT_DIR, part), join(dir, part), { recursive: true });
  await mkdir(join(dir, 'models'), { recursive: true });
  return {
    dir,
    write: (name, sql) => writeFile(join(dir, 'models', `${name}.sql`), sql),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
