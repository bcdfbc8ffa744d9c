/** How many and how much, in a sentence. Pure. */
import { COUNT_OPERATORS } from '../language/count.ts';
import { isDate, isMoment } from '../language/value.ts';
import { phrase } from './phrase.ts';
import { COMPARISONS } from './phrase-book-words.ts';
import { choice, field, isObject, type Syntax, shaped, when } from './syntax.ts';
import { day, ordered, whole } from './values.ts';

/** What stands in the one slot of a phrase, `value`. */
const only = (syntax: Syntax) =>
  shaped(
    syntax,
    (value) => ({ value }),
    (value) => (isObject(value) ? value.value : undefined),
  );

const counted = (one: Syntax, many: Syntax): Syntax => {
  const single = shaped(
    one,
    (value) => (value === 1 ? {} : undefined),
    () => 1,
  );
  return choice(single, only(many));
};
const times = counted(phrase(COMPARISONS.one, {}), phrase(COMPARISONS.times, { value: whole }));
const items = counted(phrase(COMPARISONS.item, {}), phrase(COMPARISONS.items, { value: whole }));

const PLAIN = COUNT_OPERATORS.filter((name) => name !== 'between');

/** `{ gte: … }`: `at least …`. */
const against = (operand: Syntax): Syntax[] => PLAIN.map((name) => field(name, only(phrase(COMPARISONS[name], { value: operand }))));
const range = (syntax: Syntax) =>
  shaped(
    syntax,
    (value) =>
      isObject(value) && Array.isArray(value.between) && Object.keys(value).length === 1
        ? { low: value.between[0], high: value.between[1] }
        : undefined,
    (value) => (isObject(value) ? { between: [value.low, value.high] } : undefined),
  );

const manyTimes = only(phrase(COMPARISONS.times, { value: whole }));
const manyItems = only(phrase(COMPARISONS.items, { value: whole }));

/** `at least 3 times`, `exactly once`, `2 to 3 times`. */
export const countOfTimes = choice(...against(times), range(phrase(COMPARISONS.between, { low: whole, high: manyTimes })));
/** `at least 3`. */
export const count = choice(...against(whole), range(phrase(COMPARISONS.between, { low: whole, high: whole })));
export const countOfItems = choice(...against(items), range(phrase(COMPARISONS.between, { low: whole, high: manyItems })));

export const isTime = (value: unknown) => typeof value === 'string' && (isDate(value) || isMoment(value));

/** `at least 200`, `from 1 to 5`, `on or after 1 March 2026`. `operand`: what it may be compared with beside numbers and dates. */
export function amount(...operands: readonly Syntax[]): Syntax {
  const timeOperators = ['eq', 'gt', 'gte', 'lt', 'lte'] as const;
  const inTime = timeOperators.map((name) => field(name, when(only(phrase(COMPARISONS[`${name}Time`], { value: day })), isTime)));
  return choice(
    ...inTime,
    ...against(choice(ordered, ...operands)),
    range(phrase(COMPARISONS.amountBetween, { low: ordered, high: ordered })),
    ...(['before', 'after'] as const).map((name) => field(name, only(phrase(COMPARISONS[name], { value: day })))),
  );
}
