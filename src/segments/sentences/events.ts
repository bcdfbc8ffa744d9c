/** Conditions on events in a sentence: `Order Completed at least 3 times in the last 365 days`. Pure. */
import type { MEASURES } from '../language/event.ts';
import { WEEKDAYS } from '../language/filter.ts';
import { amount, count, countOfTimes } from './counts.ts';
import { phrase } from './phrase.ts';
import { EVENTS } from './phrase-book.ts';
import { WORDS } from './phrase-book-words.ts';
import { choice, field, isObject, joined, type Syntax, shaped, when } from './syntax.ts';
import { propertyTest } from './tests.ts';
import { column, digits, event, listed, oneOrMore, property, whole, word } from './values.ts';
import { during } from './windows.ts';

/** A name, or several of which any counts. */
export const names = oneOrMore(listed(event, 'or'));
const anyEvent = phrase(EVENTS.any, {}, { any: true });
const events = choice(when(anyEvent, isObject), names);

const subject = choice(field('column', phraseOf(column)), field('property', property));
function phraseOf(named: Syntax): Syntax {
  return shaped(
    phrase(EVENTS.column, { column: named }),
    (value) => ({ column: value }),
    (value) => (isObject(value) ? value.column : undefined),
  );
}

/** `{ property: revenue, gt: 20 }` in two parts, and back. */
const parted = (syntax: Syntax) =>
  shaped(
    syntax,
    (value) => {
      if (!isObject(value)) return undefined;
      const { property: path, column: name, ...test } = value;
      if ((path === undefined) === (name === undefined)) return undefined;
      return { subject: path === undefined ? { column: name } : { property: path }, test };
    },
    (value) => (isObject(value) && isObject(value.subject) && isObject(value.test) ? { ...value.subject, ...value.test } : undefined),
  );

const hours = field(
  'hour',
  shaped(
    phrase(EVENTS.hour, { hours: choice(field('is', oneOrMore(listed(whole, 'or'))), amount()) }),
    (value) => ({ hours: value }),
    (value) => (isObject(value) ? value.hours : undefined),
  ),
);
const weekday = word(WEEKDAYS.map((name) => [name, WORDS[name]] as const));
const days = field(
  'weekday',
  shaped(
    phrase(EVENTS.weekday, { days: oneOrMore(listed(weekday, 'or')) }),
    (value) => ({ days: value }),
    (value) => (isObject(value) ? value.days : undefined),
  ),
);

const filter = choice(hours, days, parted(phrase({ en: '{subject} {test}', nl: '{subject} {test}' }, { subject, test: propertyTest })));
/** All of them, for the same event. */
export const filters = joined(filter, (language) => ` ${WORDS.and[language][0]} `);

/** The same measure over another window. */
const otherWindow = shaped(
  phrase(EVENTS.other, { times: digits, during, per: whole }),
  (value) => {
    if (!isObject(value) || !isObject(value.of)) return undefined;
    const { times, of, ...rest } = value;
    return { ...(times === undefined ? {} : { times }), ...of, ...rest };
  },
  (value) => {
    if (!isObject(value)) return undefined;
    const { times, ...of } = value;
    return { ...(times === undefined ? {} : { times }), of };
  },
);
export const measured = amount(otherWindow);

const edge = choice(phrase(EVENTS.edgeNamed, { event: names, where: filters }), phrase(EVENTS.edgeAny, { where: filters }));

/** `sum: { property, gte: 200 }` is said as two parts among the others. */
const asked = (name: string, syntax: Syntax) =>
  shaped(
    syntax,
    (value) => {
      if (!isObject(value) || !isObject(value[name])) return undefined;
      const { [name]: measure, ...rest } = value;
      const { property: path, column: other, ...test } = measure as Readonly<Record<string, unknown>>;
      return { ...rest, subject: path === undefined ? { column: other } : { property: path }, test };
    },
    (value) => {
      if (!isObject(value) || !isObject(value.subject) || !isObject(value.test)) return undefined;
      const { subject: of, test, ...rest } = value;
      return { ...rest, [name]: { ...of, ...test } };
    },
  );

/** The field `name` of a node stands in the slot `slot`. */
export function renamed(name: string, slot: string, syntax: Syntax): Syntax {
  const moved = (from: string, to: string) => (value: unknown) => {
    if (!isObject(value) || !isObject(value[from])) return undefined;
    const { [from]: one, ...others } = value;
    return { ...others, [to]: one };
  };
  return shaped(syntax, moved(name, slot), moved(slot, name));
}

const rest = { event: events, during, where: filters };
const aggregate = (name: 'sum' | 'avg' | 'min' | 'max') => asked(name, phrase(EVENTS[name], { subject, test: measured, ...rest }));
const values = (name: 'distinct' | 'repeats', test: Syntax) => asked(name, phrase(EVENTS[name], { subject, test, ...rest }));

/** At least once is what a node without a measure asks. */
const counted = shaped(
  phrase(EVENTS.count, { count: countOfTimes, ...rest }),
  (value) => (isObject(value) ? { count: { gte: 1 }, ...value } : undefined),
  withoutOnce,
);
/** `count: { gte: 1 }` is what is meant without a count. */
export function withoutOnce(value: unknown): unknown {
  if (!isObject(value)) return undefined;
  const { count: many, ...others } = value;
  return JSON.stringify(many) === '{"gte":1}' ? others : value;
}
const noEvent = phrase(EVENTS.none, { event: names, during, where: filters }, { count: { eq: 0 } });
const noEventAtAll = phrase(EVENTS.noneAtAll, { during, where: filters }, { event: { any: true }, count: { eq: 0 } });
const compared = renamed('count', 'test', phrase(EVENTS.compared, { test: measured, ...rest }));

/** Each measure with its phrase. */
const BY_MEASURE: Record<(typeof MEASURES)[number], Syntax> = {
  count: choice(noEventAtAll, noEvent, counted, compared),
  sum: aggregate('sum'),
  avg: aggregate('avg'),
  min: aggregate('min'),
  max: aggregate('max'),
  distinct: values('distinct', count),
  repeats: values('repeats', countOfTimes),
  first: renamed('first', 'edge', phrase(EVENTS.first, { edge, ...rest })),
  last: renamed('last', 'edge', phrase(EVENTS.last, { edge, ...rest })),
};
export const eventCondition = choice(...Object.values(BY_MEASURE));
