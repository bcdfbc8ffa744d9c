/** One test of a value in a sentence: `is at least 20`. Pure. */
import type { Operator } from '../language/operators.ts';
import { countOfItems, isTime } from './counts.ts';
import { phrase } from './phrase.ts';
import { TESTS } from './phrase-book-words.ts';
import { choice, field, isObject, type Syntax, shaped, when } from './syntax.ts';
import { day, digits, listed, now, oneOrMore, ordered, quoted, scalar, share, trait, traitBesideDigits, whole } from './values.ts';
import { length, within } from './windows.ts';
import type { Phrase } from './wording.ts';

type InValue = Phrase & { readonly en: `${string}{value}${string}` | readonly [`${string}{value}${string}`, ...string[]] };

/** `{ name: … }` by a phrase with the one slot `value`. */
const said = (name: string, wording: InValue, operand: Syntax): Syntax =>
  shaped(
    phrase(wording as Phrase, { value: operand } as never),
    (value) => (isObject(value) && Object.keys(value).length === 1 && value[name] !== undefined ? { value: value[name] } : undefined),
    (value) => (isObject(value) ? { [name]: value.value } : undefined),
  );

const isList = (value: unknown) => Array.isArray(value);
const some = (last: 'and' | 'or') => when(listed(scalar, last), isList);
const values = oneOrMore(listed(scalar, 'or'));

const otherTrait = field('trait', trait);
const isOtherTime: Parameters<typeof when>[1] = (value, { names }) =>
  isTime(value) || (isObject(value) && typeof value.trait === 'string' && names.isTime(value.trait));

const addend = choice(field('trait', traitBesideDigits), digits);
const calculation = when(phrase(TESTS.calculation, { times: digits, trait: traitBesideDigits, plus: addend, minus: addend }), isObject);

/** Dates and moments are later, numbers are more. */
const ordering = (name: 'gt' | 'gte' | 'lt' | 'lte', operand: Syntax) =>
  choice(said(name, TESTS[`${name}Time`], when(operand, isOtherTime)), said(name, TESTS[name], operand));

const between = shaped(
  phrase(TESTS.between, { low: ordered, high: ordered }),
  (value) => (isObject(value) && Array.isArray(value.between) ? { low: value.between[0], high: value.between[1] } : undefined),
  (value) => (isObject(value) ? { between: [value.low, value.high] } : undefined),
);

const anniversary = choice(
  phrase(TESTS.anniversaryToday, {}, { anniversary: 'today' }),
  ...[phrase(TESTS.anniversaryNext, { next: length }), phrase(TESTS.anniversaryLast, { last: length })].map((syntax) =>
    field('anniversary', when(syntax, isObject)),
  ),
);

const single = (name: string, syntax: Syntax): Syntax =>
  shaped(
    phrase({ en: '{it}', nl: '{it}' }, { it: syntax }),
    (value) => (isObject(value) && name in value ? { it: value } : undefined),
    (value) => (isObject(value) ? value.it : undefined),
  );

const rank = (end: 'top' | 'bottom', isDate: boolean) =>
  shaped(
    phrase(TESTS[isDate ? (`${end}Time` as const) : end], { many: choice(field('share', share), field('count', whole)), per: otherTrait }),
    (value) => {
      const asked = isObject(value) ? value[end] : undefined;
      if (!isObject(asked)) return undefined;
      const { per, ...many } = asked;
      return per === undefined ? { many } : { many, per };
    },
    (value) =>
      isObject(value) && isObject(value.many)
        ? { [end]: { ...value.many, ...(value.per === undefined ? {} : { per: value.per }) } }
        : undefined,
  );

/** Each operator with its phrase, for a filter and for a trait. */
const OF_A_PROPERTY = {
  is: said('is', TESTS.is, values),
  is_not: said('is_not', TESTS.is_not, values),
  in: said('in', TESTS.in, some('or')),
  not_in: said('not_in', TESTS.not_in, some('or')),
  contains: said('contains', TESTS.contains, quoted),
  starts_with: said('starts_with', TESTS.starts_with, quoted),
  ends_with: said('ends_with', TESTS.ends_with, quoted),
  matches: said('matches', TESTS.matches, quoted),
  gt: ordering('gt', ordered),
  gte: ordering('gte', ordered),
  lt: ordering('lt', ordered),
  lte: ordering('lte', ordered),
  between,
  exists: phrase(TESTS.exists, {}, { exists: true }),
  missing: phrase(TESTS.missing, {}, { missing: true }),
  within: shaped(
    phrase(TESTS.within, { window: within }),
    (value) => (isObject(value) && isObject(value.within) ? { window: value.within } : undefined),
    (value) => (isObject(value) ? { within: value.window } : undefined),
  ),
  before: said('before', TESTS.before, choice(now, day)),
  after: said('after', TESTS.after, choice(now, day)),
  anniversary,
  has_any: said('has_any', TESTS.has_any, some('or')),
  has_all: said('has_all', TESTS.has_all, some('and')),
  has_none: said('has_none', TESTS.has_none, some('or')),
  size: shaped(
    phrase(TESTS.size, { count: countOfItems }),
    (value) => (isObject(value) && isObject(value.size) ? { count: value.size } : undefined),
    (value) => (isObject(value) ? { size: value.count } : undefined),
  ),
} satisfies Record<Exclude<Operator, 'top' | 'bottom'>, Syntax>;

const OF_A_TRAIT: Record<Operator, Syntax> = {
  ...OF_A_PROPERTY,
  is: choice(said('is', TESTS.same, calculation), OF_A_PROPERTY.is),
  is_not: choice(said('is_not', TESTS.another, calculation), OF_A_PROPERTY.is_not),
  gt: choice(OF_A_PROPERTY.gt, ordering('gt', calculation)),
  gte: choice(OF_A_PROPERTY.gte, ordering('gte', calculation)),
  lt: choice(OF_A_PROPERTY.lt, ordering('lt', calculation)),
  lte: choice(OF_A_PROPERTY.lte, ordering('lte', calculation)),
  before: said('before', TESTS.before, choice(now, day, otherTrait)),
  after: said('after', TESTS.after, choice(now, day, otherTrait)),
  top: rank('top', false),
  bottom: rank('bottom', false),
};

/** The one operator of a filter: an object with that field. */
export const propertyTest = choice(...Object.entries(OF_A_PROPERTY).map(([name, syntax]) => single(name, syntax)));
export const traitTest = choice(...Object.entries(OF_A_TRAIT).map(([name, syntax]) => single(name, syntax)));
/** Of a trait that is a moment or a day: the greatest is the latest. */
export const timeTraitTest = choice(rank('top', true), rank('bottom', true), traitTest);
