/**
 * Numbers as they are written, exactly: `9007199254740993` has a neighbour that a JavaScript number cannot tell it from, and `12.505` lies between
 * two values of a column with two digits after the point. Pure.
 */

/** `units` · 10^-`scale`. */
export interface Numeral {
  readonly units: bigint;
  /** Digits after the point, 0 or more. */
  readonly scale: number;
}

const NUMERAL = /^[+-]?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;
/** Longer ones do not occur in real comparisons; they would only make big integers slow. */
const MAX_CHARACTERS = 400;

/** Undefined when the text as a whole is no decimal number, or one beyond what a Float64 can hold (1.8e308). */
export function readNumeral(text: string): Numeral | undefined {
  const parts = text.length <= MAX_CHARACTERS ? NUMERAL.exec(text) : null;
  if (!parts || !Number.isFinite(Number(text))) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = parts;
  const digits = BigInt(whole + fraction);
  const units = text.startsWith('-') ? -digits : digits;
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

/** The greatest multiple of 10^-`scale` that is not greater, as a count of such steps, and whether it is the number itself. */
export function floorTo({ units, scale }: Numeral, wanted: number): { readonly steps: bigint; readonly isExact: boolean } {
  if (wanted >= scale) return { steps: units * 10n ** BigInt(wanted - scale), isExact: true };
  const size = 10n ** BigInt(scale - wanted);
  const rest = units % size;
  const steps = units / size - (rest < 0n ? 1n : 0n);
  return { steps, isExact: rest === 0n };
}

/** Below 0, 0 or above 0, as for sorting. */
export function compareNumerals(a: Numeral, b: Numeral): number {
  const scale = Math.max(a.scale, b.scale);
  const [one, other] = [floorTo(a, scale).steps, floorTo(b, scale).steps];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** `steps` of 10^-`scale`, as decimal text without an exponent. */
export function decimalText(steps: bigint, scale: number): string {
  const digits = (steps < 0n ? -steps : steps).toString().padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return steps < 0n ? `-${text}` : text;
}

/** Whether a JavaScript number of this text is the number that is written. */
export function isKeptByNumber(text: string): boolean {
  const [written, kept] = [readNumeral(text), readNumeral(String(Number(text)))];
  return written !== undefined && kept !== undefined && compareNumerals(written, kept) === 0;
}
