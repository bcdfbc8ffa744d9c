/** What the identity benchmarks run in: a server and a data directory of their own, which are gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { readConfig } from '../../src/config.ts';
import type { Dbt } from '../../src/dbt/dbt.ts';
import { stopService } from '../../src/embedded/join.ts';
import { SERVICE_NAMES } from '../../src/embedded/service.ts';
import { defineQuery, defineStatement } from '../../src/warehouse/query.ts';
import { openWarehouse, type Warehouse } from '../../src/warehouse/warehouse.ts';
import { testDbt } from '../../test/dbt.ts';
import { embeddedServerPid } from '../memory.ts';

/** A solve of a hundred million edges takes many minutes. */
const BUILD_TIMEOUT_SECONDS = 3_600;

export interface Laboratory {
  readonly warehouse: Warehouse;
  /** Of the server that is measured. */
  readonly serverPid: number;
  /** Progress, for people. */
  readonly say: (line: string) => void;
  /** DDL and inserts made here, of names and numbers only. */
  run(sql: string): Promise<void>;
  ask<R extends z.ZodObject>(sql: string, row: R): Promise<z.output<R>[]>;
  /** A warm worker on a project. */
  openDbt(projectDir: string): Promise<Dbt>;
}

/** @param closing gets what has to be stopped and removed, as it is made. */
export async function openLaboratory(say: (line: string) => void, closing: AsyncDisposableStack): Promise<Laboratory> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  closing.defer(async () => {
    for (const name of SERVICE_NAMES) await stopService(name, dataDir);
    await rm(dataDir, { recursive: true, force: true });
  });
  // Always an embedded server: the memory of another one could not be seen, and a graph of this size would disturb its users.
  const warehouse = await openWarehouse(readConfig({ SLUICE_DATA_DIR: dataDir, SLUICE_DATABASE_PREFIX: 'sluice' }));
  closing.defer(() => warehouse.close());
  return {
    warehouse,
    serverPid: await embeddedServerPid(dataDir),
    say,
    async run(sql) {
      await warehouse.owner.run(defineStatement({ name: 'bench.identity', sql, params: z.object({}) }), {});
    },
    ask: (sql, row) => warehouse.owner.ask(defineQuery({ name: 'bench.identity', sql, params: z.object({}), row }), {}),
    async openDbt(projectDir) {
      const dbt = await testDbt(warehouse, { projectDir, timeoutSeconds: BUILD_TIMEOUT_SECONDS });
      // Whoever asked closes it too; but nobody does when it cannot be opened, and its process would keep this one alive.
      closing.defer(() => dbt.close());
      // What is measured are builds; parsing the project belongs to none of them.
      await dbt.manifest();
      return dbt;
    },
  };
}
