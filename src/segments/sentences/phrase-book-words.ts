/** The phrases that conditions are made of: windows, tests, counts, units, days. See phrase-book.ts. Pure. */
import type { InEach } from './language.ts';
import { type Phrase, phrases } from './wording.ts';

export const WINDOWS = phrases({
  last: { en: 'in the last {last}', nl: ['in de afgelopen {last}', 'in de laatste {last}'] },
  next: { en: 'in the next {next}', nl: 'in de komende {next}' },
  between: { en: 'between {near} and {far} ago', nl: 'tussen {near} en {far} geleden' },
  fromTo: { en: 'from {from} until {to}', nl: ['van {from} tot en met {to}', 'vanaf {from} tot en met {to}'] },
  /** A moment as the end is not included. */
  fromUpTo: { en: 'from {from} up to {to}', nl: ['van {from} tot {to}', 'vanaf {from} tot {to}'] },
  from: { en: 'from {from}', nl: 'vanaf {from}' },
  to: { en: 'until {to}', nl: 'tot en met {to}' },
  upTo: { en: 'up to {to}', nl: 'tot {to}' },
  since: { en: 'since {since}', nl: 'sinds {since}' },
  until: { en: 'until {until}', nl: 'tot en met {until}' },
  sinceUntil: { en: 'since {since} until {until}', nl: 'sinds {since} tot en met {until}' },
});

export const TESTS = phrases({
  is: { en: 'is {value}', nl: 'is {value}' },
  is_not: { en: 'has a value other than {value}', nl: 'heeft een andere waarde dan {value}' },
  in: { en: 'is one of {value}', nl: ['is een van {value}', 'is één van {value}'] },
  not_in: { en: 'has a value that is none of {value}', nl: 'heeft een waarde buiten {value}' },
  contains: {
    en: ['contains {value}, in capitals or not', 'contains {value}'],
    nl: ['bevat {value}, met of zonder hoofdletters', 'bevat {value}'],
  },
  starts_with: {
    en: ['starts with {value}, in capitals or not', 'starts with {value}'],
    nl: ['begint met {value}, met of zonder hoofdletters', 'begint met {value}'],
  },
  ends_with: {
    en: ['ends with {value}, in capitals or not', 'ends with {value}'],
    nl: ['eindigt op {value}, met of zonder hoofdletters', 'eindigt op {value}'],
  },
  matches: { en: 'matches the pattern {value}', nl: 'past op het patroon {value}' },
  gt: { en: 'is more than {value}', nl: 'is meer dan {value}' },
  gte: { en: 'is at least {value}', nl: ['is minstens {value}', 'is minimaal {value}', 'is ten minste {value}'] },
  lt: { en: ['is less than {value}', 'is fewer than {value}'], nl: 'is minder dan {value}' },
  lte: { en: 'is at most {value}', nl: ['is hoogstens {value}', 'is maximaal {value}', 'is ten hoogste {value}'] },
  gtTime: { en: 'is later than {value}', nl: 'is later dan {value}' },
  gteTime: { en: 'is on or after {value}', nl: 'is op of na {value}' },
  ltTime: { en: 'is earlier than {value}', nl: 'is eerder dan {value}' },
  lteTime: { en: 'is on or before {value}', nl: 'is op of voor {value}' },
  between: { en: 'is from {low} to {high}', nl: ['is van {low} tot en met {high}', 'ligt van {low} tot en met {high}'] },
  exists: { en: 'has a value', nl: 'heeft een waarde' },
  missing: { en: 'has no value', nl: 'heeft geen waarde' },
  within: { en: 'is {window}', nl: ['valt {window}', 'ligt {window}'] },
  before: { en: 'is before {value}', nl: ['is voor {value}', 'ligt voor {value}'] },
  after: { en: 'is after {value}', nl: ['is na {value}', 'ligt na {value}'] },
  anniversaryToday: { en: 'has its anniversary today', nl: 'verjaart vandaag' },
  anniversaryNext: { en: 'has its anniversary in the next {next}', nl: 'verjaart in de komende {next}' },
  anniversaryLast: {
    en: 'has its anniversary in the last {last}',
    nl: ['verjaarde in de afgelopen {last}', 'verjaarde in de laatste {last}'],
  },
  has_any: { en: 'has any of {value}', nl: 'heeft een of meer van {value}' },
  has_all: { en: 'has all of {value}', nl: ['heeft elk van {value}', 'heeft alle van {value}'] },
  has_none: { en: 'has none of {value}', nl: 'heeft geen van {value}' },
  size: { en: 'has {count}', nl: 'heeft {count}' },
  same: { en: 'is the same as {value}', nl: ['is gelijk aan {value}', 'is hetzelfde als {value}'] },
  another: { en: ['is another than {value}', 'is different from {value}'], nl: ['is anders dan {value}', 'is niet gelijk aan {value}'] },
  calculation: { en: '[{times} times ]{trait}[ plus {plus}][ minus {minus}]', nl: '[{times} keer ]{trait}[ plus {plus}][ min {minus}]' },
  top: { en: 'is among the highest {many}[ of each {per}]', nl: 'hoort bij de hoogste {many}[ van elke {per}]' },
  bottom: { en: 'is among the lowest {many}[ of each {per}]', nl: 'hoort bij de laagste {many}[ van elke {per}]' },
  topTime: { en: 'is among the latest {many}[ of each {per}]', nl: 'hoort bij de laatste {many}[ van elke {per}]' },
  bottomTime: { en: 'is among the earliest {many}[ of each {per}]', nl: 'hoort bij de vroegste {many}[ van elke {per}]' },
});

