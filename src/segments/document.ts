/** Reads a segment written as YAML or JSON, remembering where everything stands, so that problems can point into the file. Pure. */
import { isMap, isNode, LineCounter, parseDocument, type Node as YamlNode } from 'yaml';
import { SegmentDefinition } from './definition.ts';
import { type Path, type Problem, problemsOf } from './problem.ts';

/** Deep enough for any thought, shallow enough for the parser of every ClickHouse (max_parser_depth 1,000). */
const MAX_DEPTH = 100;
/** A long list of values belongs into a table. */
const MAX_VALUES = 50_000;

export type Read =
  | { readonly ok: true; readonly definition: SegmentDefinition }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface WrittenSegment {
  readonly read: Read;
  /** Adds line and column to problems that were found later, against the catalogue. */
  locate(problems: readonly Problem[]): Problem[];
}

/** Checks the shape of a document that is data already (an API's body, a stored resource). */
export function readDefinition(document: unknown): Read {
  const excess = excessOf(document);
  if (excess !== undefined) return { ok: false, problems: [{ path: [], message: excess }] };
  const parsed = SegmentDefinition.safeParse(document);
  return parsed.success ? { ok: true, definition: parsed.data } : { ok: false, problems: problemsOf(parsed.error, document) };
}

/** Reads one segment from the text of a file. Problems carry line and column. */
export function readSegmentText(text: string): WrittenSegment {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const broken = yaml.errors.map((error): Problem => ({ path: [], message: `is not YAML: ${error.message}`, ...at(error.pos[0]) }));
  if (broken.length > 0) return { read: { ok: false, problems: broken }, locate: (problems) => [...problems] };

  const locate = (problems: readonly Problem[]) =>
    problems.map((problem) => ({ ...at(offsetOf(yaml.contents, problem.path)), ...problem }));
  const read = readDefinition(yaml.toJS({ maxAliasCount: 100 }));
  return { read: read.ok ? read : { ok: false, problems: locate(read.problems) }, locate };
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

/** Undefined when the document is reasonable. A YAML alias may contain itself, so the walk ends by count, not only by depth. */
function excessOf(document: unknown): string | undefined {
  const open: { value: unknown; depth: number }[] = [{ value: document, depth: 0 }];
  let count = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    count += 1;
    if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
    if (count > MAX_VALUES) return `has more than ${MAX_VALUES.toLocaleString('en')} values`;
    if (typeof value !== 'object' || value === null) continue;
    // A level of the language is an object, or a list in an object: the list does not count.
    const inner = Array.isArray(value) ? depth : depth + 1;
    for (const item of Object.values(value)) open.push({ value: item, depth: inner });
  }
  return undefined;
}
