/** Lengths and windows of time in a sentence. Pure. */
import { DURATION } from '../language/value.ts';
import { PERIODS, PERIODS_OF, type Period } from '../language/window.ts';
import { phrase } from './phrase.ts';
import { LAST_AND_NEXT, PERIODS_SAID, UNITS, WINDOWS } from './phrase-book-words.ts';
import { choice, field, isObject, type Parse, type Syntax, shaped, tokensOf, when } from './syntax.ts';
import { date, day, moment, trait, whole } from './values.ts';
import type { Phrase } from './wording.ts';

type Unit = keyof typeof UNITS;
const UNIT_NAMES = Object.keys(UNITS) as Unit[];

/** `30d`: `30 days`. In the unit that it is written in. */
export const length: Syntax = {
  write: (value, writing) => {
    const [, amount = '', unit = ''] = typeof value === 'string' ? (DURATION.exec(value) ?? []) : [];
    const said = UNITS[unit as Unit]?.[writing.language];
    return said && `${whole.write(Number(amount), writing)} ${said[amount === '1' ? 0 : 1]}`;
  },
  read: (at, reading) =>
    reading.read(whole, at).flatMap(({ value, end }) =>
      UNIT_NAMES.flatMap((unit): Parse[] => {
        const ends = [...new Set<string>(UNITS[unit][reading.language])].flatMap((said) => reading.literal(tokensOf(said), end) ?? []);
        return ends.slice(0, 1).map((place) => ({ value: `${value}${unit}`, end: place }));
      }),
    ),
};

const otherTrait = field('trait', trait);
const ofOne = (name: 'last' | 'next') =>
  UNIT_NAMES.map((unit) => phrase(LAST_AND_NEXT[unit][name] as Phrase, {} as never, { [name]: `1${unit}` }));
const last = choice(...ofOne('last'), phrase(WINDOWS.last, { last: length }));
const next = choice(...ofOne('next'), phrase(WINDOWS.next, { next: length }));
const between = shaped(
  phrase(WINDOWS.between, { near: length, far: length }),
  (value) => (isObject(value) && Array.isArray(value.between) ? { near: value.between[0], far: value.between[1] } : undefined),
  (value) => (isObject(value) ? { between: [value.near, value.far] } : undefined),
);

/** `previous: { months: 3 }` is the value of the field that the unit has there. */
const FIELD_OF = Object.fromEntries(Object.entries(PERIODS_OF).map(([name, unit]) => [unit, name])) as Record<Period, string>;

const periods = PERIODS.flatMap((unit): Syntax[] => {
  const said = PERIODS_SAID[unit];
  const one = { en: said.before.en[0], nl: said.before.nl[0] };
  const many = { en: said.before.en[1], nl: said.before.nl[1] };
  return [
    phrase(said.this, {}, { this: unit }),
    phrase(said.previous, {}, { previous: unit }),
    phrase(one, {}, { previous: { [FIELD_OF[unit]]: 1 } }),
    shaped(
      phrase(many, { n: whole }),
      (value) => {
        const count = isObject(value) && isObject(value.previous) ? value.previous[FIELD_OF[unit]] : undefined;
        return count === undefined ? undefined : { n: count };
      },
      (value) => (isObject(value) ? { previous: { [FIELD_OF[unit]]: value.n } } : undefined),
    ),
  ];
});

const dates = [
  phrase(WINDOWS.fromTo, { from: day, to: date }),
  phrase(WINDOWS.fromUpTo, { from: day, to: moment }),
  phrase(WINDOWS.from, { from: day }),
  phrase(WINDOWS.to, { to: date }),
  phrase(WINDOWS.upTo, { to: moment }),
];
const traits = [
  phrase(WINDOWS.sinceUntil, { since: otherTrait, until: otherTrait }),
  phrase(WINDOWS.since, { since: otherTrait }),
  phrase(WINDOWS.until, { until: otherTrait }),
];

/** Of a document: an object with the fields of one form. */
const isWindow = (value: unknown) => isObject(value);
/** When events and rows are. */
export const during = when(choice(last, between, ...periods, ...dates, ...traits), isWindow);
/** When a date is. */
export const within = when(choice(last, next, between, ...periods, ...dates), isWindow);
