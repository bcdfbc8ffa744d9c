/**
 * Adds an entry to a user's YAML text. The parser finds the place, and the entry is inserted there as text: printing the whole document
 * again would change the user's spaces, quotes and line breaks. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import { Document, isCollection, isMap, isPair, isScalar, type ParsedNode, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';

/** The content of a YAML text; undefined when it is not YAML, or not a mapping. An empty text is an empty mapping. */
export function readMapping(text: string): Readonly<Record<string, unknown>> | undefined {
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  const value: unknown = document.toJS();
  if (value === null) return {};
  return isMapping(value) ? value : undefined;
}

/**
 * @param entry YAML of its own, with comments: `key: …` for a mapping, `- …` for a list.
 * @returns the text with the entry as the last one of the top-level key `name`, which is added where it is missing. Undefined when that cannot be done
 * by adding alone.
 */
export function withEntry(text: string, name: string, entry: string): string | undefined {
  const before = readMapping(text);
  const added: unknown = parseDocument(entry).toJS();
  if (before === undefined) return undefined;
  const expected = { ...before, [name]: joined(before[name], added) };
  const after = inserted(text, name, entry, added);
  return after !== undefined && isDeepStrictEqual(readMapping(after), expected) ? after : undefined;
}

function joined(there: unknown, added: unknown): unknown {
  if (Array.isArray(added)) return [...(Array.isArray(there) ? there : []), ...added];
  return { ...(isMapping(there) ? there : {}), ...(isMapping(added) ? added : {}) };
}

function inserted(text: string, name: string, entry: string, added: unknown): string | undefined {
  const { contents } = parseDocument(text);
  const pair = isMap(contents) ? contents.items.find(({ key }) => isScalar(key) && key.value === name) : undefined;
  if (pair === undefined) return append(text, `${name}:\n${indented(entry, 2)}`);
  const { key, value } = pair;
  if (value === null || (isScalar(value) && value.value === null)) return insertAfterLine(text, endOf(key), indented(entry, 2));
  if (!isCollection(value)) return undefined;
  return value.flow ? insertInFlow(text, value, added) : insertAsLast(text, value, entry);
}

/** `{ a: 1 }` → `{ a: 1, b: 2 }`. */
function insertInFlow(text: string, collection: YAMLMap.Parsed | YAMLSeq.Parsed, added: unknown): string {
  const written = new Document(added).toString({ collectionStyle: 'flow', lineWidth: 0 }).trim().slice(1, -1).trim();
  const end = text.slice(0, collection.range[1] - 1).trimEnd().length;
  const hasComma = text[end - 1] === ',' || collection.items.length === 0;
  const room = text[end] === ' ' ? '' : ' ';
  return `${text.slice(0, end)}${hasComma ? '' : ','} ${written}${room}${text.slice(end)}`;
}

/** After its last entry, with the same indentation. */
function insertAsLast(text: string, collection: YAMLMap.Parsed | YAMLSeq.Parsed, entry: string): string | undefined {
  const [first] = collection.items;
  if (first === undefined) return undefined;
  const start = startOf(first);
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  // The dash of a list stands before its item.
  const indent = /^( *)(?:- +)?$/.exec(line)?.[1];
  if (indent === undefined) return undefined;
  return insertAfterLine(text, afterComments(text, endOf(collection), indent.length), indented(entry, indent.length));
}

/** Past the following comment lines that are indented more than `indent`: they belong to the value that ends there. */
function afterComments(text: string, offset: number, indent: number): number {
  const start = text[offset - 1] === '\n' ? offset : text.indexOf('\n', offset) + 1;
  const comment = start === 0 ? null : /^( +)#.*\r?\n/.exec(text.slice(start));
  return comment === null || (comment[1] ?? '').length <= indent ? offset : afterComments(text, start + comment[0].length, indent);
}

type Item = (YAMLMap.Parsed | YAMLSeq.Parsed)['items'][number];

const startOf = (item: Item): number => (isPair(item) ? item.key.range[0] : item.range[0]);

/** Where the last value ends. Comments behind it belong to the block as a whole, and are not included. */
function endOf(node: ParsedNode): number {
  if (!isCollection(node) || node.flow) return node.range[1];
  const last = node.items.at(-1);
  if (last === undefined) return node.range[1];
  return isPair(last) ? endOf(last.value ?? last.key) : endOf(last);
}

function insertAfterLine(text: string, offset: number, lines: string): string {
  if (text[offset - 1] === '\n') return text.slice(0, offset) + inLineEndsOf(text, lines) + text.slice(offset);
  const end = text.indexOf('\n', offset);
  return end < 0 ? append(text, lines, '') : text.slice(0, end + 1) + inLineEndsOf(text, lines) + text.slice(end + 1);
}

function append(text: string, lines: string, gap = '\n'): string {
  if (text.trim() === '') return text + lines;
  return text + inLineEndsOf(text, (text.endsWith('\n') ? '' : '\n') + gap + lines);
}

const inLineEndsOf = (text: string, lines: string) => (text.includes('\r\n') ? lines.replaceAll('\n', '\r\n') : lines);

function indented(entry: string, spaces: number): string {
  const lines = entry.trimEnd().split('\n');
  return `${lines.map((line) => (line === '' ? '' : ' '.repeat(spaces) + line)).join('\n')}\n`;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
