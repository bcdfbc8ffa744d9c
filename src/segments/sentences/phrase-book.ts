/**
 * Every phrase of the sentences, in each language side by side. The same phrase writes a sentence and reads it back. Pure.
 *
 * `{name}` is a slot; `[…]` is written when the slot in it has something to say. Of several wordings the first is written, all are read.
 */
import type { InEach } from './language.ts';

export type Wording = string | readonly [string, ...string[]];
export type Phrase = InEach<Wording>;

const phrases = <const P extends Readonly<Record<string, Phrase>>>(book: P): P => book;

export const CONDITIONS = phrases({
  all: { en: 'all of these', nl: 'al deze' },
  any: { en: ['any of these', 'one of these'], nl: ['minstens één van deze', 'een van deze'] },
  notAny: { en: 'none of these', nl: 'geen van deze' },
  not: { en: 'not:', nl: 'niet:' },
  /** Where each part has a sentence of its own below. */
  allBelow: { en: 'all {n} of these', nl: 'al deze {n}' },
  anyBelow: { en: 'any of these {n}', nl: 'minstens één van deze {n}' },
  noneBelow: { en: 'none of these {n}', nl: 'geen van deze {n}' },
  oneBelow: { en: 'the one below', nl: 'de ene hieronder' },
  allInline: { en: 'all of these ({parts})', nl: 'al deze ({parts})' },
  anyInline: {
    en: ['any of these ({parts})', 'one of these ({parts})'],
    nl: ['minstens één van deze ({parts})', 'een van deze ({parts})'],
  },
  notAnyInline: { en: 'none of these ({parts})', nl: 'geen van deze ({parts})' },
  notInline: { en: 'not ({condition})', nl: 'niet ({condition})' },
  inBrackets: { en: '({condition})', nl: '({condition})' },
  segment: { en: 'is a member of {segment}', nl: ['is lid van {segment}', 'zit in {segment}'] },
  sql: { en: 'in SQL: {sql}', nl: 'in SQL: {sql}' },
  /** What has no phrase is said as it is written in the document. */
  written: { en: 'as written: {node}', nl: 'zoals geschreven: {node}' },
});

export const EVENTS = phrases({
  any: { en: 'any event', nl: 'welk event dan ook' },
  noneAtAll: { en: 'no event at all[ {during}][, where {where}]', nl: 'geen enkel event[ {during}][, waarvoor geldt: {where}]' },
  none: { en: 'no {event}[ {during}][, where {where}]', nl: 'geen {event}[ {during}][, waarvoor geldt: {where}]' },
  count: { en: '{event} {count}[ {during}][, where {where}]', nl: '{event} {count}[ {during}][, waarvoor geldt: {where}]' },
  sum: {
    en: 'the sum of {subject} of {event}[ {during}] is {test}[, where {where}]',
    nl: 'de som van {subject} over {event}[ {during}] is {test}[, waarvoor geldt: {where}]',
  },
  avg: {
    en: 'the average {subject} of {event}[ {during}] is {test}[, where {where}]',
    nl: [
      'de gemiddelde {subject} over {event}[ {during}] is {test}[, waarvoor geldt: {where}]',
      'het gemiddelde {subject} over {event}[ {during}] is {test}[, waarvoor geldt: {where}]',
    ],
  },
  min: {
    en: 'the lowest {subject} of {event}[ {during}] is {test}[, where {where}]',
    nl: [
      'de laagste {subject} over {event}[ {during}] is {test}[, waarvoor geldt: {where}]',
      'het laagste {subject} over {event}[ {during}] is {test}[, waarvoor geldt: {where}]',
    ],
  },
  max: {
    en: 'the highest {subject} of {event}[ {during}] is {test}[, where {where}]',
    nl: [
      'de hoogste {subject} over {event}[ {during}] is {test}[, waarvoor geldt: {where}]',
      'het hoogste {subject} over {event}[ {during}] is {test}[, waarvoor geldt: {where}]',
    ],
  },
  distinct: {
    en: '{test} different values of {subject} in {event}[ {during}][, where {where}]',
    nl: '{test} verschillende waarden van {subject} in {event}[ {during}][, waarvoor geldt: {where}]',
  },
  repeats: {
    en: 'one value of {subject} {test} in {event}[ {during}][, where {where}]',
    nl: 'één waarde van {subject} {test} in {event}[ {during}][, waarvoor geldt: {where}]',
  },
  first: {
    en: 'the first of {event}[ {during}] is {edge}[, of those where {where}]',
    nl: [
      'de eerste van {event}[ {during}] is {edge}[, van die waarvoor geldt: {where}]',
      'het eerste van {event}[ {during}] is {edge}[, van die waarvoor geldt: {where}]',
    ],
  },
  last: {
    en: 'the last of {event}[ {during}] is {edge}[, of those where {where}]',
    nl: [
      'de laatste van {event}[ {during}] is {edge}[, van die waarvoor geldt: {where}]',
      'het laatste van {event}[ {during}] is {edge}[, van die waarvoor geldt: {where}]',
    ],
  },
  edgeNamed: { en: '{event}[ where {where}]', nl: '{event}[ waarvoor geldt: {where}]' },
  edgeAny: { en: 'one where {where}', nl: 'een waarvoor geldt: {where}' },
  compared: {
    en: 'the number of {event}[ {during}] is {test}[, where {where}]',
    nl: 'het aantal {event}[ {during}] is {test}[, waarvoor geldt: {where}]',
  },
  other: { en: '[{times} times ]that {during}[ divided by {per}]', nl: '[{times} keer ]dat {during}[ gedeeld door {per}]' },
  column: { en: 'the column {column}', nl: 'de kolom {column}' },
  hour: { en: 'the hour is {hours}', nl: 'het uur is {hours}' },
  weekday: { en: 'the day is {days}', nl: 'de dag is {days}' },
});

