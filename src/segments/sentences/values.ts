/** Names, texts, numbers and dates in a sentence. Numbers keep all their digits. Pure. */
import { isDate, isMoment } from '../language/value.ts';
import type { Language } from './language.ts';
import type { NameKind } from './names.ts';
import { phrase } from './phrase.ts';
import { COMPARISONS, MONTHS, OTHERS, WORDS } from './phrase-book-words.ts';
import { isReserved } from './reserved.ts';
import { choice, isObject, type Parse, type Reading, type Syntax, shaped, tokensOf, type Writing } from './syntax.ts';

const CURLY = /“([^”]*)”/uy;
const STRAIGHT = /"((?:[^"\\]|\\.)*)"/suy;

/** Between curly quotes everything stands for itself; what cannot stand there is written as JSON. */
const quote = (text: string) => (/[”\n\r]/.test(text) ? JSON.stringify(text) : `“${text}”`);

function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    return text.slice(1, -1);
  }
}

/** A text in quotes, whatever it says. */
export const quoted: Syntax = {
  write: (value) => (typeof value === 'string' ? quote(value) : undefined),
  read: (at, reading) => {
    for (const pattern of [CURLY, STRAIGHT]) {
      pattern.lastIndex = at;
      const found = pattern.exec(reading.text);
      if (found) return [{ value: pattern === CURLY ? found[1] : unquoted(found[0]), end: at + found[0].length }];
    }
    reading.expect(at, 'a text in quotes');
    return [];
  },
};

const PLAIN = /^[\p{L}_][\p{L}\p{M}\p{N}_.$@&'’/→-]*(?<![.'’])( (?:[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.$@&'’/-]*(?<![.'’])|→))*$/u;
const RUN = /[\p{L}_][\p{L}\p{M}\p{N}_.$@&'’/-]*(?<![.'’])/uy;

const isRun = (text: string, language: Language) =>
  text.split(' ').every((word) => {
    RUN.lastIndex = 0;
    return RUN.exec(word)?.[0] === word && !isReserved(word, language);
  });

/** Words of which no phrase is made, as many as follow each other. */
function runAt(at: number, reading: Reading): Parse[] {
  let end = at;
  for (let place = at; ; place = reading.skip(end)) {
    RUN.lastIndex = place;
    const word = RUN.exec(reading.text)?.[0];
    if (word === undefined || isReserved(word, reading.language)) break;
    end = place + word.length;
  }
  return end === at ? [] : [{ value: reading.text.slice(at, end).replace(/\s+/g, ' '), end }];
}

const NAMED: Readonly<Record<NameKind, string>> = {
  trait: 'a trait',
  event: 'the name of an event',
  property: 'a property',
  relation: 'a relation',
  column: 'a column',
  segment: 'a segment',
  list: 'a list',
  audience: 'an audience',
  entity: 'an entity',
};

/** A name, as the catalogue shows it. */
function name(kind: NameKind): Syntax {
  return {
    write: (value, { names, language, isQuoted }) => {
      if (typeof value !== 'string') return undefined;
      const shown = names.of[kind].shown(value);
      const isPlain = !isQuoted && (names.of[kind].isKnown(shown) ? PLAIN.test(shown) : isRun(shown, language));
      return isPlain ? shown : quote(shown);
    },
    read: (at, reading) => {
      const known = reading.names.of[kind];
      const meant = (text: string) => known.meant(text);
      const inQuotes = reading.read(quoted, at).map(({ value, end }) => ({ value: meant(String(value)), end }));
      if (inQuotes.length > 0) return inQuotes;
      const named = known
        .startingAt(reading.text, at)
        .filter((shown) => !reading.isWord(at + shown.length))
        .map((shown): Parse => ({ value: known.meant(shown), end: at + shown.length }));
      const run = runAt(at, reading)
        .filter(({ end }) => !named.some((one) => one.end === end))
        .map(({ value, end }): Parse => ({ value: meant(String(value)), end }));
      if (named.length + run.length === 0) reading.expect(at, NAMED[kind]);
      return [...named, ...run];
    },
  };
}

export const trait = name('trait');
export const event = name('event');
export const property = name('property');
export const column = name('column');
export const segment = name('segment');
export const list = name('list');
export const audience = name('audience');
export const entity = name('entity');
/** `orders.lines` is shown as `orders → lines`. */
export const relation = name('relation');

