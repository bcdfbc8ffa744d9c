/** Words that the phrases are made of: a text with one of them is put in quotes, unless it is a name that the catalogue knows. Pure. */
import { LANGUAGES, type Language } from './language.ts';
import { partsOf, wordingsOf } from './phrase.ts';
import { CONDITIONS, EVENTS, RELATED, SEQUENCES } from './phrase-book.ts';
import { WHOLE } from './phrase-book-whole.ts';
import { COMPARISONS, LAST_AND_NEXT, MONTHS, OTHERS, PERIODS_SAID, TESTS, UNITS, WINDOWS, WORDS } from './phrase-book-words.ts';
import { isCode, tokensOf } from './syntax.ts';
import type { Phrase } from './wording.ts';

const PHRASES: readonly Phrase[] = [
  CONDITIONS,
  EVENTS,
  SEQUENCES,
  RELATED,
  WINDOWS,
  TESTS,
  COMPARISONS,
  WHOLE,
  ...Object.values(PERIODS_SAID),
  ...Object.values(LAST_AND_NEXT),
].flatMap((book): Phrase[] => Object.values(book));

type Parts = readonly ReturnType<typeof partsOf>[number][];
const textsOf = (parts: Parts): string[] =>
  parts.flatMap((part) => (part.is === 'group' ? textsOf(part.parts) : part.is === 'text' ? [part.text] : []));

function wordsOf(language: Language): Set<string> {
  const said = PHRASES.flatMap((phrase) => wordingsOf(phrase, language).flatMap((wording) => textsOf(partsOf(wording))));
  const words = [...Object.values(UNITS), ...Object.values(WORDS)].flatMap((each): readonly string[] => each[language]);
  const all = [...said, ...words, ...MONTHS[language], ...OTHERS[language].flatMap((wording) => textsOf(partsOf(wording)))];
  return new Set(all.flatMap(tokensOf).map((word) => word.toLowerCase()));
}

const RESERVED = Object.fromEntries(LANGUAGES.map((language) => [language, wordsOf(language)])) as Record<Language, Set<string>>;

/** `NO` and `AT` are countries: a word in capitals is never one of a phrase. */
export const isReserved = (word: string, language: Language) => !isCode(word) && RESERVED[language].has(word.toLowerCase());
export const reservedWords = (language: Language): Iterable<string> => RESERVED[language];