export const SEQUENCES = phrases({
  whole: {
    en: '{sequence}[, all with the same {same}][, each with another {different}][, {times}][, {during}]',
    nl: '{sequence}[, alle met dezelfde {same}][, elk met een andere {different}][, {times}][, {during}]',
  },
  never: {
    en: 'never: {sequence}[, all with the same {same}][, each with another {different}][, {during}]',
    nl: 'nooit: {sequence}[, alle met dezelfde {same}][, elk met een andere {different}][, {during}]',
  },
  nextStep: { en: ', then ', nl: ', daarna ' },
  step: { en: '{event}[ ({where})]{gap}[ without {without} in between]', nl: '{event}[ ({where})]{gap}[ zonder {without} ertussen]' },
  first: {
    en: 'the first {event}[ ({where})]{gap}[ without {without} in between]',
    nl: [
      'de eerste {event}[ ({where})]{gap}[ zonder {without} ertussen]',
      'het eerste {event}[ ({where})]{gap}[ zonder {without} ertussen]',
    ],
  },
  last: {
    en: 'the last {event}[ ({where})]{gap}[ without {without} in between]',
    nl: [
      'de laatste {event}[ ({where})]{gap}[ zonder {without} ertussen]',
      'het laatste {event}[ ({where})]{gap}[ zonder {without} ertussen]',
    ],
  },
  none: { en: 'no {none}[ ({where})][ within {within}]', nl: 'geen {none}[ ({where})][ binnen {within}]' },
  between: { en: '{event}[ ({where})]', nl: '{event}[ ({where})]' },
  orWithout: { en: ' and without ', nl: ' en zonder ' },
  noGap: { en: '', nl: '' },
  within: { en: ' within {within}', nl: ' binnen {within}' },
  after: { en: ' at least {after} later', nl: ' minstens {after} later' },
  both: { en: ' at least {after} and at most {within} later', nl: ' minstens {after} en hoogstens {within} later' },
});

