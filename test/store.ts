/**
 * Control planes for tests. `testStore()` is the quick one for every room's tests; `storeStacks()` lists every kind of PostgreSQL that this
 * machine can run, for the tests of the store itself, which must pass on all of them.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { type SharedPglite, sharePglite } from '../src/embedded/postgres/sharing.ts';
import { serialised } from '../src/embedded/private-files.ts';
import { openStore, type Store, type StoreConfig } from '../src/store/store.ts';

export interface TestStore extends Store {
  /** For what opens the store itself, or a second connection to it. */
  readonly config: StoreConfig;
}

/**
 * A store of its own, empty but migrated, in this process's memory: 0.3 s, of which the first call on a machine takes 2 s more.
 * Close it in `afterAll`.
 */
export async function testStore(): Promise<TestStore> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-store-'));
  const pglite = await PGlite.create({ loadDataDir: await emptyDatabase() });
  const shared = await share(pglite);
  const config = { DATABASE_URL: urlOf(shared), SLUICE_SECRET_KEY: undefined, dataDir };
  const store = await openStore(config);
  return {
    ...store,
    config,
    async close() {
      await store.close();
      await shared.close();
      await pglite.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const password = 'test';
const urlOf = ({ port }: SharedPglite) => `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;

function share(pglite: PGlite): Promise<SharedPglite> {
  return sharePglite({
    pglite,
    port: 0,
    password,
    onCrash(error) {
      throw error;
    },
  });
}

/** A PGlite's files right after our migrations, made once per machine and state of the migrations: making them anew costs 2 s each time. */
async function emptyDatabase(): Promise<Blob> {
  const folder = join(tmpdir(), `sluice-test-stores-${userInfo().username}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${await fingerprint()}.tar`);
  return serialised(folder, 'template', async () => {
    const known = await readFile(path).catch(() => undefined);
    if (known) return new Blob([known]);
    const pglite = await PGlite.create();
    const shared = await share(pglite);
    const store = await openStore({ DATABASE_URL: urlOf(shared), SLUICE_SECRET_KEY: undefined, dataDir: folder });
    await store.close();
    await shared.close();
    const dump = await pglite.dumpDataDir('none');
    await pglite.close();
    await writeFile(`${path}.part`, Buffer.from(await dump.arrayBuffer()), { mode: 0o600 });
    await rename(`${path}.part`, path);
    return dump;
  });
}

async function fingerprint(): Promise<string> {
  const migrations = new URL('../src/store/migrations/', import.meta.url);
  const names = (await readdir(migrations)).filter((name) => name.endsWith('.sql')).sort();
  const files = [...names.map((name) => new URL(name, migrations)), createRequire(import.meta.url).resolve('@electric-sql/pglite')];
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}
