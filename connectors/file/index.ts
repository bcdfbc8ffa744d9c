/** Files of differences in a folder: CSV or JSON lines. */
import { defineConnector } from '../../src/connector-kit/connector.ts';
import { folderPath } from '../../src/connector-kit/transport-folder.ts';
import { fileConfig } from './config.ts';
import { fileLimits } from './limits.ts';
import { rows } from './rows.ts';

export const file = defineConnector({
  slug: 'file',
  title: 'Files in a folder',
  config: fileConfig,
  hosts: () => [],
  address: (config) => ({ shown: { folder: folderPath(config.folder) } }),
  auth: { kind: 'none', reason: 'the service writes the files itself' },
  limits: fileLimits,
  objects: { row: rows },
  erase: { refused: 'Sluice no longer controls the files that it has written; a deletion appears in the next delta file.' },
  claims: ['contract-tested'],
});
