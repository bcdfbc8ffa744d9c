/** What the readers' benchmark runs in: a data directory of its own with one write key, gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { stopService } from '../../src/embedded/join.ts';
import { SERVICE_NAMES } from '../../src/embedded/service.ts';

export async function openPlace(closing: AsyncDisposableStack): Promise<{ environment: NodeJS.ProcessEnv; key: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  closing.defer(async () => {
    for (const name of SERVICE_NAMES) await stopService(name, dataDir);
    await rm(dataDir, { recursive: true, force: true });
  });
  // Both servers are embedded ones in any case: the limits under test are theirs.
  const environment = {
    SLUICE_DATA_DIR: dataDir,
    SLUICE_PROJECT_DIR: fileURLToPath(new URL('../..', import.meta.url)),
    CLICKHOUSE_URL: '',
    DATABASE_URL: '',
  };
  const app = openApp(readConfig({ ...process.env, ...environment }));
  const { plain: key } = await (await app.store()).apiKeys.create({ name: 'bench', scopes: ['collect'], source: 'bench' });
  await app.close();
  return { environment, key };
}
