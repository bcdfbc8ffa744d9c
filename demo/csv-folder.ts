/** Reads the CSV destination back: the files of one sync, applied in the order of their names, are what it holds. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Snapshot } from './snapshot.ts';

/** @param key columns that name a row. */
export async function readCsvFolder(folder: string, syncId: string, key: readonly string[]): Promise<Snapshot> {
  const held = new Map<string, string>();
  const files = join(folder, syncId);
  if (!existsSync(files)) return held;
  for (const name of (await readdir(files)).filter((file) => file.endsWith('.csv')).sort()) {
    const rows: Record<string, string>[] = parse(await readFile(join(files, name)), { columns: true });
    for (const { _operation: operation, ...fields } of rows) {
      const identity = JSON.stringify(key.map((column) => fields[column]));
      if (operation === 'upsert' || operation === 'add') held.set(identity, JSON.stringify(fields));
      else held.delete(identity);
    }
  }
  return held;
}
