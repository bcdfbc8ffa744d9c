/** `sluice load`: files into the warehouse. */
import { InvalidArgumentError, Option } from 'commander';
import colors from 'picocolors';
import type { LoadResult } from '../loads/load-files.ts';
import type { RegisterCommand } from './command.ts';
import type { Terminal } from './terminal.ts';

interface Options {
  source: string;
  table: string;
  append?: boolean;
  replace?: boolean;
  strict?: boolean;
  encoding?: string;
  delimiter?: string;
  skipLines?: number;
  text?: string[];
  allowPrivateNetwork?: boolean;
}

export const registerLoad: RegisterCommand = (program, action) => {
  program
    .command('load <from>')
    .description('Load a file, a folder of files or an http(s) address into the raw table of a source.')
    .requiredOption('--source <name>', 'system that the data comes from, for instance shop')
    .requiredOption('--table <name>', 'its table, for instance orders')
    .addOption(new Option('--append', 'add the rows to the existing ones (default)').conflicts('replace'))
    .option('--replace', 'replace all existing rows at once')
    .option('--strict', 'load nothing when any row is refused')
    .option('--encoding <label>', 'encoding of text files that are not UTF-8, for instance windows-1252')
    .option('--delimiter <character>', 'separator of CSV files (default: detected)')
    .option('--skip-lines <number>', 'CSV files: number of lines above the line of names', lineCount)
    .option('--text <column...>', 'columns to keep as text; a number column of the table becomes one')
    .option('--allow-private-network', 'let an address be on a private network or on this machine')
    .addHelpText(
      'after',
      `
Examples:
  sluice load orders.parquet --source shop --table orders --replace
  sluice load exports/ --source crm --table customers
  sluice load articles.csv --source shop --table articles --text ean
  sluice sql "select file, line, reason from sluice_raw.rejected_rows"

Takes CSV, JSON lines (both also gzip-compressed) and Parquet, into sluice_raw.<source>__<table>. ClickHouse infers the types, and what
would not read back as it is written stays text. A file is known by its content: loading it again changes nothing, unless --encoding,
--delimiter, --skip-lines or --text make other rows of the same columns, which then take the place of the first ones. Rows that cannot be
read, or do not fit the type of a column, are kept in sluice_raw.rejected_rows with file, line and reason; the exit code is 0 all the same,
unless --strict is given or not one row of a file fits. \`sluice tables drop\` drops a table.`,
    )
    .action((from: string, options: Options) =>
      action(async ({ app, terminal, signal }) => {
        const { loadFiles } = await import('../loads/load-files.ts');
        const { leases } = await app.store();
        const progress = terminal.progress('Loading');
        const result = await loadFiles(
          { warehouse: await app.warehouse(), leases, dataDir: app.config.dataDir },
          {
            from,
            source: options.source,
            table: options.table,
            mode: options.replace ? 'replace' : 'append',
            isStrict: options.strict ?? false,
            allowPrivateNetwork: options.allowPrivateNetwork ?? false,
            ...(options.encoding === undefined ? {} : { encoding: options.encoding }),
            ...(options.delimiter === undefined ? {} : { delimiter: options.delimiter }),
            ...(options.skipLines === undefined ? {} : { skipLines: options.skipLines }),
            ...(options.text === undefined ? {} : { text: options.text }),
          },
          { signal, onProgress: (done, total, file) => progress.update(done, total, file) },
        ).finally(() => progress.end());
        for (const warning of result.warnings) terminal.say(`${colors.yellow('!')} ${warning}`);
        terminal.result(result, () => describe(result, terminal));
        return result.files.some(({ status }) => status === 'refused') ? 1 : 0;
      }),
    );
};

function lineCount(text: string): number {
  if (!/^[0-9]{1,6}$/.test(text)) throw new InvalidArgumentError('a number of lines, such as 1');
  return Number(text);
}

function describe(result: LoadResult, terminal: Terminal): string {
  const known = result.files.filter(({ status }) => status === 'known');
  return [
    terminal.table(
      ['column', 'type'],
      result.columns.map(({ name, type }) => [name, type]),
    ),
    ...result.files
      .filter(({ status }) => status === 'refused')
      .map(({ file, rejected }) => `${colors.red('✗')} ${file}: not one of its ${rejected} rows fits; the table is as it was`),
    ...known.map(({ file }) => `${colors.dim('-')} ${file} is loaded already`),
    ...result.files
      .filter(({ status }) => status === 'loaded')
      .map(
        ({ file, rows, rejected }) =>
          `${colors.green('✓')} ${file}: ${rows} rows${rejected > 0 ? colors.yellow(`, ${rejected} refused`) : ''}`,
      ),
    `${result.rows} rows into ${result.table} in ${result.seconds.toFixed(1)} s${result.rejected > 0 ? `; ${result.rejected} refused rows are in sluice_raw.rejected_rows` : ''}`,
  ].join('\n');
}
