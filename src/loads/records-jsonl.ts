/** JSON lines: one object a line. The columns are the members of all objects; nested lists and objects stay JSON text. */

import { assertNotTooWide, columnNames } from './columns.ts';
import { errors } from './errors.ts';
import { isDeep, MAX_DEPTH, parseExactly, valueText } from './json-values.ts';
import { linesOf, textOf } from './text.ts';
import type { TextFile, TextSource } from './text-file.ts';

export async function openJsonLines(source: TextSource): Promise<TextFile> {
  const file = {
    path: source.path,
    name: source.name,
    isGzip: source.kind.isGzip,
    ...(source.encoding === undefined ? {} : { encoding: source.encoding }),
  };
  /** Member → whether any line has a text there. Reads the whole file for this: a later line may have what the first ones lack. */
  const members = new Map<string, boolean>();
  for await (const line of linesOf(textOf(file, { signal: source.signal }), source.name)) {
    for (const [name, value] of Object.entries(parseObject(line) ?? {})) {
      if (typeof value === 'string' || !members.has(name)) members.set(name, typeof value === 'string');
    }
    assertNotTooWide(members.size, source.name);
  }
  if (members.size === 0) throw errors.nothing(`${source.name} has no line that is a JSON object`);
  const original = [...members.keys()];
  const columns = columnNames(original, source.name);
  return {
    columns,
    textColumns: new Set(columns.filter((_, index) => members.get(original[index] ?? ''))),
    warnings: [],
    titleHint: () => '',
    async *rows() {
      let line = 0;
      for await (const text of linesOf(textOf(file, source), source.name)) {
        line += 1;
        if (text.trim() === '') continue;
        const object = parseObject(text);
        if (object) yield { line, text, values: original.map((name) => valueText(Object.hasOwn(object, name) ? object[name] : undefined)) };
        else yield { line, text, problem: isDeep(text) ? TOO_DEEP : 'is not a JSON object' };
      }
    },
  };
}

const TOO_DEEP = `is nested deeper than ${MAX_DEPTH.toLocaleString('en')} levels`;

function parseObject(line: string): Record<string, unknown> | undefined {
  if (isDeep(line)) return undefined;
  try {
    const value = parseExactly(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
