/** CSV with a line of names on top: any of four separators, quotes as in RFC 4180. */
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { columnNames } from './columns.ts';
import { errors } from './errors.ts';
import { delimiterOf } from './format.ts';
import type { Row, TextFile, TextSource } from './records.ts';
import { linesOf, MAX_LINE_CHARACTERS, textOf } from './text.ts';

export async function openCsv(source: TextSource): Promise<TextFile> {
  const delimiter = source.delimiter ?? delimiterOf(await first(linesOf(textOf(fileOf(source)), source.name), ''));
  const header = await first(recordsOf(textOf(fileOf(source)), delimiter, source.name), undefined);
  if (header === undefined || isBlank(header.record)) throw errors.nothing(`${source.name} is empty, or begins with an empty line`);
  const columns = columnNames(header.record, source.name);
  return {
    columns,
    textColumns: new Set(),
    async *rows() {
      let isHeader = true;
      for await (const { record, raw, line } of recordsOf(textOf(fileOf(source), source.onBytes), delimiter, source.name)) {
        if (!isHeader && !(isBlank(record) && columns.length > 1)) yield rowOf(record, raw, line, columns.length);
        isHeader = false;
      }
    },
  };
}

/** An empty line: nothing in a file of several columns, a missing value in a file of one. */
const isBlank = (record: readonly string[]) => record.length === 1 && record[0] === '';

function rowOf(record: readonly string[], raw: string, line: number, width: number): Row {
  const text = raw.replace(/^[\r\n]+|[\r\n]+$/g, '');
  if (record.length === width) return { line, text, values: record };
  return { line, text, problem: `has ${record.length} fields where the first line names ${width}` };
}

interface CsvRecord {
  readonly record: string[];
  readonly raw: string;
  readonly line: number;
}

async function* recordsOf(text: AsyncIterable<string>, delimiter: string, name: string): AsyncGenerator<CsvRecord> {
  const parser = parse({
    delimiter,
    // Found out by itself it would be the first line's, and files that were put together from several have both.
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    relax_quotes: true,
    raw: true,
    max_record_size: MAX_LINE_CHARACTERS,
  });
  pipeline(text, parser, (error) => {
    // A parser that is abandoned on purpose (a look at the first line) ends early; a real failure reaches the loop below.
    if (error && !parser.destroyed) parser.destroy(error);
  });
  let lastLine = 0;
  try {
    for await (const { record, raw } of parser as AsyncIterable<{ record: string[]; raw: string }>) {
      yield { record, raw, line: lastLine + 1 };
      lastLine += 1 + record.reduce((breaks, field) => breaks + (field.includes('\n') ? field.split('\n').length - 1 : 0), 0);
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('CSV_')) {
      throw errors.format(`${name}: cannot be read from line ${lastLine + 1} on: a quoted field does not end`, { cause });
    }
    throw cause;
  }
}

const fileOf = ({ path, name, kind, encoding }: TextSource) => ({
  path,
  name,
  isGzip: kind.isGzip,
  ...(encoding === undefined ? {} : { encoding }),
});

async function first<T, E>(items: AsyncIterable<T>, otherwise: E): Promise<T | E> {
  for await (const item of items) return item;
  return otherwise;
}
