/** A text file as rows with their line numbers. Streams: memory does not grow with the file. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { columnNames } from './columns.ts';
import { errors } from './errors.ts';
import { parseExactly, valueText } from './exact-json.ts';
import { delimiterOf, type FileKind } from './format.ts';

export interface Row {
  /** Counted from 1, where the row begins. */
  readonly line: number;
  /** As it stands in the file. */
  readonly text: string;
  /** As many as there are columns; null where the row has none. Undefined: the row cannot be read, and `problem` says why. */
  readonly values?: readonly (string | null)[];
  readonly problem?: string;
}

export interface TextFile {
  readonly columns: readonly string[];
  rows(): AsyncIterable<Row>;
}

export interface TextSource {
  readonly path: string;
  readonly name: string;
  readonly kind: FileKind;
  /** WHATWG label. */
  readonly encoding: string;
  readonly delimiter?: string;
  readonly onBytes: (bytes: number) => void;
}

/** @throws CdpError `loads.encoding`, `loads.format`, `loads.nothing`. */
export function openText(source: TextSource): Promise<TextFile> {
  return source.kind.format === 'jsonl' ? openJsonLines(source) : openCsv(source);
}

async function openCsv(source: TextSource): Promise<TextFile> {
  const [first] = await take(lines(decoded(source, false)), 1);
  if (first === undefined || first.trim() === '') throw errors.nothing(`${source.name} is empty`);
  const delimiter = source.delimiter ?? delimiterOf(first);
  const parsed = (isCounted: boolean) => csvRows(decoded(source, isCounted), delimiter, source);
  const [header] = await take(parsed(false), 1);
  if (!header) throw errors.nothing(`${source.name} is empty`);
  const columns = columnNames(header.record, source.name);
  return {
    columns,
    async *rows() {
      let isHeader = true;
      for await (const { record, raw, line } of parsed(true)) {
        if (isHeader) {
          isHeader = false;
          continue;
        }
        const text = raw.replace(/^[\r\n]+|[\r\n]+$/g, '');
        if (record.length === columns.length) yield { line, text, values: record };
        else if (record.length > 1 || record[0] !== '')
          yield { line, text, problem: `has ${record.length} fields where the first line names ${columns.length}` };
      }
    },
  };
}

interface CsvRow {
  readonly record: string[];
  readonly raw: string;
  readonly line: number;
}

async function* csvRows(text: AsyncIterable<string>, delimiter: string, source: TextSource): AsyncIterable<CsvRow> {
  const parser = parse({ delimiter, relax_column_count: true, relax_quotes: true, raw: true, skip_empty_lines: false });
  pipeline(text, parser, (error) => {
    // A parser that is abandoned on purpose (a look at the header) ends early; a real failure reaches the loop below.
    if (error && !parser.destroyed) parser.destroy(error);
  });
  let lastLine = 0;
  try {
    for await (const { record, raw } of parser as AsyncIterable<{ record: string[]; raw: string }>) {
      yield { record, raw, line: lastLine + 1 };
      lastLine += 1 + record.reduce((breaks, field) => breaks + field.split('\n').length - 1, 0);
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('CSV_')) {
      throw errors.format(`${source.name}: cannot be read from line ${lastLine + 1} on: a quoted field does not end`, { cause });
    }
    throw cause;
  }
}

async function openJsonLines(source: TextSource): Promise<TextFile> {
  const names = new Set<string>();
  for await (const line of lines(decoded(source, false))) for (const name of Object.keys(membersOf(line) ?? {})) names.add(name);
  if (names.size === 0) throw errors.nothing(`${source.name} has no line that is a JSON object`);
  const original = [...names];
  return {
    columns: columnNames(original, source.name),
    async *rows() {
      let line = 0;
      for await (const text of lines(decoded(source, true))) {
        line += 1;
        if (text.trim() === '') continue;
        const members = membersOf(text);
        if (members) yield { line, text, values: original.map((name) => valueText(members[name])) };
        else yield { line, text, problem: 'is not a JSON object' };
      }
    },
  };
}

function membersOf(line: string): Record<string, unknown> | undefined {
  try {
    const value = parseExactly(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Text without a byte order mark. Bytes are counted as they are read from disk. */
async function* decoded(source: TextSource, isCounted: boolean): AsyncIterable<string> {
  const file = createReadStream(source.path, { highWaterMark: 256 * 1024 });
  if (isCounted) file.on('data', (chunk) => source.onBytes(chunk.length));
  const bytes: Readable = source.kind.isGzip ? pipeline(file, createGunzip(), ignoreLateError) : file;
  const decoder = new TextDecoder(source.encoding, { fatal: true });
  try {
    for await (const chunk of bytes) yield decoder.decode(chunk as Buffer, { stream: true });
    yield decoder.decode();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw errors.encoding(`${source.name} is not ${decoder.encoding}`, { cause });
    if (code.startsWith('Z_')) throw errors.format(`${source.name}: is gzip that is cut off or damaged`, { cause });
    throw cause;
  } finally {
    file.destroy();
  }
}

/** The reader of the stream is told too; this only keeps Node from raising it a second time. */
const ignoreLateError = () => undefined;

async function* lines(text: AsyncIterable<string>): AsyncIterable<string> {
  yield* createInterface({ input: Readable.from(text), crlfDelay: Number.POSITIVE_INFINITY });
}

async function take<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) {
    taken.push(item);
    if (taken.length === count) break;
  }
  return taken;
}
