/** zod's complaints about a document, as problems that a person can act on. Which names are possible is read off the schema itself. Pure. */
import * as z from 'zod';
import { nearest, type Path, type Problem } from './problem.ts';

export interface Reading {
  readonly schema: z.ZodType;
  /** What was parsed. */
  readonly document: unknown;
  /** A place of which the room knows better what to say; undefined leaves it to the rest. */
  readonly special?: (issue: z.core.$ZodIssue, path: Path) => Problem[] | undefined;
}

export function problemsOf(error: z.core.$ZodError, reading: Reading): Problem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, [], reading));
}

export function problemsOfIssue(issue: z.core.$ZodIssue, base: Path, reading: Reading): Problem[] {
  const path = [...base, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  const special = reading.special?.(issue, path);
  if (special) return special;
  const meant = issue.code === 'invalid_union' ? branchOfItsType(issue) : undefined;
  if (meant) {
    // A name that one alternative does not know: another may, so what else this one lacks says nothing.
    const unknown = meant.filter((inner) => inner.code === 'unrecognized_keys' && inner.path.length === 0);
    const isToldInOwnWords = unknown.length > 0 && issue.message !== 'Invalid input';
    if (!isToldInOwnWords) return (unknown.length > 0 ? unknown : meant).flatMap((inner) => problemsOfIssue(inner, path, reading));
  }
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, reading));
  if (issue.code === 'invalid_type' && valueAt(reading.document, path) === undefined) return [{ path, message: 'is missing' }];
  const isNamed = issue.code === 'invalid_type' || issue.code === 'invalid_union' || issue.code === 'invalid_format';
  // Some schemas say a whole sentence.
  const prefix = isNamed && !/\bmust be\b/.test(issue.message) ? 'expected ' : '';
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

function unknownKey(key: string, path: Path, { schema, document }: Reading): Problem {
  const taken = new Set(Object.keys(Object(valueAt(document, path))));
  const suggestions = nearest(
    key,
    keysAt(schema, path, taken).filter((name) => !taken.has(name)),
  );
  return { path: [...path, key], message: `there is no ${key} here.`, ...(suggestions.length > 0 ? { suggestions } : {}) };
}

/** Names that the object at `path` may have. Where it may be one of several shapes, those count that share most with the names that it has. */
export function keysAt(schema: z.ZodType, path: Path, taken: ReadonlySet<string> = new Set()): string[] {
  const shapes = path.reduce<z.ZodType[]>((at, part) => at.flatMap((one) => within(one, part)), [schema]).flatMap(objectsOf);
  const shared = shapes.map((shape) => Object.keys(shape).filter((name) => taken.has(name)).length);
  const most = Math.max(0, ...shared);
  return [...new Set(shapes.filter((_, index) => shared[index] === most).flatMap((shape) => Object.keys(shape)))];
}

/** What a schema wraps: `optional`, `default`, `pipe`, … */
function unwrapped(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodUnion) return (schema.options as z.ZodType[]).flatMap(unwrapped);
  if (schema instanceof z.ZodLazy) return unwrapped(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodPipe) return unwrapped(schema.in as z.ZodType);
  if ('innerType' in schema.def && schema.def.innerType instanceof z.ZodType) return unwrapped(schema.def.innerType);
  return [schema];
}

const objectsOf = (schema: z.ZodType): Record<string, unknown>[] =>
  unwrapped(schema).flatMap((one) => (one instanceof z.ZodObject ? [one.shape as Record<string, unknown>] : []));

function within(schema: z.ZodType, part: string | number): z.ZodType[] {
  return unwrapped(schema).flatMap((one) => {
    if (one instanceof z.ZodObject) return Object.hasOwn(one.shape, part) ? [one.shape[part] as z.ZodType] : [];
    if (one instanceof z.ZodArray) return [one.element as z.ZodType];
    if (one instanceof z.ZodRecord) return [one.valueType as z.ZodType];
    return [];
  });
}

export function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[part] : undefined),
    document,
  );
}
