/** Values of the segment language: lengths of time, dates, texts, numbers, lists; each with a message of its own. Pure. */
import * as z from 'zod';

export const DURATION = /^([1-9]\d{0,4})(min|h|d|w|mo|q|y)$/;
/** Milliseconds of the units that are exact. */
export const UNIT_MS: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const A_LENGTH = 'a length like 30min, 12h, 30d, 8w, 3mo, 2q or 1y';
/** `min`, `h`, `d` and `w` are exact: a day is 24 hours. `mo`, `q` and `y` count by the calendar in the segment's zone. */
export const Duration = z.string({ error: A_LENGTH }).regex(DURATION, A_LENGTH);

const DATE = /^(?!0000)\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;
export const isDate = (text: string) =>
  DATE.test(text) && isReal(`${text}T00:00:00Z`) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
export const isMoment = (text: string) => MOMENT.test(text) && isDate(text.slice(0, 10)) && isReal(text);
const isReal = (text: string) => !Number.isNaN(Date.parse(text));

const WHEN = 'a date like 2026-03-31, or a moment with its offset like 2026-03-31T09:00:00Z';
/** A day that looks right and does not exist gets a word of its own. */
export const whenError = (text: unknown, words: string) =>
  typeof text === 'string' && DATE.test(text.slice(0, 10)) && !isDate(text.slice(0, 10))
    ? `${text.slice(0, 10)} is no day of the calendar`
    : words;

export const When = z
  .string({ error: WHEN })
  .refine((text) => isDate(text) || isMoment(text), { error: ({ input }) => whenError(input, WHEN) });

/** Characters of one value. It is sent as one form field, of which ClickHouse takes 128 KiB (http_max_field_value_size). */
const MAX_CHARACTERS = 10_000;
const counted = (count: number) => count.toLocaleString('en');
export const Text = z
  .string()
  .min(1, 'an empty text: `missing: true` finds those without a value')
  .max(MAX_CHARACTERS, `a text of at most ${counted(MAX_CHARACTERS)} characters`)
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'a text without NUL and without halves of characters');

/** JSON.parse rounds numbers past 2^53 without an error, so such a number may have lost digits before it came here. */
export const NumberValue = z
  .number({ error: (issue) => (isTooLarge(issue.input) ? 'a number: neither infinity nor NaN, and below 1.8e308' : undefined) })
  .refine((number) => !Number.isInteger(number) || Number.isSafeInteger(number), {
    error: 'whole numbers past 9007199254740991 lose digits in JSON: write the number in quotes, and it is compared as it is written',
  });
const isTooLarge = (input: unknown) => typeof input === 'number' && !Number.isFinite(input);

export const Scalar = z.union([Text, NumberValue, z.boolean()], {
  error: ({ input }) =>
    input === null ? 'a value: null is none, and `missing: true` finds those without one' : 'a text, a number, true or false',
});
const MAX_LIST_VALUES = 10_000;
const MAX_LIST_CHARACTERS = 1_000_000;
const charactersOf = (values: readonly unknown[]) => values.reduce<number>((sum, value) => sum + String(value).length, 0);
export const ScalarList = z
  .array(Scalar, { error: 'a list of values' })
  .min(1, 'an empty list matches no member')
  .max(MAX_LIST_VALUES, `a list of at most ${counted(MAX_LIST_VALUES)} values: put a longer one into a table, as a trait`)
  .refine(
    (values) => charactersOf(values) <= MAX_LIST_CHARACTERS,
    `a list of at most ${counted(MAX_LIST_CHARACTERS)} characters: put a longer one into a table, as a trait`,
  );
/** The error of what is no object: an example of how it is written. */
export const written = (example: string) => ({
  error: ({ code }: { readonly code?: string | undefined }) => (code === 'invalid_type' ? example : undefined),
});

/** Names with dots between them: into properties, over relations, to a column. */
export const DottedPath = z.string().min(1).max(1_000, 'a path of at most 1,000 characters');

export const OtherTrait = z.strictObject({ trait: z.string().min(1) }, written('{ trait: … }'));
export const Ordered = z.union([NumberValue, Text], { error: 'a number or a date' });

export const exactlyOne = (names: readonly string[], what: string) => (value: object, context: z.RefinementCtx) => {
  const given = names.filter((name) => name in value);
  if (given.length === 1) return;
  const message =
    given.length === 0 ? `${what}: one of ${names.join(', ')}` : `one of ${given.join(' and ')}, not both: join conditions with \`all\``;
  context.addIssue({ code: 'custom', message: given.length === 0 ? `needs ${message}` : `takes ${message}` });
};

/** Each field of the shape may be left out. */
export function optional<S extends Record<string, z.ZodType>>(shape: S): { [K in keyof S]: z.ZodOptional<S[K]> } {
  return Object.fromEntries(Object.entries(shape).map(([key, type]) => [key, type.optional()])) as { [K in keyof S]: z.ZodOptional<S[K]> };
}
