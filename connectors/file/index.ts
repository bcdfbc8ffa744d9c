/** Files of differences in a folder: CSV or JSON lines. */
import { resolve } from 'node:path';
import * as z from 'zod';
import { defineConnector } from '../../src/connector-kit/connector.ts';
import { rows } from './rows.ts';

export const fileConfig = z.strictObject({
  folder: z.string().min(1).meta({ label: 'Folder', description: 'Absolute, or relative to where Sluice runs. Must exist.' }),
});

export const file = defineConnector({
  slug: 'file',
  title: 'Files in a folder',
  config: fileConfig,
  hosts: () => [],
  address: (config) => ({ shown: { folder: resolve(config.folder) } }),
  limits: { concurrency: 1 },
  objects: { row: rows(fileConfig) },
  erase: { refused: 'Files that were handed over are copies that Sluice no longer controls; a deletion appears in the next delta.' },
  claims: ['contract-tested'],
});
