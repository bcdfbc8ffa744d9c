/**
 * Every phrase of the sentences, in each language side by side. The same phrase writes a sentence and reads it back. Pure.
 *
 * Here the conditions; phrase-book-words.ts has what they are made of, phrase-book-whole.ts what stands on the whole of a segment.
 */
import { phrases } from './wording.ts';

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
  list: { en: 'is on the list {list}', nl: 'staat op de lijst {list}' },
  audience: { en: 'is in the audience {audience}', nl: ['zit in het publiek {audience}', 'is in het publiek {audience}'] },
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
  first: {
    en: 'the first of their {related}[ with {at}][ {during}] is one where {edge}[, of those that meet {that}][, of those where {where}]',
    nl: [
      'de eerste van hun {related}[ met {at}][ {during}] is er een waarvoor geldt: {edge}[, van die voldoen aan {that}][, van die waarvoor geldt: {where}]',
      'het eerste van hun {related}[ met {at}][ {during}] is er een waarvoor geldt: {edge}[, van die voldoen aan {that}][, van die waarvoor geldt: {where}]',
    ],
  },
  last: {
    en: 'the last of their {related}[ with {at}][ {during}] is one where {edge}[, of those that meet {that}][, of those where {where}]',
    nl: [
      'de laatste van hun {related}[ met {at}][ {during}] is er een waarvoor geldt: {edge}[, van die voldoen aan {that}][, van die waarvoor geldt: {where}]',
      'het laatste van hun {related}[ met {at}][ {during}] is er een waarvoor geldt: {edge}[, van die voldoen aan {that}][, van die waarvoor geldt: {where}]',
    ],
  },
  compared: {
    en: 'the number of their {related}[ with {at}][ {during}] is {test}[, of those that meet {that}][, where {where}]',
    nl: 'het aantal van hun {related}[ met {at}][ {during}] is {test}[, van die voldoen aan {that}][, waarvoor geldt: {where}]',
  },
  that: { en: '{column} meets {that}', nl: '{column} voldoet aan {that}' },
  itself: { en: 'itself meets {that}', nl: 'zelf voldoet aan {that}' },
});
