/** Writes `vars.sluice.reads` into the text of a dbt_project.yml, and leaves every other character as it is. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, type Pair, parse, parseDocument, type YAMLMap } from 'yaml';
import { errors } from './errors.ts';

/** The list in the file now; undefined when there is none. @throws CdpError `dbt.unwritable_reads` for a text that is not YAML. */
export function readsIn(text: string): readonly string[] | undefined {
  const reads: unknown =
    parseDocument(text).getIn(['vars', 'sluice', 'reads']) === undefined ? undefined : projectOf(text).vars.sluice.reads;
  return Array.isArray(reads) ? reads.map(String) : undefined;
}

/** @throws CdpError `dbt.unwritable_reads` where `vars` is written in a form to which nothing can be added. */
export function withReads(text: string, reads: readonly string[]): string {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents)) throw refused('it is not YAML with keys');
  const list = `[${reads.join(', ')}]`;
  const written = edited(text, document.contents, list);
  const before = projectOf(text);
  const expected = { ...before, vars: { ...before.vars, sluice: { ...before.vars?.sluice, reads: [...reads] } } };
  if (!isDeepStrictEqual(projectOf(written), expected)) throw refused('`vars` is written in a form that it cannot be put into');
  return written;
}

function edited(text: string, root: YAMLMap, list: string): string {
  const vars = pairOf(root, 'vars');
  if (!vars) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}\nvars:\n  sluice:\n    reads: ${list}\n`;
  if (!isMap(vars.value) || vars.value.items.length === 0) return putBelow(text, vars, `  sluice:\n    reads: ${list}`);
  const sluice = pairOf(vars.value, 'sluice');
  if (!sluice) {
    if (vars.value.flow) return putInto(text, vars.value, `sluice: { reads: ${list} }`);
    const indent = columnOf(text, vars.value);
    return insertAfterLine(text, endOfKey(vars), `${indent}sluice:\n${indent}  reads: ${list}`);
  }
  if (!isMap(sluice.value) || sluice.value.items.length === 0) {
    const indent = columnOf(text, vars.value);
    return vars.value.flow ? replaceValue(text, sluice, `{ reads: ${list} }`) : putBelow(text, sluice, `${indent}  reads: ${list}`);
  }
  const reads = pairOf(sluice.value, 'reads');
  if (reads) return replaceValue(text, reads, list);
  if (sluice.value.flow) return putInto(text, sluice.value, `reads: ${list}`);
  return insertAfterLine(text, endOfKey(sluice), `${columnOf(text, sluice.value)}reads: ${list}`);
}

const pairOf = (map: YAMLMap, name: string) => map.items.find(({ key }) => isScalar(key) && key.value === name) as Pair | undefined;

const rangeOf = (node: unknown) => (node as { range?: readonly [number, number, number] | null } | null)?.range ?? undefined;

const endOfKey = ({ key }: Pair) => rangeOf(key)?.[1] ?? 0;

/** The spaces in front of the first key of a block. */
function columnOf(text: string, map: YAMLMap): string {
  const start = rangeOf(map.items[0]?.key)?.[0] ?? 0;
  return ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
}

/** Replaces an empty value: the colon stays, and a comment behind it too. */
function putBelow(text: string, pair: Pair, lines: string): string {
  const value = rangeOf(pair.value);
  const isWritten = value !== undefined && value[1] > value[0];
  const without = isWritten ? text.slice(0, value[0]).trimEnd() + text.slice(value[1]) : text;
  return insertAfterLine(without, endOfKey(pair), lines);
}

function insertAfterLine(text: string, at: number, lines: string): string {
  const end = text.indexOf('\n', at);
  return end < 0 ? `${text}\n${lines}\n` : `${text.slice(0, end)}\n${lines}${text.slice(end)}`;
}

/** Inserts in front of what a map in braces has already. */
function putInto(text: string, map: YAMLMap, item: string): string {
  const start = rangeOf(map.items[0]?.key)?.[0] ?? 0;
  return `${text.slice(0, start)}${item}, ${text.slice(start)}`;
}

function replaceValue(text: string, pair: Pair, value: string): string {
  const end = rangeOf(pair.value)?.[1] ?? endOfKey(pair);
  // A list with a line for each item ends behind its last line.
  const kept = text.slice(0, end).match(/\s*$/)?.[0].length ?? 0;
  return `${text.slice(0, endOfKey(pair))}: ${value}${text.slice(end - kept)}`;
}

interface Project {
  readonly vars: { readonly sluice: { readonly reads?: unknown } };
}

function projectOf(text: string): Project {
  try {
    return parse(text) as Project;
  } catch (cause) {
    throw refused('it is not YAML', cause);
  }
}

const refused = (why: string, cause?: unknown) =>
  errors.unwritable_reads(`The list cannot be written into dbt_project.yml: ${why}`, { cause });
