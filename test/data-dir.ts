/** A data directory of a test's own: for promises that need a server to themselves, such as what happens when it is killed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, readConfig } from '../src/config.ts';
import { stopService } from '../src/embedded/join.ts';
import { SERVICE_NAMES } from '../src/embedded/service.ts';

export interface TestDataDir {
  readonly path: string;
  readonly config: Config;
  /** Stops its servers and removes it. */
  remove(): Promise<void>;
}

export async function testDataDir(environment: Record<string, string> = {}): Promise<TestDataDir> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-'));
  return {
    path,
    config: readConfig({ SLUICE_DATA_DIR: path, ...environment }),
    async remove() {
      for (const name of SERVICE_NAMES) await stopService(name, path);
      await rm(path, { recursive: true, force: true });
    },
  };
}
