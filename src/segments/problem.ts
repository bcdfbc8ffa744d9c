/** What is wrong with a segment's document, and where in it: one shape for syntax, structure, names and references. Pure. */
import { distance } from 'fastest-levenshtein';
import type * as z from 'zod';
import { NODE_KEYS, OPERATORS } from './definition.ts';

export type Path = readonly (string | number)[];

export interface Problem {
  readonly path: Path;
  readonly message: string;
  /** Nearest names that exist, best first. */
  readonly suggestions?: readonly string[];
  /** 1-based; known where the document was written as YAML. */
  readonly line?: number;
  readonly column?: number;
}

/** As a person would write it: `where.all[1].trait`. */
export function formatPath(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

/** `activations/segments/x.yml:7:9 where.all[1].trait: there is no trait … Did you mean country_code?` */
export function formatProblem(problem: Problem, file?: string): string {
  const place = [file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  const path = formatPath(problem.path);
  const suggestions = problem.suggestions?.length ? ` Did you mean ${problem.suggestions.join(' or ')}?` : '';
  return `${[place, path].filter((part) => part !== '').join(' ')}${place || path ? ': ' : ''}${problem.message}${suggestions}`;
}

/** At most three names that are near enough to be a slip: a third of the letters may differ. */
export function nearest(name: string, names: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  const limit = Math.max(2, Math.ceil(name.length / 3));
  return [...names]
    .map((candidate) => ({ candidate, far: distance(wanted, candidate.toLowerCase()), contains: candidate.toLowerCase().includes(wanted) }))
    .filter(({ far, contains }) => far <= limit || (contains && wanted.length >= 3))
    .sort((a, b) => a.far - b.far || a.candidate.localeCompare(b.candidate))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/**
 * zod's issues as problems. A union's issue lists what is wrong with each of its branches: for a condition only the branch that its key names
 * is of interest (`{ trait: … }` is a trait condition, however wrong the rest), so the others are left out.
 */
export function problemsOf(error: z.ZodError, document: unknown): Problem[] {
  return error.issues.flatMap((issue) => fromIssue(issue as z.core.$ZodIssue, [], document));
}

function fromIssue(issue: z.core.$ZodIssue, base: Path, document: unknown): Problem[] {
  const path = [...base, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  if (issue.code === 'invalid_union' && isCondition(path)) return fromCondition(issue.errors, path, document);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, document));
  if (issue.code === 'invalid_type' && valueAt(document, path) === undefined) return [{ path, message: 'is missing' }];
  const prefix = issue.code === 'invalid_type' || issue.code === 'invalid_union' || issue.code === 'invalid_format' ? 'expected ' : '';
  return [{ path, message: `${prefix}${issue.message.replace(/^Invalid input: expected /, '').replace(/^Invalid string: /, '')}` }];
}

/** A place where the language has a condition: `where`, a member of `all` or `any`, or what `not` turns round. */
function isCondition(path: Path): boolean {
  const [last, parent] = [path.at(-1), path.at(-2)];
  if (path.length === 1) return last === 'where';
  return last === 'not' || (typeof last === 'number' && (parent === 'all' || parent === 'any'));
}

function fromCondition(branches: z.core.$ZodIssue[][], path: Path, document: unknown): Problem[] {
  const value = valueAt(document, path);
  const kinds = NODE_KEYS.join(', ');
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [{ path, message: `expected a condition: an object with one of ${kinds}` }];
  const given = NODE_KEYS.filter((key) => key in value);
  const [kind] = given;
  if (kind === undefined) {
    const keys = Object.keys(value);
    const suggestions = [...new Set(keys.flatMap((key) => nearest(key, NODE_KEYS)))];
    return [{ path, message: `is no condition: it has none of ${kinds}.`, suggestions }];
  }
  if (given.length > 1) return [{ path, message: `is ${given.join(' and ')} at once: one condition has one of them` }];
  return (branches[NODE_KEYS.indexOf(kind)] ?? []).flatMap((issue) => fromIssue(issue, path, document));
}

const KNOWN_KEYS = [
  ...NODE_KEYS,
  ...OPERATORS,
  'id',
  'title',
  'description',
  'entity',
  'where',
  'as_of',
  'timezone',
  'guard',
  'count',
  'during',
  'property',
];

function unknownKey(key: string, path: Path, document: unknown): Problem {
  const taken = new Set(Object.keys(Object(valueAt(document, path))));
  const suggestions = nearest(
    key,
    KNOWN_KEYS.filter((name) => !taken.has(name)),
  );
  return { path: [...path, key], message: `there is no ${key} here.`, ...(suggestions.length > 0 ? { suggestions } : {}) };
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[part] : undefined),
    document,
  );
}