export const RELATED = phrases({
  none: {
    en: 'none of their {related}[ with {at}][ {during}][, that meets {that}][, where {where}]',
    nl: 'geen van hun {related}[ met {at}][ {during}][, die voldoet aan {that}][, waarvoor geldt: {where}]',
  },
  count: {
    en: '{count} of their {related}[ with {at}][ {during}][, that meets {that}][, where {where}]',
    nl: '{count} van hun {related}[ met {at}][ {during}][, die voldoet aan {that}][, waarvoor geldt: {where}]',
  },
  every: {
    en: 'every one of their {related}[ with {at}][ {during}][, that meets {that}][, where {where}]: {every}',
    nl: 'voor elk van hun {related}[ met {at}][ {during}][, die voldoet aan {that}][, waarvoor geldt: {where},] geldt: {every}',
  },
  sum: {
    en: 'the sum of {subject} of their {related}[ with {at}][ {during}] is {test}[, of those that meet {that}][, where {where}]',
    nl: 'de som van {subject} over hun {related}[ met {at}][ {during}] is {test}[, van die voldoen aan {that}][, waarvoor geldt: {where}]',
  },
  avg: {
    en: 'the average {subject} of their {related}[ with {at}][ {during}] is {test}[, of those that meet {that}][, where {where}]',
    nl: [
      'de gemiddelde {subject} over hun {related}[ met {at}][ {during}] is {test}[, van die voldoen aan {that}][, waarvoor geldt: {where}]',
      'het gemiddelde {subject} over hun {related}[ met {at}][ {during}] is {test}[, van die voldoen aan {that}][, waarvoor geldt: {where}]',
    ],
  },
  min: {
    en: 'the lowest {subject} of their {related}[ with {at}][ {during}] is {test}[, of those that meet {that}][, where {where}]',
    nl: [
      'de laagste {subject} over hun {related}[ met {at}][ {during}] is {test}[, van die voldoen aan {that}][, waarvoor geldt: {where}]',
      'het laagste {subject} over hun {related}[ met {at}][ {during}] is {test}[, van die voldoen aan {that}][, waarvoor geldt: {where}]',
    ],
  },
  max: {
    en: 'the highest {subject} of their {related}[ with {at}][ {during}] is {test}[, of those that meet {that}][, where {where}]',
    nl: [
      'de hoogste {subject} over hun {related}[ met {at}][ {during}] is {test}[, van die voldoen aan {that}][, waarvoor geldt: {where}]',
      'het hoogste {subject} over hun {related}[ met {at}][ {during}] is {test}[, van die voldoen aan {that}][, waarvoor geldt: {where}]',
    ],
  },
  minTime: {
    en: 'the earliest {subject} of their {related}[ with {at}][ {during}] is {test}[, of those that meet {that}][, where {where}]',
    nl: 'de vroegste {subject} over hun {related}[ met {at}][ {during}] is {test}[, van die voldoen aan {that}][, waarvoor geldt: {where}]',
  },
  maxTime: {
    en: 'the latest {subject} of their {related}[ with {at}][ {during}] is {test}[, of those that meet {that}][, where {where}]',
    nl: 'de laatste {subject} over hun {related}[ met {at}][ {during}] is {test}[, van die voldoen aan {that}][, waarvoor geldt: {where}]',
  },
  distinct: {
    en: '{test} different values of {subject} among their {related}[ with {at}][ {during}][, that meets {that}][, where {where}]',
    nl: '{test} verschillende waarden van {subject} onder hun {related}[ met {at}][ {during}][, die voldoet aan {that}][, waarvoor geldt: {where}]',
  },
  repeats: {
    en: 'one value of {subject} {test} among their {related}[ with {at}][ {during}][, that meets {that}][, where {where}]',
    nl: 'één waarde van {subject} {test} onder hun {related}[ met {at}][ {during}][, die voldoet aan {that}][, waarvoor geldt: {where}]',
  },
  that: { en: '{column} meets {that}', nl: '{column} voldoet aan {that}' },
  itself: { en: 'itself meets {that}', nl: 'zelf voldoet aan {that}' },
});

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

