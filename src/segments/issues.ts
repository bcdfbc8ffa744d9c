/** Turns zod's issues about a segment into problems that a person can act on. Pure. */
import type * as z from 'zod';
import { nearest, type Path, type Problem } from '../documents/problem.ts';
import { problemsOfIssue, problemsOf as problemsOfZod, type Reading, valueAt } from '../documents/zod-problems.ts';
import { NODE_KEYS, SegmentDefinition } from './definition.ts';

/**
 * zod's issues as problems. A union's issue lists the problems of each branch. For a condition only the branch that its key names matters
 * (`{ trait: … }` is a trait condition, however wrong the rest), so the others are left out.
 */
export const problemsOf = (error: z.ZodError, document: unknown): Problem[] => problemsOfZod(error, readingOf(document));

/** What marketers and other tools say, and how it is said here. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  and: ['all'],
  or: ['any'],
  none: ['not'],
  events: ['event'],
  attribute: ['trait', 'property'],
  traits: ['trait'],
  steps: ['sequence'],
  funnel: ['sequence'],
  segments: ['segment'],
  audience: ['segment'],
  equals: ['is', 'eq'],
  equal: ['is', 'eq'],
  eq: ['is'],
  is: ['eq'],
  not_equals: ['is_not'],
  neq: ['is_not'],
  less_than: ['lt'],
  more_than: ['gt'],
  greater_than: ['gt'],
  at_least: ['gte'],
  at_most: ['lte'],
  min: ['gte'],
  max: ['lte'],
  like: ['contains', 'matches'],
  regex: ['matches'],
  empty: ['missing'],
  set: ['exists'],
  within: ['during'],
  since: ['during'],
  times: ['count'],
  past: ['last'],
  percent: ['share'],
  of: ['property', 'column'],
  property: ['column'],
  column: ['property'],
  n: ['top'],
  seed: ['salt'],
};

const readingOf = (document: unknown): Reading => ({
  schema: SegmentDefinition,
  document,
  synonyms: SYNONYMS,
  special: (issue, path) => (issue.code === 'invalid_union' && isCondition(path) ? fromCondition(issue.errors, path, document) : undefined),
});

/** A place where the language has a condition: `where`, a member of `all` or `any`, or the operand of `not` or `that`. */
function isCondition(path: Path): boolean {
  const [last, parent] = [path.at(-1), path.at(-2)];
  if (path.length === 1) return last === 'where';
  return last === 'not' || last === 'that' || (typeof last === 'number' && (parent === 'all' || parent === 'any'));
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
    const meant = (key: string) => SYNONYMS[key]?.filter((name) => NODE_KEYS.some((known) => known === name)) ?? [];
    const suggestions = [...new Set(keys.flatMap((key) => (meant(key).length > 0 ? meant(key) : nearest(key, NODE_KEYS))))];
    return [{ path, message: `is no condition: it has none of ${kinds}.`, suggestions }];
  }
  if (given.length > 1) return [{ path, message: `is ${given.join(' and ')} at once: one condition has one of them` }];
  return (branches[NODE_KEYS.indexOf(kind)] ?? []).flatMap((issue) => problemsOfIssue(issue, path, readingOf(document)));
}
