/** A document written by a person as YAML (JSON is YAML too), which remembers where everything stands, so that problems can point into the file. Pure. */
import { type Document, isMap, isNode, LineCounter, parseDocument, visit, type Node as YamlNode } from 'yaml';
import { isKeptByNumber, readNumeral } from './numeral.ts';
import type { Path, Problem } from './problem.ts';

export interface Written {
  /** The document as data; `undefined` when the text is not YAML. */
  readonly value: unknown;
  /** What keeps the text from being YAML, with line and column. */
  readonly problems: readonly Problem[];
  /** Adds line and column to problems that were found later, in the data. */
  locate(problems: readonly Problem[]): Problem[];
}

/** An anchor may be repeated this often: enough for people, too little for a document that explodes when its aliases are resolved. */
const MAX_ALIASES = 100;

export function readWritten(text: string): Written {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  // The parser says so once for each level that it gave up.
  if (yaml.errors.some(({ message }) => /call stack/.test(message))) {
    const problem = { path: [], message: 'is nested too deeply to be read', line: 1, column: 1 };
    return { value: undefined, problems: [problem], locate: (problems) => [...problems] };
  }
  const broken = yaml.errors.map((error): Problem => ({ path: [], message: `is not YAML: ${error.message}`, ...at(error.pos[0]) }));
  if (broken.length > 0) return { value: undefined, problems: broken, locate: (problems) => [...problems] };
  const lost = lostNumbers(yaml).map(({ message, offset }): Problem => ({ path: [], message, ...at(offset) }));
  if (lost.length > 0) return { value: undefined, problems: lost, locate: (problems) => [...problems] };
  const locate = (problems: readonly Problem[]) =>
    problems.map((problem) => ({ ...at(offsetOf(yaml.contents, problem.path)), ...problem }));
  try {
    return { value: yaml.toJS({ maxAliasCount: MAX_ALIASES }) as unknown, problems: [], locate };
  } catch (error) {
    const message = `is not YAML that can be read: ${error instanceof Error ? error.message : String(error)}`;
    return { value: undefined, problems: [{ path: [], message, line: 1, column: 1 }], locate };
  }
}

/** Numbers that would be others once they are read: a document travels as JSON, whose numbers keep about 16 digits. */
function lostNumbers(yaml: Document): { readonly message: string; readonly offset: number }[] {
  const lost: { message: string; offset: number }[] = [];
  visit(yaml, {
    Scalar(_key, { value, source = '', range }) {
      if (typeof value !== 'number') return;
      const isHeld = readNumeral(source) === undefined ? Number.isSafeInteger(value) : isKeptByNumber(source);
      if (isHeld) return;
      const shown = source.length > 60 ? `${source.slice(0, 60)}…` : source;
      const message = Number.isFinite(value)
        ? `${shown} has more digits than a number in a document keeps: write it in quotes, and all of them stay`
        : `${shown} is no number that a document can hold`;
      lost.push({ message, offset: range?.[0] ?? 0 });
    },
  });
  return lost;
}

/** Where the value of `path` starts; where it does not exist, the nearest thing around it that does. An unknown key: the key itself. */
function offsetOf(contents: YamlNode | null, path: Path): number {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(isNode(key) && 'value' in key ? key.value : key) === String(part));
      if (!pair) return offset;
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else {
      node = isNode(node) && 'items' in node ? (node.items as unknown[])[Number(part)] : undefined;
      if (isNode(node)) offset = node.range?.[0] ?? offset;
    }
    if (node === undefined) return offset;
  }
  return offset;
}