/** How many, and how much. */
export const COMPARISONS = phrases({
  eq: { en: 'exactly {value}', nl: 'precies {value}' },
  gt: { en: 'more than {value}', nl: 'meer dan {value}' },
  gte: { en: 'at least {value}', nl: ['minstens {value}', 'minimaal {value}', 'ten minste {value}'] },
  lt: { en: ['less than {value}', 'fewer than {value}'], nl: 'minder dan {value}' },
  lte: { en: 'at most {value}', nl: ['hoogstens {value}', 'maximaal {value}', 'ten hoogste {value}'] },
  between: { en: '{low} to {high}', nl: '{low} tot en met {high}' },
  amountBetween: { en: 'from {low} to {high}', nl: 'van {low} tot en met {high}' },
  eqTime: { en: 'on {value}', nl: 'op {value}' },
  gtTime: { en: 'later than {value}', nl: 'later dan {value}' },
  gteTime: { en: 'on or after {value}', nl: 'op of na {value}' },
  ltTime: { en: 'earlier than {value}', nl: 'eerder dan {value}' },
  lteTime: { en: 'on or before {value}', nl: 'op of voor {value}' },
  before: { en: 'before {value}', nl: 'voor {value}' },
  after: { en: 'after {value}', nl: 'na {value}' },
  one: { en: 'once', nl: '1 keer' },
  times: { en: '{value} times', nl: '{value} keer' },
  item: { en: '1 item', nl: '1 item' },
  items: { en: '{value} items', nl: '{value} items' },
  percent: { en: '{value} %', nl: '{value} %' },
});

/** One and many. */
export const UNITS = {
  min: { en: ['minute', 'minutes'], nl: ['minuut', 'minuten'] },
  h: { en: ['hour', 'hours'], nl: ['uur', 'uur'] },
  d: { en: ['day', 'days'], nl: ['dag', 'dagen'] },
  w: { en: ['week', 'weeks'], nl: ['week', 'weken'] },
  mo: { en: ['month', 'months'], nl: ['maand', 'maanden'] },
  q: { en: ['quarter', 'quarters'], nl: ['kwartaal', 'kwartalen'] },
  y: { en: ['year', 'years'], nl: ['jaar', 'jaar'] },
} as const satisfies Record<string, InEach<readonly [string, string]>>;

