/** Reads a segment from the text of a file, or from data that is parsed already. Pure. */
import type { Problem } from '../documents/problem.ts';
import { readWritten } from '../documents/written.ts';
import { SegmentDefinition } from './definition.ts';
import { problemsOf } from './issues.ts';

/** Deep enough for any real segment, and accepted by the parser of every ClickHouse (max_parser_depth 1,000). */
const MAX_DEPTH = 100;
/** Texts, numbers, lists and objects together: a document with more is no definition. */
const MAX_VALUES = 50_000;

export type ReadResult =
  | { readonly ok: true; readonly definition: SegmentDefinition }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface WrittenSegment {
  readonly read: ReadResult;
  /** Adds line and column to problems that were found later, against the catalogue. */
  locate(problems: readonly Problem[]): Problem[];
}

/** Checks the shape of a document that is parsed already (an API's body, a stored resource). */
export function readDefinition(document: unknown): ReadResult {
  const excess = excessOf(document);
  if (excess !== undefined) return { ok: false, problems: [{ path: [], message: excess }] };
  const parsed = SegmentDefinition.safeParse(document);
  return parsed.success ? { ok: true, definition: parsed.data } : { ok: false, problems: problemsOf(parsed.error, document) };
}

/** Reads one segment from the text of a file. Problems carry line and column. */
export function readSegmentText(text: string): WrittenSegment {
  const { value, problems, locate } = readWritten(text);
  if (problems.length > 0) return { read: { ok: false, problems }, locate };
  const read = readDefinition(value);
  return { read: read.ok ? read : { ok: false, problems: locate(read.problems) }, locate };
}

/** Undefined when the document has a reasonable size. A YAML alias may contain itself, so the walk ends by count, not only by depth. */
function excessOf(document: unknown): string | undefined {
  const open: { value: unknown; depth: number }[] = [{ value: document, depth: 0 }];
  let count = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    count += 1;
    if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
    if (count > MAX_VALUES) return `has more than ${MAX_VALUES.toLocaleString('en')} values`;
    if (typeof value !== 'object' || value === null) continue;
    // A level of the language is an object, or a list in an object, which does not count as a level of its own.
    const inner = Array.isArray(value) ? depth : depth + 1;
    for (const item of Object.values(value)) open.push({ value: item, depth: inner });
  }
  return undefined;
}
