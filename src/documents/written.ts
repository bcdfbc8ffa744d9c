/** A document written by a person as YAML (JSON is YAML too), which remembers where everything stands, so that problems can point into the file. Pure. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  type Scalar,
  visit,
  type YAMLError,
  type YAMLMap,
  type Node as YamlNode,
} from 'yaml';
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
/** Of a text that is no YAML at all, the parser finds fault with every line. */
const MAX_PROBLEMS = 10;

export function readWritten(text: string): Written {
  const lines = new LineCounter();
  // What stands twice is told below, by its name.
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: false, logLevel: 'error' });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const unreadable = (problems: readonly Problem[]): Written => ({ value: undefined, problems, locate: (later) => [...later] });
  // The parser says so once for each level that it gave up.
  if (yaml.errors.some(({ message }) => /call stack/.test(message)))
    return unreadable([{ path: [], message: 'is nested too deeply to be read', line: 1, column: 1 }]);
  const broken = yaml.errors
    .slice(0, MAX_PROBLEMS)
    .map((error): Problem => ({ path: [], message: `is not YAML: ${inWords(error)}`, ...at(error.pos[0]) }));
  if (broken.length > 0) return unreadable(broken);
  const lost = lostParts(yaml, (offset) => at(offset).line);
  if (lost.length > 0) return unreadable(lost.map(({ message, offset }) => ({ path: [], message, ...at(offset) })));
  const locate = (problems: readonly Problem[]) =>
    problems.map((problem) => ({ ...at(offsetOf(yaml.contents, problem.path)), ...problem }));
  try {
    return { value: yaml.toJS({ maxAliasCount: MAX_ALIASES }) as unknown, problems: [], locate };
  } catch {
    // All else that toJS can refuse was looked for above.
    const message = 'repeats what its anchors hold (`*name`) too often to be read: write some of it out';
    return unreadable([{ path: [], message, line: 1, column: 1 }]);
  }
}

/** The parser's own words, save where they speak to programmers. */
function inWords({ code, message }: YAMLError): string {
  switch (code) {
    case 'MULTIPLE_DOCS':
      return 'a second document begins here; a file holds one';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a text that holds `: ` stands in quotes, and what belongs to a name is indented below it';
    default:
      return message;
  }
}

interface Lost {
  readonly message: string;
  readonly offset: number;
}

/** Types of the core schema of YAML 1.2. JSON has no others, and a document travels as JSON. */
const TAGS = /^(!|tag:yaml\.org,2002:(str|int|float|bool|null|map|seq))$/;

/** Values and names that would be others once they are read, or none. @param lineOf of an offset. */
function lostParts(yaml: Document, lineOf: (offset: number) => number): Lost[] {
  if (yaml.directives?.yaml.version !== '1.2')
    return [{ message: 'is read as YAML 1.2: leave out the line that begins with %YAML', offset: 0 }];
  const lost: Lost[] = [];
  visit(yaml, {
    Node(_key, node) {
      const message = valueProblem(node, yaml);
      if (message !== undefined) lost.push({ message, offset: node.range?.[0] ?? 0 });
      if (isMap(node)) lost.push(...lostNames(node, lineOf));
    },
  });
  return lost;
}

function valueProblem(node: YamlNode, yaml: Document): string | undefined {
  if (isAlias(node))
    return node.resolve(yaml) === undefined ? `there is no \`&${node.source}\` above that \`*${node.source}\` could repeat` : undefined;
  if ('tag' in node && node.tag !== undefined && !TAGS.test(node.tag)) return `has the type ${node.tag}, which a document cannot hold`;
  return isScalar(node) ? scalarProblem(node) : undefined;
}

function scalarProblem({ value, source = '' }: Scalar): string | undefined {
  if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()))
    return 'holds a NUL character, or half of a character, which no store can keep';
  if (typeof value !== 'number') return undefined;
  // A document travels as JSON, whose numbers keep about 16 digits.
  const isHeld = readNumeral(source) === undefined ? Number.isSafeInteger(value) : isKeptByNumber(source);
  if (isHeld) return undefined;
  const shown = source.length > 60 ? `${source.slice(0, 60)}…` : source;
  return Number.isFinite(value)
    ? `${shown} has more digits than a number in a document keeps: write it in quotes, and all of them stay`
    : `${shown} is no number that a document can hold`;
}

function lostNames({ items, range }: YAMLMap, lineOf: (offset: number) => number): Lost[] {
  const first = new Map<string, number>();
  return items.flatMap(({ key }) => {
    const offset = (isNode(key) ? key.range?.[0] : undefined) ?? range?.[0] ?? 0;
    const message = nameProblem(key);
    if (message !== undefined) return [{ message, offset }];
    const name = isScalar(key) ? String(key.value) : '';
    const before = first.get(name);
    if (before !== undefined) return [{ message: `${name} is here a second time; the first is on line ${lineOf(before)}`, offset }];
    first.set(name, offset);
    return [];
  });
}

function nameProblem(key: YAMLMap['items'][number]['key']): string | undefined {
  if (!isScalar(key) || key.value === null) return 'is not YAML with names: the name before `:` is a text';
  if (key.value === '<<' && key.type === 'PLAIN') return 'YAML 1.2 has no `<<`: write out what it would bring in';
  // JavaScript gives this name a meaning of its own, and what stands there is not kept.
  if (key.value === '__proto__') return '__proto__ cannot be a name';
  return undefined;
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
