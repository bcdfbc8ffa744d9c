/** One delta file per batch, made durable before its rows count as accepted. */
import * as z from 'zod';
import { type BatchContext, type ClientObject, defineClientObject } from '../../src/connector-kit/connector.ts';
import { accepted } from '../../src/connector-kit/outcome.ts';
import type { Rows } from '../../src/connector-kit/row.ts';
import { folderPath, lookInFolder, openFolder } from '../../src/connector-kit/transport-folder.ts';
import { fileConfig } from './config.ts';
import { faultOf } from './fault.ts';
import { formatCsv, formatJsonLines } from './format.ts';
import { fileBatch } from './limits.ts';

type FileConfig = typeof fileConfig;

const Options = z.strictObject({
  format: z.enum(['csv', 'jsonl']).default('csv').meta({ label: 'Format' }),
  escape_formulas: z.boolean().default(true).meta({ label: 'Make cells that a spreadsheet would run harmless (CSV only)' }),
});

export const rows: ClientObject<FileConfig> = defineClientObject(fileConfig, {
  title: 'Row',
  modes: ['upsert', 'mirror', 'audience'],
  fields: z.object({}).catchall(z.json()),
  options: Options,
  addressedBy: [],
  batch: fileBatch,
  // Programs that load the file (DuckDB, BigQuery, Snowflake, spreadsheets) treat headers that differ only in case as the same.
  names: {
    compares: 'folded',
    reserved: { _operation: 'the first column says what to do with the row' },
    source: { reason: 'readers of CSV and JSON lines' },
  },
  isIdempotent: true,
  async open(context) {
    const folder = await openFolder(folderPath(context.config.folder), context.syncId);
    return {
      async write(batch) {
        await folder.replace(fileName(batch, context), content(batch, context));
        return batch.map(() => accepted);
      },
      // Each file is complete on its own.
      close: async () => undefined,
    };
  },
  async look(context) {
    const found = await lookInFolder(folderPath(context.config.folder), context.syncId);
    const what = `the folder ${context.syncId}`;
    // An empty folder proves nothing: the receiver may have collected the files, which is their purpose.
    return found ? { state: 'there', what, contents: '', ...found } : { state: 'missing', what, isMade: true };
  },
  faultOf,
});

type Context = Omit<BatchContext<z.output<FileConfig>, z.output<typeof Options>>, 'batchId'>;

/** File names sort by time, then by position in the run. */
function fileName(batch: Rows, { startedAt, runId, options }: Context): string {
  const start = startedAt.toISOString().replace(/[-:]/g, '').replace('.', '');
  return `${start}_${runId.slice(0, 8)}_${String(batch[0].seq).padStart(10, '0')}.${options.format}`;
}

function content(batch: Rows, { options, keyFields, valueFields }: Context): string {
  const names = [...keyFields, ...valueFields].map(({ name }) => name);
  return options.format === 'csv' ? formatCsv(batch, names, options.escape_formulas) : formatJsonLines(batch);
}
