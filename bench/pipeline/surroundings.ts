/** What the pipeline runs in: a data directory and databases of its own, which are gone afterwards, and three helper processes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { type App, openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { stopService } from '../../src/embedded/join.ts';
import { SERVICE_NAMES } from '../../src/embedded/service.ts';
import { NODE_FLAGS } from '../../src/node-flags.mjs';
import type { Store } from '../../src/store/store.ts';
import { defineStatement } from '../../src/warehouse/query.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { type Child, type Methods, startChild } from '../child.ts';
import type { BareLoopMethods } from './bare-loop-process.ts';
import type { ServiceMethods } from './service-process.ts';

import type { SinkMethods } from './sink-process.ts';

export interface Surroundings {
  readonly app: App;
  readonly dataDir: string;
  readonly warehouse: Warehouse;
  readonly store: Store;
  /** Of a process that is to work in the same place. */
  readonly environment: Readonly<Record<string, string>>;
  /** Starts them: each begins with a memory of its own when it is first needed. */
  readonly children: {
    service(): Child<ServiceMethods>;
    sink(): Child<SinkMethods>;
    bareLoop(): Child<BareLoopMethods>;
  };
}

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
/** In the environment of the children: the destination's document refers to it. */
export const SECRET_NAME = 'BENCH_WEBHOOK_SECRET';

/** @param closing gets what has to be stopped and removed, as it is made. */
export async function openSurroundings(
  options: { readonly keep: boolean; readonly say: (line: string) => void },
  closing: AsyncDisposableStack,
): Promise<Surroundings> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  closing.defer(async () => {
    if (options.keep) return options.say(`Left in place: SLUICE_DATA_DIR=${dataDir}`);
    for (const name of SERVICE_NAMES) await stopService(name, dataDir);
    await rm(dataDir, { recursive: true, force: true });
  });
  const environment = {
    SLUICE_DATA_DIR: dataDir,
    SLUICE_PROJECT_DIR: PROJECT,
    SLUICE_TIMEZONE: 'UTC',
    // The control plane is an embedded one in any case. On a server that others use, the databases must be nobody else's.
    DATABASE_URL: '',
    ...(process.env.CLICKHOUSE_URL === undefined ? {} : { SLUICE_DATABASE_PREFIX: `sluice_bench_${Date.now().toString(36)}` }),
    [SECRET_NAME]: `whsec_${Buffer.from('benchmarks sign with a key too').toString('base64')}`,
  };
  const app = openApp(readConfig({ ...process.env, ...environment }));
  closing.defer(() => app.close());
  const warehouse = await app.warehouse();
  if (!warehouse.isEmbedded && !options.keep) closing.defer(() => dropDatabases(warehouse));
  const start = <M extends Methods>(file: string, flags: readonly string[] = []): Child<M> => {
    const child = startChild<M>(new URL(file, import.meta.url), environment, flags);
    closing.defer(() => child.stop());
    return child;
  };
  return {
    app,
    dataDir,
    warehouse,
    store: await app.store(),
    environment,
    children: {
      service: () => start<ServiceMethods>('./service-process.ts', NODE_FLAGS),
      sink: () => start<SinkMethods>('./sink-process.ts'),
      bareLoop: () => start<BareLoopMethods>('./bare-loop-process.ts'),
    },
  };
}

async function dropDatabases({ owner, databases }: Warehouse): Promise<void> {
  for (const database of Object.values(databases)) {
    await owner.run(
      defineStatement({
        name: 'bench.drop_database',
        sql: 'drop database if exists {database:Identifier} sync',
        params: z.object({ database: z.string() }),
      }),
      { database },
    );
  }
}