/** One line for each thing that stands on the whole, in the order in which they are written. */
export const WHOLE = phrases({
  title: { en: 'segment {id}: {title}', nl: 'segment {id}: {title}' },
  entity: { en: 'each {entity} with:', nl: 'elke {entity} met:' },
  description: { en: 'description: {value}', nl: 'omschrijving: {value}' },
  excludedEverywhere: { en: 'its members are left out of every other segment', nl: 'de leden worden uit elk ander segment weggelaten' },
  notExcludedEverywhere: {
    en: 'its members are not left out of other segments',
    nl: 'de leden worden niet uit andere segmenten weggelaten',
  },
  exclude: { en: 'leaves out the members of {value}', nl: 'laat de leden weg van {value}' },
  split: {
    en: 'takes the buckets {from} to {to} of the split {salt}[ ({part})]',
    nl: 'neemt de vakken {from} tot en met {to} van de verdeling {salt}[ ({part})]',
  },
  holdout: { en: 'holds out {share} ({salt})', nl: 'houdt {share} achter ({salt})' },
  limitDesc: { en: 'takes the {many} with the highest {by}[ for each {per}]', nl: 'neemt de {many} met de hoogste {by}[ per {per}]' },
  limitAsc: { en: 'takes the {many} with the lowest {by}[ for each {per}]', nl: 'neemt de {many} met de laagste {by}[ per {per}]' },
  limitDescTime: { en: 'takes the {many} with the latest {by}[ for each {per}]', nl: 'neemt de {many} met de laatste {by}[ per {per}]' },
  limitAscTime: { en: 'takes the {many} with the earliest {by}[ for each {per}]', nl: 'neemt de {many} met de vroegste {by}[ per {per}]' },
  asOf: { en: 'as of {value}', nl: 'per {value}' },
  timezone: { en: 'dates are of the time zone {value}', nl: 'datums zijn van de tijdzone {value}' },
  guard: { en: 'guard: {value}', nl: 'bewaking: {value}' },
  every: { en: 'published every {value}', nl: 'gepubliceerd elke {value}' },
  cron: { en: 'published at {value}', nl: 'gepubliceerd om {value}' },
  after: { en: 'published after {value}', nl: 'gepubliceerd na {value}' },
});

/** Each limit of the guard, joined by commas. */
export const GUARD = phrases({
  mayBeEmpty: { en: 'may be empty', nl: 'mag leeg zijn' },
  maxGrowth: { en: 'grows to at most {value} times', nl: 'groeit tot hoogstens {value} keer' },
  maxShrink: { en: 'shrinks by at most {value}', nl: 'krimpt met hoogstens {value}' },
  minMembers: { en: 'has at least {value} members', nl: 'heeft minstens {value} leden' },
  maxMembers: { en: 'has at most {value} members', nl: 'heeft hoogstens {value} leden' },
});

/** What differs between two versions of a definition. These are never read back. */
export const CHANGES = phrases({
  archived: { en: 'The segment was archived.', nl: 'Het segment is gearchiveerd.' },
  madeWithOne: { en: 'The segment was made, with {n} condition.', nl: 'Het segment is gemaakt, met {n} voorwaarde.' },
  made: { en: 'The segment was made, with {n} conditions.', nl: 'Het segment is gemaakt, met {n} voorwaarden.' },
  added: { en: 'Added: {words}.', nl: 'Toegevoegd: {words}.' },
  addedIn: { en: 'Added in {to}: {words}.', nl: 'Toegevoegd in {to}: {words}.' },
  removed: { en: 'Removed: {words}.', nl: 'Verwijderd: {words}.' },
  removedIn: { en: 'Removed in {to}: {words}.', nl: 'Verwijderd in {to}: {words}.' },
  changed: { en: 'Changed: “{before}” is now “{after}”.', nl: 'Gewijzigd: “{before}” is nu “{after}”.' },
  changedAndMoved: {
    en: 'Changed: “{before}” is now “{after}”, and it moved from {from} to {to}.',
    nl: 'Gewijzigd: “{before}” is nu “{after}”, en verplaatst van {from} naar {to}.',
  },
  moved: { en: 'Moved from {from} to {to}: {words}.', nl: 'Verplaatst van {from} naar {to}: {words}.' },
  onlyCondition: { en: 'the only condition', nl: 'de enige voorwaarde' },
  set: { en: 'Set: {name} is {after}.', nl: 'Ingesteld: {name} is {after}.' },
  takenAway: { en: 'Taken away: {name}, which was {before}.', nl: 'Weggehaald: {name}, dat was {before}.' },
  settingChanged: { en: 'Changed: {name} is now {after}; it was {before}.', nl: 'Gewijzigd: {name} is nu {after}; het was {before}.' },
});