const NUMERAL: Readonly<Record<Language, RegExp>> = {
  en: /-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?(?![,.]\d)/y,
  nl: /-?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?(?:e[+-]?\d+)?(?![,.]\d)/y,
};
const DECIMAL: Readonly<Record<Language, string>> = { en: '.', nl: ',' };
const GROUP: Readonly<Record<Language, string>> = { en: ',', nl: '.' };

const trimmed = (digits: string) => (digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits);

/** A number; its digits as a text where a number cannot hold them. */
function numberOf(digits: string): number | string {
  const number = Number(digits);
  const isSame = String(number) === (/e/.test(digits) ? digits : trimmed(digits));
  return isSame && (!Number.isInteger(number) || Number.isSafeInteger(number)) ? number : digits;
}

const digitsIn = (text: string, language: Language) => text.replaceAll(GROUP[language], '').replace(DECIMAL[language], '.');
const DIGITS = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/;

const inLanguage = (digits: string, language: Language) => digits.replace('.', DECIMAL[language]);

/** Numbers, and texts with so many digits that only a text keeps them. */
export const numeral: Syntax = {
  write: (value, { language }) => {
    const digits = typeof value === 'number' ? String(value) : value;
    if (typeof digits !== 'string' || !DIGITS.test(digits)) return undefined;
    return typeof value === 'number' || numberOf(digits) === digits ? inLanguage(digits, language) : undefined;
  },
  read: (at, reading) => {
    const found = reading.match(NUMERAL[reading.language], at);
    if (!found) reading.expect(at, 'a number');
    return found ? [{ value: numberOf(digitsIn(found[0], reading.language)), end: at + found[0].length }] : [];
  },
};

/** A whole number for people: `1,000`. */
export const whole: Syntax = {
  write: (value, { language }) =>
    typeof value === 'number' && Number.isInteger(value) ? value.toLocaleString(language, { useGrouping: 'always' }) : undefined,
  read: (at, reading) => reading.read(numeral, at).filter(({ value }) => Number.isInteger(value)),
};

const DAY: Readonly<Record<Language, RegExp>> = {
  en: new RegExp(`(\\d{1,2}) (${MONTHS.en.join('|')}) (\\d{4})`, 'iy'),
  nl: new RegExp(`(\\d{1,2}) (${MONTHS.nl.join('|')}) (\\d{4})`, 'iy'),
};
const ISO_DAY = /\d{4}-\d{2}-\d{2}(?!T)/y;

/** `31 March 2026`; `2026-03-31` is read too. */
export const date: Syntax = {
  write: (value, { language }) => {
    if (typeof value !== 'string' || !isDate(value)) return undefined;
    return `${Number(value.slice(8))} ${MONTHS[language][Number(value.slice(5, 7)) - 1]} ${value.slice(0, 4)}`;
  },
  read: (at, reading) => {
    const iso = reading.match(ISO_DAY, at);
    const said = reading.match(DAY[reading.language], at);
    const found = iso ?? said;
    const [, day = '', month = '', year = ''] = said ?? [];
    const number = MONTHS[reading.language].findIndex((one) => one.toLowerCase() === month.toLowerCase()) + 1;
    const text = iso ? iso[0] : `${year}-${String(number).padStart(2, '0')}-${day.padStart(2, '0')}`;
    if (!found || !isDate(text)) {
      reading.expect(at, 'a date');
      return [];
    }
    return [{ value: text, end: at + found[0].length }];
  },
};

const MOMENT = /\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})/y;
/** `2026-03-31T09:00:00Z`, as it is. */
export const moment: Syntax = {
  write: (value) => (typeof value === 'string' && isMoment(value) ? value : undefined),
  read: (at, reading) => {
    const found = reading.match(MOMENT, at);
    if (!found || !isMoment(found[0])) reading.expect(at, 'a moment');
    return found && isMoment(found[0]) ? [{ value: found[0], end: at + found[0].length }] : [];
  },
};

export const day = choice(date, moment);

/** One of a few values, each with its words. */
export function word<T>(said: readonly (readonly [T, { readonly [L in Language]: readonly string[] }])[]): Syntax {
  return {
    write: (value, { language }) => said.find(([one]) => one === value)?.[1][language][0],
    read: (at, reading) =>
      said.flatMap(([value, words]) =>
        words[reading.language].flatMap((one) => {
          const end = reading.literal(tokensOf(one), at);
          return end === undefined ? [] : [{ value, end }];
        }),
      ),
  };
}

const boolean = word<boolean>([
  [true, WORDS.true],
  [false, WORDS.false],
]);
export const now = word<string>([['now', WORDS.now]]);

