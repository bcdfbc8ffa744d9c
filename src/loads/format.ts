/** The kind of a file by its name, checked against its first bytes. Pure. */
import { errors } from './errors.ts';

export type Format = 'csv' | 'jsonl' | 'parquet';

export interface FileKind {
  readonly format: Format;
  readonly isGzip: boolean;
}

const ENDINGS: Readonly<Record<string, Format>> = {
  csv: 'csv',
  tsv: 'csv',
  txt: 'csv',
  json: 'jsonl',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  parquet: 'parquet',
};

/** Undefined when the name does not tell. */
function formatOfName(name: string): Format | undefined {
  const [, ending = ''] = /\.([a-z]+)(?:\.gz)?$/i.exec(name) ?? [];
  return Object.hasOwn(ENDINGS, ending.toLowerCase()) ? ENDINGS[ending.toLowerCase()] : undefined;
}

/** Whether the name alone says that it is data: a .txt may be data, or a note beside it. */
export const isCertain = (name: string) => formatOfName(name) !== undefined && !/\.txt(\.gz)?$/i.test(name);

/** @throws CdpError `loads.format`. */
export function kindOf(name: string, head: Uint8Array): FileKind {
  const format = formatOfName(name);
  if (format === undefined) throw errors.format(`${name}: its name does not tell what it is`);
  const isParquet = Buffer.from(head.subarray(0, 4)).toString('latin1') === 'PAR1';
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  if (format === 'parquet' && !isParquet) throw errors.format(`${name}: is named like Parquet and does not begin like it`);
  if (format !== 'parquet' && isParquet) throw errors.format(`${name}: is Parquet; name it .parquet`);
  if (!isGzip && head[0] === 0x50 && head[1] === 0x4b) throw errors.format(`${name}: is a zip archive; unpack it first`);
  // Single lines of such a file could be read as rows by accident.
  if (/\.json$/i.test(name) && /^(\ufeff)?\s*(\[|\{\s*[\r\n])/.test(Buffer.from(head).toString()))
    throw errors.format(`${name}: is one JSON document; write one object a line, for instance with jq -c '.[]'`);
  return { format, isGzip };
}

/** `tab` and `\\t` can be typed in a shell, a tab hardly. @throws CdpError `loads.delimiter`. */
export function delimiterNamed(text: string): string {
  const delimiter = text === 'tab' || text === '\\t' ? '\t' : text;
  if ([...delimiter].length !== 1 || /["\r\n]/.test(delimiter)) throw errors.delimiter(`"${text}" cannot separate fields`);
  return delimiter;
}

/** The separator that the first line has most often outside quotes; a comma when it has none. */
export function delimiterOf(firstLine: string): string {
  const outside = firstLine.replace(/"[^"]*"/g, '');
  const counts = [',', ';', '\t', '|'].map((delimiter) => ({ delimiter, count: outside.split(delimiter).length - 1 }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).delimiter;
}
