/** What tests of `sluice load` share: a warehouse, a control plane, and files of their own in a folder. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll } from 'vitest';
import { loadFiles } from '../src/loads/load-files.ts';
import type { LoadDeps, LoadRequest } from '../src/loads/load-request.ts';
import type { Warehouse } from '../src/warehouse/warehouse.ts';
import { type TestStore, testStore } from './store.ts';
import { rowsOf, runSql, testWarehouse } from './warehouse.ts';

export interface LoadLab {
  readonly warehouse: Warehouse;
  readonly store: TestStore;
  readonly folder: string;
  readonly deps: LoadDeps;
}

/** Opened before the tests of the file that calls it, and closed after them. */
export function loadLab() {
  let lab: LoadLab;
  let files = 0;
  beforeAll(async () => {
    const [warehouse, store, folder] = await Promise.all([testWarehouse(), testStore(), mkdtemp(join(tmpdir(), 'sluice-loads-'))]);
    lab = { warehouse, store, folder, deps: { warehouse, leases: store.leases, dataDir: folder } };
  });
  afterAll(() => Promise.all([lab.warehouse.close(), lab.store.close(), rm(lab.folder, { recursive: true })]));

  async function file(content: string | Uint8Array, ending = 'csv'): Promise<string> {
    files += 1;
    const path = join(lab.folder, `file-${files}.${ending}`);
    await writeFile(path, content);
    return path;
  }
  const rows = (sql: string) => rowsOf(lab.warehouse.owner, sql);
  return {
    /** Only within tests. */
    lab: () => lab,
    /** @returns its path. */
    file,
    /** The rows of a select, as a Parquet file. */
    async parquet(select: string, settings: Record<string, number> = {}): Promise<string> {
      return file(await buffer(await lab.warehouse.owner.raw(select, 'Parquet', { settings })), 'parquet');
    },
    load: (from: string, table: string, more: Partial<LoadRequest> = {}) =>
      loadFiles(lab.deps, { from, source: 't', table, mode: 'append', ...more }),
    rows,
    run: (sql: string) => runSql(lab.warehouse.owner, sql),
    rejected: (table: string) =>
      rows(`select line, reason, row_text from sluice_raw.rejected_rows where table_name = '${table}' order by line, reason`),
  };
}
