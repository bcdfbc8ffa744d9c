/** The identity of a load: the file's content, the table, and the options that change how the file is read. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { delimiterNamed, delimiterOf } from './format.ts';
import type { InputFile } from './inputs.ts';
import { encodingNamed, linesOf, markedEncoding, textOf, withoutLines } from './text.ts';

/** The parts of a request that change which rows come out of a file. */
export interface ReadOptions {
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly skipLines?: number;
  /** Names of the columns that are to be text. */
  readonly text?: readonly string[];
}

/**
 * The same content, read in the same way for the same table, always has the same id. So the leftovers of a dead load can be found and
 * removed, and a file that is loaded twice counts once. An option that says what would be found anyway (`--delimiter ";"` for a file with
 * that separator) does not change the id.
 * @throws CdpError `loads.encoding`, `loads.delimiter`.
 */
export async function loadIdOf(
  file: InputFile,
  { source, table, ...reading }: ReadOptions & { source: string; table: string },
): Promise<string> {
  const difference = file.kind.format === 'parquet' ? { text: namesOf(reading) } : await differenceOf(file, reading);
  const isDefault = Object.values(difference).every((value) => value === undefined);
  const hex = createHash('sha256')
    .update(JSON.stringify([file.contentHash, source, table, ...(isDefault ? [] : [difference])]))
    .digest('hex');
  return hex.slice(0, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-8$3-8$4-$5');
}

const namesOf = ({ text = [] }: ReadOptions) => (text.length === 0 ? undefined : [...text].sort());

async function differenceOf(file: InputFile, reading: ReadOptions): Promise<Record<string, unknown>> {
  const { encoding, skipLines } = reading;
  const isCsv = file.kind.format === 'csv';
  const delimiter = reading.delimiter === undefined || !isCsv ? undefined : delimiterNamed(reading.delimiter);
  return {
    text: namesOf(reading),
    encoding: encoding === undefined || (await isUsualEncoding(file, encoding)) ? undefined : encodingNamed(file, encoding),
    delimiter: delimiter === undefined || (await isUsualDelimiter(file, reading, delimiter)) ? undefined : delimiter,
    skip_lines: isCsv && skipLines ? skipLines : undefined,
  };
}

async function isUsualEncoding(file: InputFile, encoding: string): Promise<boolean> {
  const handle = await open(file.path);
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return encodingNamed(file, encoding) === markedEncoding(buffer);
  } finally {
    await handle.close();
  }
}

async function isUsualDelimiter(file: InputFile, { encoding, skipLines = 0 }: ReadOptions, delimiter: string): Promise<boolean> {
  const text = textOf({ path: file.path, name: file.name, isGzip: file.kind.isGzip, ...(encoding !== undefined && { encoding }) });
  for await (const line of linesOf(withoutLines(text, skipLines), file.name)) return delimiterOf(line) === delimiter;
  return false;
}