/** A window of one of a unit, which is said without its number. */
export const LAST_AND_NEXT = {
  min: {
    last: { en: 'in the last minute', nl: ['in de afgelopen minuut', 'in de laatste minuut'] },
    next: { en: 'in the next minute', nl: 'in de komende minuut' },
  },
  h: {
    last: { en: 'in the last hour', nl: ['in het afgelopen uur', 'in het laatste uur'] },
    next: { en: 'in the next hour', nl: 'in het komende uur' },
  },
  d: {
    last: { en: 'in the last day', nl: ['in de afgelopen dag', 'in de laatste dag'] },
    next: { en: 'in the next day', nl: 'in de komende dag' },
  },
  w: {
    last: { en: 'in the last week', nl: ['in de afgelopen week', 'in de laatste week'] },
    next: { en: 'in the next week', nl: 'in de komende week' },
  },
  mo: {
    last: { en: 'in the last month', nl: ['in de afgelopen maand', 'in de laatste maand'] },
    next: { en: 'in the next month', nl: 'in de komende maand' },
  },
  q: {
    last: { en: 'in the last quarter', nl: ['in het afgelopen kwartaal', 'in het laatste kwartaal'] },
    next: { en: 'in the next quarter', nl: 'in het komende kwartaal' },
  },
  y: {
    last: { en: 'in the last year', nl: ['in het afgelopen jaar', 'in het laatste jaar'] },
    next: { en: 'in the next year', nl: 'in het komende jaar' },
  },
} as const satisfies Record<keyof typeof UNITS, Record<'last' | 'next', Phrase>>;

export const PERIODS_SAID = {
  day: {
    this: { en: 'today', nl: 'vandaag' },
    previous: { en: 'yesterday', nl: 'gisteren' },
    before: {
      en: ['in the 1 whole day before today', 'in the {n} whole days before today'],
      nl: ['in de 1 hele dag voor vandaag', 'in de {n} hele dagen voor vandaag'],
    },
  },
  week: {
    this: { en: ['this week', 'in this week'], nl: ['deze week', 'in deze week'] },
    previous: { en: 'in the previous week', nl: ['vorige week', 'in de vorige week'] },
    before: {
      en: ['in the 1 whole week before this one', 'in the {n} whole weeks before this one'],
      nl: ['in de 1 hele week voor deze', 'in de {n} hele weken voor deze'],
    },
  },
  month: {
    this: { en: ['this month', 'in this month'], nl: ['deze maand', 'in deze maand'] },
    previous: { en: 'in the previous month', nl: ['vorige maand', 'in de vorige maand'] },
    before: {
      en: ['in the 1 whole month before this one', 'in the {n} whole months before this one'],
      nl: ['in de 1 hele maand voor deze', 'in de {n} hele maanden voor deze'],
    },
  },
  quarter: {
    this: { en: ['this quarter', 'in this quarter'], nl: ['dit kwartaal', 'in dit kwartaal'] },
    previous: { en: 'in the previous quarter', nl: ['vorig kwartaal', 'in het vorige kwartaal'] },
    before: {
      en: ['in the 1 whole quarter before this one', 'in the {n} whole quarters before this one'],
      nl: ['in het 1 hele kwartaal voor dit', 'in de {n} hele kwartalen voor dit'],
    },
  },
  year: {
    this: { en: ['this year', 'in this year'], nl: ['dit jaar', 'in dit jaar'] },
    previous: { en: 'in the previous year', nl: ['vorig jaar', 'in het vorige jaar'] },
    before: {
      en: ['in the 1 whole year before this one', 'in the {n} whole years before this one'],
      nl: ['in het 1 hele jaar voor dit', 'in de {n} hele jaren voor dit'],
    },
  },
} as const;

/** The first wording is written. */
export const WORDS = {
  true: { en: ['true'], nl: ['waar'] },
  false: { en: ['false'], nl: ['onwaar'] },
  now: { en: ['now'], nl: ['nu'] },
  and: { en: ['and'], nl: ['en'] },
  or: { en: ['or'], nl: ['of'] },
  mon: { en: ['Monday'], nl: ['maandag'] },
  tue: { en: ['Tuesday'], nl: ['dinsdag'] },
  wed: { en: ['Wednesday'], nl: ['woensdag'] },
  thu: { en: ['Thursday'], nl: ['donderdag'] },
  fri: { en: ['Friday'], nl: ['vrijdag'] },
  sat: { en: ['Saturday'], nl: ['zaterdag'] },
  sun: { en: ['Sunday'], nl: ['zondag'] },
} as const satisfies Record<string, InEach<readonly string[]>>;

export const MONTHS: InEach<readonly string[]> = {
  en: ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'],
  nl: ['januari', 'februari', 'maart', 'april', 'mei', 'juni', 'juli', 'augustus', 'september', 'oktober', 'november', 'december'],
};

/** A list that is cut for a narrow place. It cannot be read back. */
export const OTHERS: InEach<readonly [string, string]> = { en: ['{n} other', '{n} others'], nl: ['{n} andere', '{n} andere'] };
