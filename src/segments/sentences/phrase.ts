/** A phrase of the book as a syntax: its slots are filled with other syntaxes. Pure. */
import { LANGUAGES, type Language } from './language.ts';
import { isObject, type Parse, type Reading, type Syntax, tokensOf, type Writing } from './syntax.ts';
import type { Phrase } from './wording.ts';

type SlotsIn<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | SlotsIn<Rest> : never;
type FirstOf<W> = W extends readonly [infer First extends string, ...(readonly string[])] ? First : W extends string ? W : never;
/** Names of the slots, as the first English wording has them. */
export type SlotsOf<P extends Phrase> = SlotsIn<FirstOf<P['en']>>;

type Part =
  | { readonly is: 'text'; readonly text: string; readonly tokens: readonly string[] }
  | { readonly is: 'slot'; readonly name: string }
  | { readonly is: 'group'; readonly parts: readonly Part[]; readonly slot: string };

/** `no {event}[ {during}]` → text, slot, group. */
export function partsOf(template: string): Part[] {
  return [...template.matchAll(/\[([^\]]*)\]|\{(\w+)\}|[^[{]+/g)].map(([whole, group, slot]): Part => {
    if (group !== undefined) return { is: 'group', parts: partsOf(group), slot: /\{(\w+)\}/.exec(group)?.[1] ?? '' };
    return slot !== undefined ? { is: 'slot', name: slot } : { is: 'text', text: whole, tokens: tokensOf(whole) };
  });
}

/** Its first wording is the one that is written. */
export const wordingsOf = (phrase: Phrase, language: Language): readonly string[] => {
  const wording = phrase[language];
  return typeof wording === 'string' ? [wording] : wording;
};

/** An object of which each field has a slot, except for `fixed`: fields with the one value that the phrase says without a slot. */
export function phrase<P extends Phrase>(
  said: P,
  slots: Readonly<Record<SlotsOf<P>, Syntax>>,
  fixed: Readonly<Record<string, unknown>> = {},
): Syntax {
  const syntaxes = slots as Readonly<Record<string, Syntax>>;
  const templates = Object.fromEntries(LANGUAGES.map((language) => [language, wordingsOf(said, language).map(partsOf)])) as Record<
    Language,
    Part[][]
  >;
  const known = new Set([...Object.keys(syntaxes), ...Object.keys(fixed)]);
  const fields = Object.entries(fixed).map(([name, value]) => [name, JSON.stringify(value)] as const);
  return {
    write: (value, writing) => {
      if (!isObject(value)) return undefined;
      if (Object.keys(value).some((name) => value[name] !== undefined && !known.has(name))) return undefined;
      if (fields.some(([name, text]) => JSON.stringify(value[name]) !== text)) return undefined;
      const [parts = []] = templates[writing.language];
      return writeParts(parts, value, { syntaxes, writing });
    },
    read: (at, reading) =>
      templates[reading.language].flatMap((parts) =>
        readParts(parts, [{ slots: { ...fixed }, end: at }], { syntaxes, reading }).map(({ slots: read, end }) => ({ value: read, end })),
      ),
  };
}

interface Filled {
  readonly slots: Readonly<Record<string, unknown>>;
  readonly end: number;
}

function writeParts(
  parts: readonly Part[],
  value: Readonly<Record<string, unknown>>,
  by: { readonly syntaxes: Readonly<Record<string, Syntax>>; readonly writing: Writing },
): string | undefined {
  const texts: string[] = [];
  for (const part of parts) {
    const text =
      part.is === 'text'
        ? part.text
        : part.is === 'slot'
          ? by.syntaxes[part.name]?.write(value[part.name], by.writing)
          : value[part.slot] === undefined
            ? ''
            : writeParts(part.parts, value, by);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return texts.join('');
}

function readParts(
  parts: readonly Part[],
  from: readonly Filled[],
  by: { readonly syntaxes: Readonly<Record<string, Syntax>>; readonly reading: Reading },
): readonly Filled[] {
  let states = from;
  for (const part of parts) {
    states = states.flatMap((state): Filled[] => {
      if (part.is === 'group') return [...readParts(part.parts, [state], by), state];
      if (part.is === 'text') {
        const end = by.reading.literal(part.tokens, state.end);
        return end === undefined ? [] : [{ ...state, end }];
      }
      const syntax = by.syntaxes[part.name];
      const parses: readonly Parse[] = syntax ? by.reading.read(syntax, by.reading.skip(state.end)) : [];
      return parses.map(({ value, end }) => ({ slots: { ...state.slots, [part.name]: value }, end }));
    });
    if (states.length === 0) return states;
  }
  return states;
}
