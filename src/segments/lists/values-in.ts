/** The values of a list in the text of a file: a column of a CSV, or a value in each line. Pure. */
import { nearest } from '../../documents/problem.ts';
import { distinct } from './definition.ts';

export type FoundValues =
  | { readonly values: readonly string[] }
  | { readonly problem: string; readonly at: 'file' | 'column'; readonly suggestions?: readonly string[] };

/** An address has at most 254 characters; what is much longer is no identifier, but a quote that was not closed. */
const MAX_LENGTH = 1_000;

/** @param column name in the first line. Left out: the file has no such line, and one value in each. */
export function valuesIn(text: string, column: string | undefined): FoundValues {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const found = column === undefined ? inLines(body) : inColumn(body, column);
  if ('problem' in found) return found;
  const values = distinct(found.values);
  const long = values.find((value) => value.length > MAX_LENGTH);
  if (long === undefined) return { values };
  return {
    at: 'file',
    problem: `has a value of ${long.length.toLocaleString('en')} characters: no identifier is that long. Look for a quote that is not closed`,
  };
}

const SEPARATORS = [',', ';', '\t'];

function inLines(text: string): FoundValues {
  const lines = text.split(/\r\n|\r|\n/);
  const [first = ''] = lines;
  const separator = separatorOf(first);
  if (separator !== undefined) {
    const names = rowsOf(first, separator).next().value ?? [];
    return { at: 'file', problem: `has several columns (${names.join(', ')}): say which one, \`column: …\`` };
  }
  return { values: lines.map((line) => unquoted(line.trim())) };
}

const unquoted = (text: string) => (/^".*"$/s.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text);

/** Of a line: what stands most often outside of quotes; undefined when none does. */
function separatorOf(line: string): string | undefined {
  const bare = line.replace(/"(?:[^"]|"")*"/g, '');
  const counted = SEPARATORS.map((separator) => ({ separator, count: bare.split(separator).length - 1 }));
  const [most] = counted.filter(({ count }) => count > 0).sort((one, other) => other.count - one.count);
  return most?.separator;
}

function inColumn(text: string, column: string): FoundValues {
  const [firstLine = ''] = /^[^\r\n]*/.exec(text) ?? [];
  const rows = rowsOf(text, separatorOf(firstLine) ?? ',');
  const header = (rows.next().value ?? []).map((name) => name.trim());
  const places = header.flatMap((name, index) => (name === column ? [index] : []));
  const [place] = places;
  if (place === undefined) {
    const known = header.filter((name) => name !== '');
    const suggestions = nearest(column, known);
    return { at: 'column', problem: `the file has no column ${column}; it has ${known.join(', ') || 'none'}.`, suggestions };
  }
  if (places.length > 1) return { at: 'column', problem: `the file has ${places.length} columns that are called ${column}` };
  const values: string[] = [];
  for (const row of rows) values.push(row[place] ?? '');
  return { values };
}

/** Rows of a CSV (RFC 4180): a field in quotes may hold separators, line breaks and, doubled, quotes. */
function* rowsOf(text: string, separator: string): Generator<string[], undefined> {
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const [field, end] = text[at] === '"' ? quotedField(text, at) : plainField(text, at, separator);
    row.push(field);
    if (text[end] === separator) {
      at = end + 1;
      continue;
    }
    yield row;
    row = [];
    at = end + (text.startsWith('\r\n', end) ? 2 : 1);
  }
  if (row.length > 0) yield row;
}

function plainField(text: string, start: number, separator: string): [string, number] {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return [text.slice(start, end), end];
}

function quotedField(text: string, start: number): [string, number] {
  let close = text.indexOf('"', start + 1);
  while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
  const end = close < 0 ? text.length : close;
  return [text.slice(start + 1, end).replaceAll('""', '"'), end + 1];
}
