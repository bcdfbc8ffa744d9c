/** The folder of the demo: emptied at the start, and only when an earlier demo made it. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demoErrors } from './errors.ts';

/** Marks a folder as one that the demo made and may empty. */
const MARKER = '.made-by-sluice-demo';

export interface DemoFolder {
  readonly root: string;
  /** SLUICE_DATA_DIR of the demo. */
  readonly data: string;
  /** What the demo generates before it is loaded. */
  readonly inbox: string;
  /** The CSV destination. */
  readonly csv: string;
  /** What the webhook receiver has taken. */
  readonly webhook: string;
  /** Files of the demo's own PostgreSQL. */
  readonly postgres: string;
}

export function demoFolder(root: string): DemoFolder {
  return {
    root,
    data: join(root, 'sluice'),
    inbox: join(root, 'inbox'),
    csv: join(root, 'destinations', 'csv'),
    webhook: join(root, 'destinations', 'webhook.jsonl'),
    postgres: join(root, 'destinations', 'postgres'),
  };
}

/** @throws CdpError `demo.folder_not_ours` rather than deleting anything that no demo has made. */
export async function prepareFolder({ root, data, inbox, csv }: DemoFolder, keep: boolean): Promise<void> {
  const isOurs = existsSync(join(root, MARKER));
  const isInUse = existsSync(root) && (await readdir(root)).length > 0;
  if (isInUse && !isOurs) throw demoErrors.folder_not_ours(`${root} was not made by the demo, and is not empty.`);
  if (isInUse && !keep) await rm(root, { recursive: true });
  for (const path of [root, data, inbox, csv]) await mkdir(path, { recursive: true });
  await writeFile(join(root, MARKER), 'npm run demo empties this folder when it starts, unless it is given --keep.\n');
}
