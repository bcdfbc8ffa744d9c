/** CSV with a line of names on top: four separators are recognised, quotes as in RFC 4180. */

import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { columnNames } from './columns.ts';
import { errors } from './errors.ts';
import { delimiterOf } from './format.ts';
import { ENDS_IN_CR, linesOf, MAX_LINE_CHARACTERS, type TextReadOptions, textOf, withoutLines } from './text.ts';
import type { Row, TextFile, TextSource } from './text-file.ts';

export async function openCsv(source: TextSource): Promise<TextFile> {
  const start = await startOf(source);
  if (outsideQuotes(start[0] ?? '').includes('\r')) throw errors.format(`${source.name}: ${ENDS_IN_CR}`);
  const delimiter = source.delimiter ?? delimiterOf(start[0] ?? '');
  const header = await first(recordsOf(source, delimiter), undefined);
  if (header === undefined || isBlank(header.record)) throw errors.nothing(`${source.name} is empty, or begins with an empty line`);
  const columns = columnNames(header.record, source.name);
  const other = columns.length === 1 ? separatorOf(start, source.delimiter !== undefined) : undefined;
  if (other === 'title')
    throw errors.format(`${source.name}: its first line holds no separator, and those below it do. ${titleHint(start, source)}`);
  return {
    columns,
    textColumns: new Set(),
    warnings:
      other === undefined
        ? []
        : [
            `${source.name} has one column, and its name holds separators: load it again with --replace --delimiter ${JSON.stringify(other)} if these are several`,
          ],
    titleHint: (width) => titleHint(start, source, (line) => fieldsOf(line, delimiter) === width),
    async *rows() {
      let isHeader = true;
      for await (const { record, raw, line } of recordsOf(source, delimiter, source.onBytes)) {
        if (!isHeader && !(isBlank(record) && columns.length > 1)) yield rowOf(record, raw, line, columns.length);
        isHeader = false;
      }
    },
  };
}

const LINES_LOOKED_AT = 20;

/** The first lines after the skipped ones, as they are in the file. */
async function startOf(source: TextSource): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(textFrom(source), source.name)) {
    lines.push(line);
    if (lines.length === LINES_LOOKED_AT) break;
  }
  return lines;
}

/** The separator within the name of the only column; `title` when only the lines below hold a separator, each the same number of times. */
function separatorOf([header = '', ...below]: readonly string[], isGiven: boolean): string | undefined {
  const found = [';', ',', '\t', '|'].find((separator) => fieldsOf(header, separator) > 1);
  if (found !== undefined || isGiven) return found;
  const lines = below.filter((line) => line.trim() !== '');
  const isInAll = (separator: string) =>
    new Set(lines.map((line) => fieldsOf(line, separator))).size === 1 && fieldsOf(lines[0] ?? '', separator) > 1;
  return lines.length >= 2 && [';', '\t', '|'].some(isInAll) ? 'title' : undefined;
}

const fieldsOf = (line: string, separator: string) => outsideQuotes(line).split(separator).length;

const outsideQuotes = (line: string) => line.replace(/"[^"]*"/g, '');

/** Says which line holds the names: the first line below the title that `isNames`. */
function titleHint(
  [title = '', ...below]: readonly string[],
  { skipLines = 0 }: TextSource,
  isNames = (line: string) => line.trim() !== '',
): string {
  const index = below.findIndex(isNames);
  const names = skipLines + index + 2;
  const what = `"${title.length > 60 ? `${title.slice(0, 60)}…` : title}" on line ${skipLines + 1} looks like a title, not like column names`;
  return index === -1
    ? `${what}: remove it`
    : `${what}, which seem to be on line ${names}: remove what is above them, or give --skip-lines ${names - 1}`;
}

/** An empty line. In a file of several columns it is skipped, in a file of one column it is a missing value. */
const isBlank = (record: readonly string[]) => record.length === 1 && record[0] === '';

function rowOf(record: readonly string[], raw: string, line: number, width: number): Row {
  const text = raw.replace(/^[\r\n]+|[\r\n]+$/g, '');
  if (record.length === width) return { line, text, values: record };
  return { line, text, fields: record.length, problem: `has ${record.length} fields where the first line names ${width}` };
}

interface CsvRecord {
  readonly record: string[];
  readonly raw: string;
  readonly line: number;
}

async function* recordsOf(source: TextSource, delimiter: string, onBytes?: TextReadOptions['onBytes']): AsyncGenerator<CsvRecord> {
  const parser = parse({
    delimiter,
    // Detected automatically it would be that of the first line, and files that were put together from several have both.
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    relax_quotes: true,
    raw: true,
    max_record_size: MAX_LINE_CHARACTERS,
  });
  pipeline(textFrom(source, onBytes), parser, (error) => {
    // A parser that is abandoned on purpose (after a look at the first line) ends early; a real failure reaches the loop below.
    if (error && !parser.destroyed) parser.destroy(error);
  });
  let lastLine = source.skipLines ?? 0;
  try {
    for await (const { record, raw } of parser as AsyncIterable<{ record: string[]; raw: string }>) {
      yield { record, raw, line: lastLine + 1 };
      lastLine += 1 + record.reduce((breaks, field) => breaks + (field.includes('\n') ? field.split('\n').length - 1 : 0), 0);
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('CSV_')) {
      throw errors.format(`${source.name}: cannot be read from line ${lastLine + 1} on: a quoted field does not end`, { cause });
    }
    throw cause;
  }
}

function textFrom(source: TextSource, onBytes?: TextReadOptions['onBytes']): AsyncGenerator<string> {
  const text = textOf(fileOf(source), { signal: source.signal, ...(onBytes && { onBytes }) });
  return source.skipLines ? withoutLines(text, source.skipLines) : text;
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
