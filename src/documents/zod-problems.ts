/** zod's complaints about a document, as problems that a person can act on. Which names are possible is read off the schema itself. Pure. */
import * as z from 'zod';
import { nearest, type Path, type Problem } from './problem.ts';

export interface Reading {
  readonly schema: z.ZodType;
  /** What was parsed. */
  readonly document: unknown;
  /** Words of other languages and tools, and what they are called here. */
  readonly synonyms?: Readonly<Record<string, readonly string[]>>;
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
  const value = valueAt(reading.document, path);
  if (issue.code === 'invalid_union') {
    const named = branchOfItsNames(issue, value);
    if (named) return named.flatMap((inner) => problemsOfIssue(inner, path, reading));
    const isToldInOwnWords = isObject(value) && issue.message !== 'Invalid input';
    const meant = isToldInOwnWords ? undefined : branchOfItsType(issue);
    // A name that one alternative does not know: another may, so what else this one lacks says nothing.
    const unknown = meant?.filter((inner) => inner.code === 'unrecognized_keys' && inner.path.length === 0) ?? [];
    if (meant) return (unknown.length > 0 ? unknown : meant).flatMap((inner) => problemsOfIssue(inner, path, reading));
  }
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, reading));
  if (issue.code === 'invalid_type' && value === undefined) return [{ path, message: 'is missing' }];
  const suggestions = suggestionsFor(issue, value, path, reading);
  return [{ path, message: messageOf(issue, value), ...(suggestions.length > 0 ? { suggestions } : {}) }];
}

/** The schema's own words where it has any. zod's speak of its types, which are not those of a person who writes YAML. */
function messageOf(issue: z.core.$ZodIssue, value: unknown): string {
  const { message } = issue;
  switch (issue.code) {
    case 'invalid_type':
      return message.startsWith('Invalid input: ')
        ? `expected ${typeInWords(issue.expected)}, not ${valueInWords(value)}`
        : expected(message);
    case 'invalid_value':
      return message.startsWith('Invalid ') ? `expected ${listed(issue.values.map(String), 'or')}` : message;
    case 'invalid_key':
      return issue.issues.map((inner) => expected(inner.message)).join('; ');
    case 'too_big':
    case 'too_small':
      return message.startsWith('Too ') ? limitInWords(issue) : message;
    case 'invalid_format':
      return /^Invalid (?!string: )/.test(message) ? message.replace(/^Invalid/, 'is no valid') : expected(message);
    case 'invalid_union':
      return expected(message);
    default:
      return message;
  }
}

/** Some schemas say a whole sentence. */
const expected = (message: string) =>
  /\bmust be\b/.test(message) ? message : `expected ${message.replace(/^Invalid (input|string): /, '')}`;

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'names with values (`name: value`)',
  record: 'names with values (`name: value`)',
};

const typeInWords = (type: string) => TYPES[type] ?? type;

function valueInWords(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'boolean' ? String(value) : typeInWords(typeof value);
}

function limitInWords(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  const limit = Number(issue.code === 'too_big' ? issue.maximum : issue.minimum);
  const noun = issue.origin === 'string' ? 'character' : issue.origin === 'array' || issue.origin === 'tuple' ? 'value' : undefined;
  const counted = noun === undefined ? String(limit) : `${limit.toLocaleString('en')} ${noun}${limit === 1 ? '' : 's'}`;
  if (issue.code === 'too_small' && noun !== undefined && limit === 1) return `is empty: at least ${counted}`;
  return `${issue.code === 'too_big' ? 'at most' : 'at least'} ${counted}`;
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

const listed = (names: readonly string[], joined: string) =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} ${joined} ${names.at(-1)}`;

/** Of a word that is none of those that are possible; of names that no alternative has. */
function suggestionsFor(issue: z.core.$ZodIssue, value: unknown, path: Path, { schema }: Reading): string[] {
  if (issue.code === 'invalid_value' && typeof value === 'string') return nearest(value, issue.values.map(String));
  if (issue.code !== 'invalid_union' || !isObject(value)) return [];
  const possible = keysAt(schema, path);
  return [...new Set(Object.keys(Object(value)).flatMap((name) => (possible.includes(name) ? [] : nearest(name, possible))))];
}

/**
 * Of an object that may have one of several shapes: what is wrong with it as the only one of which it has all names, whatever else it has.
 * `{ every: 15 }` is the interval of a schedule, with a number in the place of a text.
 */
function branchOfItsNames(
  { errors }: Extract<z.core.$ZodIssue, { code: 'invalid_union' }>,
  value: unknown,
): z.core.$ZodIssue[] | undefined {
  if (!isObject(value)) return undefined;
  const isLacking = ({ path }: z.core.$ZodIssue) => path.length === 1 && valueAt(value, path as Path) === undefined;
  const isOther = ({ code, path }: z.core.$ZodIssue) => path.length === 0 && code !== 'unrecognized_keys' && code !== 'custom';
  const named = errors.filter((branch) => !branch.some((issue) => isLacking(issue) || isOther(issue)));
  return named.length === 1 ? named[0] : undefined;
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

function unknownKey(key: string, path: Path, { schema, document, synonyms = {} }: Reading): Problem {
  const taken = new Set(Object.keys(Object(valueAt(document, path))));
  const possible = keysAt(schema, path, taken).filter((name) => !taken.has(name));
  const meant = (Object.hasOwn(synonyms, key) ? (synonyms[key] ?? []) : []).filter((name) => possible.includes(name));
  const suggestions = meant.length > 0 ? meant : nearest(key, possible);
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
