/**
 * Syntaxes that write a piece of a document as text and read that text back. Pure.
 *
 * `write` is undefined for a piece of another form. `read` finds every way to read the text from a place on, so that a longer name never
 * hides a shorter one; what was found at a place is kept, so that reading takes a time in proportion to the text.
 */
import type { Language } from './language.ts';
import type { Names } from './names.ts';

export interface Writing {
  readonly language: Language;
  readonly names: Names;
  /** All names and texts in quotes: where a sentence could be read in another way without. */
  readonly isQuoted?: boolean;
  /** Long lists are cut. Such a sentence cannot be read back. */
  readonly isShort?: boolean;
}

export interface Parse {
  readonly value: unknown;
  readonly end: number;
}

export interface Syntax {
  write(value: unknown, writing: Writing): string | undefined;
  read(at: number, reading: Reading): readonly Parse[];
}

const WORD = /[\p{L}\p{M}\p{N}_]/u;
const SPACE = /\s/;

/** One text that is being read. */
export class Reading {
  readonly text: string;
  readonly language: Language;
  readonly names: Names;
  /** The place at which nothing could be read further, and what could have stood there. */
  furthest = 0;
  readonly expected = new Set<string>();
  readonly #found = new Map<Syntax, Map<number, readonly Parse[]>>();

  constructor(text: string, { language, names }: { readonly language: Language; readonly names: Names }) {
    this.text = text;
    this.language = language;
    this.names = names;
  }

  read(syntax: Syntax, at: number): readonly Parse[] {
    const places = this.#found.get(syntax) ?? new Map<number, readonly Parse[]>();
    this.#found.set(syntax, places);
    const before = places.get(at);
    if (before) return before;
    const found = syntax.read(at, this);
    places.set(at, found);
    return found;
  }

  skip(at: number): number {
    let place = at;
    while (place < this.text.length && SPACE.test(this.text.charAt(place))) place += 1;
    return place;
  }

  isWord(at: number): boolean {
    return at >= 0 && at < this.text.length && WORD.test(this.text.charAt(at));
  }

  /** The match of a sticky pattern, when no word goes on after it. */
  match(pattern: RegExp, at: number): RegExpExecArray | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(this.text);
    return found && !this.isWord(at + found[0].length) ? found : undefined;
  }

  expect(at: number, what: string): void {
    if (at < this.furthest) return;
    if (at > this.furthest) this.expected.clear();
    this.furthest = at;
    this.expected.add(what);
  }

  /** The place after these words; undefined, and what was expected is kept, when other words stand there. */
  literal(tokens: readonly string[], at: number): number | undefined {
    let place = at;
    for (const [index, token] of tokens.entries()) {
      const start = this.skip(place);
      const end = start + token.length;
      const given = this.text.slice(start, end);
      const isSame = given === token || (given.toLowerCase() === token.toLowerCase() && !isCode(given));
      const isWhole = !WORD.test(token.charAt(0)) || (!this.isWord(end) && !(start === place && this.isWord(start - 1)));
      if (!isSame || !isWhole) {
        this.expect(start, `“${tokens.slice(index).join(' ')}”`);
        return undefined;
      }
      place = end;
    }
    return place;
  }
}

/** In capitals, and longer than one letter: `BE`. */
export const isCode = (word: string) => word.length > 1 && word === word.toUpperCase() && word !== word.toLowerCase();

/** Words, and each other character by itself. */
export const tokensOf = (text: string): string[] => text.match(/[\p{L}\p{M}\p{N}_]+|[^\s]/gu) ?? [];

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The first that can write the piece; whatever any of them reads. */
export function choice(...options: readonly Syntax[]): Syntax {
  return {
    write: (value, writing) => {
      for (const option of options) {
        const text = option.write(value, writing);
        if (text !== undefined) return text;
      }
      return undefined;
    },
    read: (at, reading) => options.flatMap((option) => reading.read(option, at)),
  };
}

/** A syntax that is made later: conditions stand within conditions. */
export function later(make: () => Syntax): Syntax {
  let made: Syntax | undefined;
  const get = () => {
    made ??= make();
    return made;
  };
  return { write: (value, writing) => get().write(value, writing), read: (at, reading) => reading.read(get(), at) };
}

/** A syntax for pieces of another shape. `undefined`: it is not of this one. */
export const shaped = (syntax: Syntax, from: (value: unknown) => unknown, to: (value: unknown) => unknown): Syntax => ({
  write: (value, writing) => {
    const shape = from(value);
    return shape === undefined ? undefined : syntax.write(shape, writing);
  },
  read: (at, reading) =>
    reading.read(syntax, at).flatMap(({ value, end }) => {
      const shape = to(value);
      return shape === undefined ? [] : [{ value: shape, end }];
    }),
});

/** Written only when the test holds; read as ever. */
export const when = (syntax: Syntax, test: (value: unknown, writing: Writing) => boolean): Syntax => ({
  write: (value, writing) => (test(value, writing) ? syntax.write(value, writing) : undefined),
  read: (at, reading) => reading.read(syntax, at),
});

/** An object with this one field. */
export const field = (name: string, syntax: Syntax): Syntax =>
  shaped(
    syntax,
    (value) => (isObject(value) && Object.keys(value).length === 1 ? value[name] : undefined),
    (value) => ({ [name]: value }),
  );

/** Items that have been read so far, last first: a list of thousands is not copied for each of its items. */
interface Chain {
  readonly value: unknown;
  readonly end: number;
  readonly before: Chain | undefined;
}

function valuesOf(chain: Chain): unknown[] {
  const values: unknown[] = [];
  for (let one: Chain | undefined = chain; one !== undefined; one = one.before) values.push(one.value);
  return values.reverse();
}

const link = (parses: readonly Parse[], before?: Chain): Chain[] => parses.map(({ value, end }) => ({ value, end, before }));

/** Items with the same words between each two: `a and b and c`. */
export function joined(item: Syntax, separator: (language: Language) => string): Syntax {
  return {
    write: (value, writing) => {
      if (!Array.isArray(value) || value.length === 0) return undefined;
      const texts = value.map((one) => item.write(one, writing));
      return texts.some((text) => text === undefined) ? undefined : texts.join(separator(writing.language));
    },
    read: (at, reading) => {
      const tokens = tokensOf(separator(reading.language));
      const found: Parse[] = [];
      for (let open = link(reading.read(item, at)); open.length > 0; ) {
        found.push(...open.map((chain) => ({ value: valuesOf(chain), end: chain.end })));
        open = open.flatMap((chain) => {
          const next = reading.literal(tokens, chain.end);
          return next === undefined ? [] : link(reading.read(item, next), chain);
        });
      }
      return found;
    },
  };
}
