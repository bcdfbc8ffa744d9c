/** JSON whose numbers keep all their digits. A JavaScript number has 53 bits; ids, amounts and counts have more. */

/** A number that JavaScript would write differently from its source text; holds that text. JSON.stringify prints it unchanged. */
export interface ExactNumber {
  readonly rawJSON: string;
}

/** Node has these since 21 (V8 11.4), TypeScript's library does not know them yet: https://tc39.es/proposal-json-parse-with-source (2026-11). */
const json = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: Json, context: { readonly source?: string }) => Json): Json;
  rawJSON(text: string): ExactNumber & Json;
  isRawJSON(value: unknown): boolean;
};

/**
 * Sixteen digits and more, an exponent, a minus before a zero, a zero at the end of a fraction: JavaScript writes all other numbers as it
 * reads them.
 */
const mayChange = /\d[\d.]{15}|\d[eE]|-0|\.\d*0(?!\d)/;

/** As JSON.parse, and throws as it does; numbers that would change are an ExactNumber. */
export function parseExact(text: string): Json {
  if (!mayChange.test(text)) return JSON.parse(text) as Json;
  return json.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? json.rawJSON(source) : value,
  );
}

export const isExactNumber = (value: unknown): value is ExactNumber => json.isRawJSON(value);

/** The text of a number, undefined for anything else. */
export function numberText(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return String(value);
  return isExactNumber(value) ? value.rawJSON : undefined;
}

/** Whether two values are equal: numbers in whatever way they are written (`1.50`, `15e-1`), to the last digit; other values exactly. */
export function isSame(one: Json | undefined, other: Json | undefined): boolean {
  const [first, second] = [numberText(one), numberText(other)];
  if (first !== undefined && second !== undefined) return canonical(first) === canonical(second);
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * `-12.30e1` → `-123e0`: sign, digits without zeros at either end, power of ten. Zero has no sign. Undefined for what is not a JSON number.
 */
export function canonical(text: string): string | undefined {
  const [all, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (all === undefined) return undefined;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return '0';
  return `${sign}${kept}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - kept.length)}`;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