const plainText: Syntax = {
  write: (value, { language, isQuoted }) => (typeof value === 'string' && !isQuoted && isRun(value, language) ? value : undefined),
  read: (at, reading) => {
    const found = runAt(at, reading);
    if (found.length === 0) reading.expect(at, 'a value');
    return found;
  },
};

/** Any value. */
export const scalar = choice(boolean, day, numeral, plainText, quoted);
/** In quotes a text that starts like a number is one with these digits: `“12.50”`. Any other is a name. */
const isNumeric = (value: unknown) => typeof value === 'string' && /^[+-]?\.?\d/.test(value);
const onlyIf = (syntax: Syntax, test: (value: unknown) => boolean) => {
  const same = (value: unknown) => (test(value) ? value : undefined);
  return shaped(syntax, same, same);
};
/** Where only numbers stand, a text with digits needs no quotes. */
const bare: Syntax = {
  write: (value, { language }) =>
    typeof value === 'string' && /^(?!-0+(?:\.0+)?$)-?\d+(\.\d+)?$/.test(value) ? inLanguage(String(numberOf(value)), language) : undefined,
  read: () => [],
};
export const digits = choice(numeral, bare, onlyIf(quoted, isNumeric));
/** What has an order. */
export const ordered = choice(day, digits);
/** The name of a trait, where digits may stand too. */
export const traitBesideDigits = onlyIf(trait, (value) => !isNumeric(value));

const MAX_SHOWN = 5;

/** `a, b or c`; of a single item just that. */
export function listed(item: Syntax, last: 'and' | 'or'): Syntax {
  return {
    write: (value, writing) => {
      if (!Array.isArray(value) || value.length === 0) return undefined;
      const shown = writing.isShort && value.length > MAX_SHOWN ? value.slice(0, MAX_SHOWN) : value;
      const texts = shown.map((one) => item.write(one, writing));
      if (texts.some((text) => text === undefined)) return undefined;
      const others = othersOf(value.length - shown.length, writing);
      const all = [...texts, ...others];
      return all.length === 1 ? all[0] : `${all.slice(0, -1).join(', ')} ${WORDS[last][writing.language][0]} ${all.at(-1)}`;
    },
    read: (at, reading) => readList(item, WORDS[last][reading.language], at, reading),
  };
}

function othersOf(count: number, { language }: Writing): string[] {
  if (count === 0) return [];
  return [OTHERS[language][count === 1 ? 0 : 1].replace('{n}', count.toLocaleString(language))];
}

function readList(item: Syntax, word: readonly string[], at: number, reading: Reading): Parse[] {
  const found: Parse[] = [];
  for (const first of reading.read(item, at)) {
    found.push({ value: [first.value], end: first.end });
    // Values of a list do not end in two places: the longest reading of each is taken.
    const values = [first.value];
    for (let end: number | undefined = first.end; end !== undefined; ) {
      const comma = reading.literal([','], end);
      const ending = reading.literal(word, comma ?? end);
      const next = ending ?? comma;
      if (next === undefined) break;
      const parses = reading.read(item, reading.skip(next));
      if (ending !== undefined) {
        found.push(...parses.map(({ value, end: last }) => ({ value: [...values, value], end: last })));
        break;
      }
      const longest = parses.reduce<Parse | undefined>((best, one) => (best && best.end >= one.end ? best : one), undefined);
      if (longest) values.push(longest.value);
      end = longest?.end;
    }
  }
  return found;
}

/** One value, or a list of them; a list of one is that one. */
export const oneOrMore = (list: Syntax): Syntax =>
  shaped(
    list,
    (value) => (Array.isArray(value) ? value : [value]),
    (value) => (Array.isArray(value) && value.length === 1 ? value[0] : value),
  );

/** `10 %` of 0.1, digit for digit. */
const percentage: Syntax = {
  write: (value, { language }) => (typeof value === 'number' ? inLanguage(shifted(value, 2), language) : undefined),
  read: (at, reading) =>
    reading.read(numeral, at).flatMap(({ value, end }) => (typeof value === 'number' ? [{ value: Number(shifted(value, -2)), end }] : [])),
};
export const share = shaped(
  phrase(COMPARISONS.percent, { value: percentage }),
  (value) => ({ value }),
  (value) => (isObject(value) ? value.value : undefined),
);

/** The number with its point moved, without a multiplication that rounds. */
function shifted(number: number, places: number): string {
  const [, mantissa = '0', exponent = '0'] = /^(.*?)(?:e(.*))?$/.exec(String(number)) ?? [];
  const value = Number(`${mantissa}e${Number(exponent) + places}`);
  return value.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 20 });
}
