/** `sluice sql`: runs SQL as the restricted reader, for people, scripts and tests. */
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { defineErrors } from '../errors.ts';
import type { RegisterCommand } from './command.ts';
import { printable } from './printable.ts';

const errors = defineErrors('sql', {
  empty: {
    summary: '`sluice sql` was given no statement.',
    fault: 'usage',
    status: 400,
    exitCode: 2,
    hint: 'Pass it as one quoted argument, or `-` and the statement on stdin.',
  },
});

/** Several screens of rows: a table is for reading, `--format` and `--json` give all rows. */
const MAX_TABLE_ROWS = 1_000;

/** One JSON array; whole numbers as numbers, as jq and scripts expect them. */
const JSON_ROWS = { output_format_json_array_of_rows: 1, output_format_json_quote_64bit_integers: 0 } as const;

const Result = z.object({
  meta: z.array(z.object({ name: z.string() })),
  data: z.array(z.array(z.unknown())),
});

export const registerSql: RegisterCommand = (program, action) => {
  program
    .command('sql <statement>')
    .description('Run a query as the restricted reader and print its rows.')
    .option('--format <name>', 'write the answer in this ClickHouse format: CSVWithNames, JSONEachRow, Parquet, Vertical, …')
    .addHelpText(
      'after',
      `
Examples:
  sluice sql "select count() from sluice.profiles"
  sluice sql "select * from sluice.orders" --format Parquet > orders.parquet
  cat report.sql | sluice sql - --json

The reader selects from the Sluice databases and from yours (docs/plan-and-upgrade.md); it cannot write, reach files, URLs or other servers, or lift its limits.
A table shows at most ${MAX_TABLE_ROWS} rows; --json (an array of objects) and --format give all of them.`,
    )
    .action((argument: string, options: { format?: string; json?: boolean }) =>
      action(async ({ app, terminal, signal }) => {
        const sql = argument === '-' ? await text(process.stdin) : argument;
        if (sql.trim() === '') throw errors.empty('There is no SQL to run.');
        const { reader } = await app.warehouse();

        if (options.format !== undefined) {
          await write(await reader.raw(sql, options.format, { signal }));
        } else if (terminal.isJson) {
          await write(await reader.raw(sql, 'JSONEachRow', { signal, settings: JSON_ROWS }));
        } else {
          const answer = await text(await reader.raw(sql, 'JSONCompact', { signal, settings: { limit: String(MAX_TABLE_ROWS + 1) } }));
          process.stdout.write(`${printable(show(answer, terminal.table))}\n`);
        }
      }),
    );
};

/** A statement may have its own `format`: its answer is then shown unchanged. */
function show(answer: string, table: (columns: readonly string[], rows: readonly (readonly unknown[])[]) => string): string {
  const result = Result.safeParse(parseJson(answer));
  if (!result.success) return answer.trimEnd();
  const { meta, data } = result.data;
  const columns = meta.map((column) => column.name);
  const shown = table(columns, data.slice(0, MAX_TABLE_ROWS));
  return data.length > MAX_TABLE_ROWS ? `${shown}\nThe first ${MAX_TABLE_ROWS} rows. --json and --format give all of them.` : shown;
}

function parseJson(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    // Another format than the one we asked for: not an error.
    return undefined;
  }
}

/** Unchanged for a file or a program, without control sequences for a terminal. A program that stops reading (`| head`) is no failure. */
async function write(answer: Readable): Promise<void> {
  try {
    if (process.stdout.isTTY) for await (const piece of answer.setEncoding('utf8')) process.stdout.write(printable(String(piece)));
    else await pipeline(answer, process.stdout, { end: false });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
  }
}
