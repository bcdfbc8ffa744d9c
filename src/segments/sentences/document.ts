/** A whole segment as sentences, one line for each thing that it says, and back. Pure. */
import type { Problem } from '../../documents/problem.ts';
import { BUCKETS } from '../bucket.ts';
import type { SegmentDefinition } from '../definition.ts';
import { readDefinition } from '../document.ts';
import type { Modifier } from '../modifiers.ts';
import { phrase } from './phrase.ts';
import { GUARD, WHOLE } from './phrase-book-whole.ts';
import { lineOf, linesIn, linesOf, problemAt, type Read, readBlock, readLine, type Speech } from './sentence.ts';
import { choice, field, isObject, joined, type Syntax, shaped, when } from './syntax.ts';
import { day, digits, entity, listed, quoted, scalar, segment, share, trait, whole } from './values.ts';
import { length } from './windows.ts';

type Field = keyof SegmentDefinition;

/** `{ name: … }` by a phrase with the one slot `value`. */
const said = (name: string, syntax: Syntax): Syntax =>
  shaped(
    syntax,
    (value) => (isObject(value) && value[name] !== undefined ? { value: value[name] } : undefined),
    (value) => (isObject(value) ? { [name]: value.value } : undefined),
  );

const text = when(choice(scalar, quoted), (value) => typeof value === 'string');
const slug = text;

const split = field(
  'split',
  shaped(
    phrase(WHOLE.split, { from: whole, to: whole, salt: text, part: share }),
    (value) => (isObject(value) ? { ...value, part: (Number(value.to) - Number(value.from) + 1) / BUCKETS } : undefined),
    (value) => {
      if (!isObject(value)) return undefined;
      const { part: _, ...given } = value;
      return given;
    },
  ),
);

const limit = (said: 'limitDesc' | 'limitAsc' | 'limitDescTime' | 'limitAscTime', order: string) =>
  field(
    'limit',
    shaped(
      phrase(WHOLE[said], { many: choice(field('share', share), field('top', whole)), by: trait, per: trait }),
      (value) => {
        if (!isObject(value) || (value.order ?? 'desc') !== order) return undefined;
        const { by, per, order: _, ...many } = value;
        return { by, many, ...(per === undefined ? {} : { per }) };
      },
      (value) => {
        if (!isObject(value) || !isObject(value.many)) return undefined;
        const { many, ...given } = value;
        return { ...many, ...given, order };
      },
    ),
  );
const isOfTime: Parameters<typeof when>[1] = (value, { names }) =>
  isObject(value) && isObject(value.limit) && typeof value.limit.by === 'string' && names.isTime(value.limit.by);

/** Fields of the guard that say something else than the default, each an object with one field. */
const guardParts = joined(
  choice(
    phrase(GUARD.mayBeEmpty, {}, { allow_empty: true }),
    said('max_growth', phrase(GUARD.maxGrowth, { value: digits })),
    said('max_shrink', phrase(GUARD.maxShrink, { value: share })),
    said('min_members', phrase(GUARD.minMembers, { value: whole })),
    said('max_members', phrase(GUARD.maxMembers, { value: whole })),
  ),
  () => ', ',
);
const GUARD_DEFAULTS: Readonly<Record<string, unknown>> = { allow_empty: false, max_growth: 5, max_shrink: 0.8 };
const guard = said(
  'guard',
  phrase(WHOLE.guard, {
    value: shaped(
      guardParts,
      (value) =>
        isObject(value)
          ? Object.entries(value).flatMap(([name, one]) => (one === undefined || GUARD_DEFAULTS[name] === one ? [] : [{ [name]: one }]))
          : undefined,
      (value) => (Array.isArray(value) ? (Object.assign({}, ...value) as unknown) : undefined),
    ),
  }),
);

/** `15m` is a length of 15 minutes. */
const interval = shaped(
  length,
  (value) => (typeof value === 'string' ? value.replace(/m$/, 'min') : undefined),
  (value) => String(value).replace(/min$/, 'm'),
);

