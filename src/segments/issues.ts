/** zod's complaints about a segment, as problems that a person can act on. Pure. */
import type * as z from 'zod';
import { nearest, type Path, type Problem } from '../documents/problem.ts';
import { NODE_KEYS, OPERATORS, PROPERTY_OPERATORS } from './definition.ts';
import { NO_RELATED } from './related.ts';

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
  // A schedule says itself what is wrong with it, whichever kind it is of.
  if (path.length === 1 && path[0] === 'schedule') return [{ path, message: issue.message }];
  const meant = issue.code === 'invalid_union' ? branchOfItsType(issue) : undefined;
  if (meant) return meant.flatMap((inner) => fromIssue(inner, path, document));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, document));
  if (issue.code === 'invalid_type' && valueAt(document, path) === undefined) return [{ path, message: 'is missing' }];
  const prefix = issue.code === 'invalid_type' || issue.code === 'invalid_union' || issue.code === 'invalid_format' ? 'expected ' : '';
  return [{ path, message: `${prefix}${issue.message.replace(/^Invalid input: expected /, '').replace(/^Invalid string: /, '')}` }];
}

/** Of a value that may be of several types: what is wrong with it as the type that it is. */
function branchOfItsType({ errors }: Extract<z.core.$ZodIssue, { code: 'invalid_union' }>): z.core.$ZodIssue[] | undefined {
  for (const branch of errors) {
    const [first] = branch;
    const inner = first?.code === 'invalid_union' && first.path.length === 0 ? branchOfItsType(first) : undefined;
    if (inner) return inner;
    if (branch.every(({ code, path }) => path.length > 0 || (code !== 'invalid_type' && code !== 'invalid_union'))) return branch;
  }
  return undefined;
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
  if (kind === undefined && 'related' in value) return [{ path: [...path, 'related'], message: `asks for related rows. ${NO_RELATED}` }];
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

/** What may stand beside the keys that are there. */
function keysOf(taken: ReadonlySet<string>): readonly string[] {
  if (taken.has('property')) return ['property', ...PROPERTY_OPERATORS];
  if (taken.has('trait')) return ['trait', ...OPERATORS];
  if (taken.has('event')) return ['event', 'count', 'during', 'where'];
  return KNOWN_KEYS;
}

function unknownKey(key: string, path: Path, document: unknown): Problem {
  const taken = new Set(Object.keys(Object(valueAt(document, path))));
  const suggestions = nearest(
    key,
    keysOf(taken).filter((name) => !taken.has(name)),
  );
  return { path: [...path, key], message: `there is no ${key} here.`, ...(suggestions.length > 0 ? { suggestions } : {}) };
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[part] : undefined),
    document,
  );
}
