/** Conditions as sentences, and sentences as conditions. Pure. */
import { nearest, type Problem } from '../../documents/problem.ts';
import { Node } from '../definition.ts';
import { problemsOf } from '../issues.ts';
import { asWritten, condition } from './conditions.ts';
import type { Language } from './language.ts';
import { NAME_KINDS, type Names } from './names.ts';
import { wordingsOf } from './phrase.ts';
import { CONDITIONS } from './phrase-book.ts';
import { isReserved, reservedWords } from './reserved.ts';
import { isObject, Reading, type Syntax, tokensOf, type Writing } from './syntax.ts';
import type { Phrase } from './wording.ts';

export interface Speech {
  readonly language: Language;
  readonly names: Names;
}

/**
 * @param form `lines`: the whole condition, each part of a group on a line of its own. `line`: the same on one line, with brackets. `head`: of
 *   a group only how its parts are joined, since each part has a sentence of its own beside it; long lists are cut.
 */
export function sentenceOf(node: Node, speech: Speech, form: 'lines' | 'line' | 'head' = 'lines'): string {
  if (form === 'line') return lineOf(condition, node, speech);
  if (form === 'head') return headOf(node, speech).text;
  return linesOf(node, speech).join('\n');
}

/**
 * The one line of a piece. It is read back to be sure: where that gives another one, or two, its names are put in quotes, and where that does
 * not help it is written as it stands in the document.
 */
export function lineOf(syntax: Syntax, value: unknown, speech: Speech, { isShort = false }: Pick<Writing, 'isShort'> = {}): string {
  for (const isQuoted of [false, true]) {
    const text = syntax.write(value, { ...speech, isShort, isQuoted });
    if (text !== undefined && (isShort || isExact(syntax, text, { ...speech, isQuoted }))) return text;
  }
  return asWritten.write(value, speech) ?? JSON.stringify(value);
}

/** Whether the text means one thing only, and that is said in the same way. */
function isExact(syntax: Syntax, text: string, speech: Writing): boolean {
  const { values } = readAll(syntax, text, speech);
  return values.length === 1 && syntax.write(values[0], speech) === text;
}

interface Head {
  readonly text: string;
  readonly children?: readonly Node[];
}

const said = (phrase: Phrase, language: Language) => wordingsOf(phrase, language)[0] ?? '';

function headOf(node: Node, speech: Speech, isShort = true): Head {
  const { language } = speech;
  const group = (children: readonly Node[], whole: Phrase, below: Phrase) => {
    const short = children.length === 1 ? CONDITIONS.oneBelow : below;
    return { text: said(isShort ? short : whole, language).replace('{n}', children.length.toLocaleString(language)), children };
  };
  if ('all' in node) return group(node.all, CONDITIONS.all, CONDITIONS.allBelow);
  if ('any' in node) return group(node.any, CONDITIONS.any, CONDITIONS.anyBelow);
  if (!('not' in node)) return { text: lineOf(condition, node, speech, { isShort }) };
  if ('any' in node.not && !(isShort && node.not.any.length === 1)) return group(node.not.any, CONDITIONS.notAny, CONDITIONS.noneBelow);
  const inner = headOf(node.not, speech, isShort);
  return { ...inner, text: `${said(CONDITIONS.not, language)} ${inner.text}` };
}

/** Each part of a group on a line of its own, after a dash. */
export function linesOf(node: Node, speech: Speech): string[] {
  const { text, children } = headOf(node, speech, false);
  if (!children) return [text];
  const lines = children.flatMap((child) => {
    const [first = '', ...others] = linesOf(child, speech);
    return [`- ${first}`, ...others.map((line) => `  ${line}`)];
  });
  return [`${text}:`, ...lines];
}

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

/** A sentence, of one line or of several. Problems carry line and column in the text. */
export function readSentence(text: string, speech: Speech): Read<Node> {
  const lines = linesIn(text);
  const [first] = lines;
  if (!first) return { ok: false, problems: [{ path: [], message: 'there is no sentence to read', line: 1, column: 1 }] };
  const problems: Problem[] = [];
  const { node, next } = readBlock(lines, 0, speech, problems);
  const surplus = lines[next];
  if (surplus) problems.push(problemAt(surplus, 0, 'is not part of the condition above it: put it below `all of these:`, after a dash'));
  return problems.length > 0 ? { ok: false, problems } : checked(node);
}

/** Its shape is checked as that of any document. */
function checked(node: unknown): Read<Node> {
  const parsed = Node.safeParse(node);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, problems: problemsOf(parsed.error, node).map((problem) => ({ ...problem, path: ['where', ...problem.path] })) };
}

/** A line that is not empty. */
export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Spaces and dashes before the text. */
  readonly depth: number;
}

export const linesIn = (text: string): Line[] =>
  text.split(/\r?\n/).flatMap((whole, index) => {
    const depth = /^\s*(?:[-–•*]\s+)?/u.exec(whole)?.[0].length ?? 0;
    const line = whole.slice(depth).trimEnd();
    return line === '' ? [] : [{ text: line, number: index + 1, depth }];
  });

export const problemAt = ({ number, depth }: Line, at: number, message: string, suggestions: readonly string[] = []): Problem => ({
  path: [],
  message,
  line: number,
  column: depth + at + 1,
  ...(suggestions.length > 0 ? { suggestions } : {}),
});