/** Each field of a definition with its phrase; undefined where it is said together with another. */
const LINES: Record<Field, Syntax | undefined> = {
  id: phrase(WHOLE.title, { id: slug, title: text }),
  title: undefined,
  description: said('description', phrase(WHOLE.description, { value: text })),
  entity: phrase(WHOLE.entity, { entity }),
  where: undefined,
  excluded_everywhere: choice(
    phrase(WHOLE.excludedEverywhere, {}, { excluded_everywhere: true }),
    phrase(WHOLE.notExcludedEverywhere, {}, { excluded_everywhere: false }),
  ),
  exclude: said('exclude', phrase(WHOLE.exclude, { value: listed(segment, 'and') })),
  split,
  holdout: field('holdout', phrase(WHOLE.holdout, { share, salt: text })),
  limit: choice(
    when(choice(limit('limitDescTime', 'desc'), limit('limitAscTime', 'asc')), isOfTime),
    limit('limitDesc', 'desc'),
    limit('limitAsc', 'asc'),
  ),
  as_of: said('as_of', phrase(WHOLE.asOf, { value: day })),
  timezone: said('timezone', phrase(WHOLE.timezone, { value: text })),
  guard,
  schedule: field(
    'schedule',
    choice(
      said('every', phrase(WHOLE.every, { value: interval })),
      said('cron', phrase(WHOLE.cron, { value: quoted })),
      said('after', phrase(WHOLE.after, { value: listed(quoted, 'or') })),
    ),
  ),
};

const lines = Object.values(LINES).flatMap((syntax) => syntax ?? []);
const anyLine = choice(...lines);
const capital = (line: string) => line.charAt(0).toUpperCase() + line.slice(1);

/** Every sentence of a segment, read back by `readDocument`. */
export function documentOf(definition: SegmentDefinition, speech: Speech): string {
  const fields = Object.keys(LINES) as Field[];
  return fields
    .flatMap((name): string[] => {
      const syntax = LINES[name];
      const value = name === 'id' ? { id: definition.id, title: definition.title } : { [name]: definition[name] };
      if (!syntax || definition[name] === undefined || isDefaultGuard(name, definition)) return [];
      const line = capital(lineOf(syntax, value, speech));
      if (name !== 'entity') return [line];
      const [first = '', ...others] = linesOf(definition.where, speech);
      return [line, `- ${first}`, ...others.map((one) => `  ${one}`)];
    })
    .join('\n');
}

const isDefaultGuard = (name: Field, { guard: limits }: SegmentDefinition) =>
  name === 'guard' && Object.entries(limits).every(([one, value]) => value === undefined || GUARD_DEFAULTS[one] === value);

/** What stands on the whole, as one sentence: `leaves out the members of Unsubscribed`. */
export function sentenceOfModifier(definition: SegmentDefinition, modifier: Modifier, speech: Speech): string {
  const syntax = LINES[modifier];
  return syntax && definition[modifier] !== undefined
    ? lineOf(syntax, { [modifier]: definition[modifier] }, speech, { isShort: true })
    : '';
}

/** @param text every sentence of a segment, one a line. Problems carry line and column in it. */
export function readDocument(text: string, speech: Speech): Read<SegmentDefinition> {
  const problems: Problem[] = [];
  const all = linesIn(text);
  const document: Record<string, unknown> = {};
  for (let index = 0; index < all.length; ) {
    const line = all[index];
    if (!line) break;
    const read = readLine(anyLine, line, speech, problems);
    for (const [name, value] of Object.entries(isObject(read) ? read : {})) {
      if (name in document) problems.push(problemAt(line, 0, 'says again what a line above it says'));
      document[name] = value;
    }
    index += 1;
    if (isObject(read) && 'entity' in read) {
      const { node, next } = readBlock(all, index, speech, problems);
      document.where = node;
      index = next;
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  const definition = readDefinition(document);
  return definition.ok ? { ok: true, value: definition.definition } : { ok: false, problems: definition.problems };
}

/** Whether the text is more than a condition: it says of which entity the members are. */
export const isDocument = (text: string, speech: Speech): boolean =>
  linesIn(text).some((line) => readLine(LINES.entity ?? anyLine, line, speech, []) !== undefined);