/** The condition of the line at `index`, with the lines below it that are further to the right. */
export function readBlock(
  lines: readonly Line[],
  index: number,
  speech: Speech,
  problems: Problem[],
): { readonly node: unknown; readonly next: number } {
  const line = lines[index];
  if (!line) return { node: undefined, next: index };
  const reading = new Reading(line.text, speech);
  let at = 0;
  let negations = 0;
  for (let end = literalOf(CONDITIONS.not, reading, at); end !== undefined; end = literalOf(CONDITIONS.not, reading, at)) {
    at = reading.skip(end);
    negations += 1;
  }
  const negated = (node: unknown) => {
    let whole = node;
    for (let count = 0; count < negations; count += 1) whole = { not: whole };
    return whole;
  };
  const group = groupAt(reading, at);
  if (!group) return { node: negated(readLine(condition, line, speech, problems, at)), next: index + 1 };
  const children: unknown[] = [];
  let next = index + 1;
  for (let child = lines[next]; child && child.depth > line.depth; child = lines[next]) {
    const read = readBlock(lines, next, speech, problems);
    children.push(read.node);
    next = read.next;
  }
  if (children.length === 0)
    problems.push(problemAt(line, at, 'has no conditions below it: write each on a line of its own, further to the right, after a dash'));
  return { node: negated(group(children)), next };
}

const literalOf = (phrase: Phrase, reading: Reading, at: number, after: readonly string[] = []) =>
  wordingsOf(phrase, reading.language).flatMap((wording) => reading.literal([...tokensOf(wording), ...after], at) ?? [])[0];

/** `all of these:`, when nothing follows it on the line. */
function groupAt(reading: Reading, at: number): ((children: unknown[]) => unknown) | undefined {
  const isHead = (phrase: Phrase) => {
    const end = literalOf(phrase, reading, at, [':']);
    return end !== undefined && reading.skip(end) === reading.text.length;
  };
  if (isHead(CONDITIONS.all)) return (all) => ({ all });
  if (isHead(CONDITIONS.any)) return (any) => ({ any });
  return isHead(CONDITIONS.notAny) ? (any) => ({ not: { any } }) : undefined;
}

/** The piece that a line says from a place on; undefined, and a problem, when that is none, or more than one. */
export function readLine(syntax: Syntax, line: Line, speech: Speech, problems: Problem[], at = 0): unknown {
  const { values, reading } = readAll(syntax, line.text, speech, at);
  const [value, other] = values;
  if (value !== undefined && other === undefined) return value;
  problems.push(
    other === undefined
      ? misunderstood(reading, line)
      : problemAt(line, at, 'can be read in two ways: put names and texts in quotes, like “Order Completed”'),
  );
  return undefined;
}

/** Every way to read all of the text; an end with a full stop too. */
function readAll(syntax: Syntax, text: string, speech: Speech, at = 0): { readonly values: readonly unknown[]; readonly reading: Reading } {
  const reading = new Reading(text, speech);
  const isEnd = (end: number) => /^[\s.]*$/.test(text.slice(end));
  const parses = reading.read(syntax, at);
  const whole = parses.filter(({ end }) => isEnd(end));
  for (const { end } of parses) if (!isEnd(end)) reading.expect(reading.skip(end), 'the end of the sentence');
  const distinct = new Map(whole.map(({ value }) => [textOf(value), value]));
  return { values: [...distinct.values()], reading };
}

/** Equal for equal pieces, in whatever order their fields are. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    isObject(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one,
  );
}

const MAX_EXPECTED = 6;
const wordAt = (text: string) => /^[^\s,;:()]+/u.exec(text)?.[0] ?? text.slice(0, 1);

/** Points at the first word that does not fit, says what could stand there, and what may have been meant. */
function misunderstood(reading: Reading, line: Line): Problem {
  const { text, furthest, names, language } = reading;
  const slip = slipBefore(reading);
  if (slip) return problemAt(line, slip.at, `cannot be read from “${slip.word}” on`, slip.near);
  const word = wordAt(text.slice(furthest));
  const wanted = [...reading.expected].sort((a, b) => a.length - b.length);
  const candidates = [...wanted.flatMap((one) => tokensOf(one)), ...NAME_KINDS.flatMap((kind) => names.of[kind].all)];
  const near = word === '' || isReserved(word, language) ? [] : nearest(word, [...new Set(candidates)]);
  const shown = wanted.slice(0, MAX_EXPECTED).join(', ');
  const more = wanted.length > MAX_EXPECTED ? ', …' : '';
  const where = word === '' ? 'ends too early' : `cannot be read from “${word}” on`;
  return problemAt(line, furthest, `${where}: expected here is ${shown}${more}`, near);
}

/** A word of the language with a slip is taken for a text, and only the word after it does not fit. */
function slipBefore({ text, furthest, language }: Reading) {
  const [word = ''] = /[\p{L}]+(?=\s*$)/u.exec(text.slice(0, furthest)) ?? [];
  if (word === '' || isReserved(word, language)) return undefined;
  const near = nearest(word, reservedWords(language)).filter((one) => one.length > 2);
  return near.length === 0 || furthest >= text.length ? undefined : { word, near, at: text.slice(0, furthest).lastIndexOf(word) };
}
