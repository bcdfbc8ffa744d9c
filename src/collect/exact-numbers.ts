/** JSON whose numbers keep the digits that were written. Pure. */
import { randomBytes } from 'node:crypto';

/** TypeScript 7 does not know these parts of ECMAScript 2026 yet; Node 24 has them. */
declare global {
  interface JSON {
    /** JSON.stringify writes this object as exactly this text. */
    rawJSON(text: string): object;
    isRawJSON(value: unknown): value is { readonly rawJSON: string };
  }
}

export interface ParsedJson {
  readonly value: unknown;
  /** Whether some number became such an object. If not, no number is longer than a 64-bit integer. */
  readonly hasOddNumbers: boolean;
}

/**
 * As JSON.parse, except for numbers that JavaScript or ClickHouse would write in another way (9007199254740993, 1.0, 1e400). Such a number
 * becomes an object that JSON.stringify writes as it was: `JSON.isRawJSON` recognises it, `numberText` reads it.
 *
 * The reviver of JSON.parse could do this alone, but it is called for every value and takes three times as long; real clients written in
 * Java send 34.0 in every message. So these numbers are first turned into marked texts, and after parsing those into objects.
 * @throws SyntaxError when it is not JSON; RangeError when it is nested too deeply.
 */
export function parseJson(json: string): ParsedJson {
  const marked = json.replace(ODD_NUMBER, (whole, before: string, number: string) =>
    isOdd(number) ? `${before}"${MARK}${number}"` : whole,
  );
  if (marked.length === json.length) return { value: JSON.parse(json), hasOddNumbers: false };
  try {
    return { value: withoutMarks(JSON.parse(marked)), hasOddNumbers: true };
  } catch {
    // A number was marked inside a string. The quotes of the mark have ended that string before a letter, which is never valid JSON.
    const value: unknown = JSON.parse(json, (_name, member: unknown, context?: { readonly source?: string }) =>
      typeof member === 'number' && context?.source !== undefined && isOdd(context.source) ? JSON.rawJSON(context.source) : member,
    );
    return { value, hasOddNumbers: true };
  }
}

/**
 * Whether JSON text, as JSON.stringify writes it, holds a number that fits neither a 64-bit integer nor a double: ClickHouse's parser would
 * read it as another number. Digits within a string that look like such a number count too.
 */
export function hasLongNumbers(json: string): boolean {
  for (const [, , number] of json.matchAll(ODD_NUMBER)) if (number !== undefined && !fits(number)) return true;
  return false;
}

function fits(number: string): boolean {
  if (/^-?\d+$/.test(number)) {
    if (number.length > '-9223372036854775808'.length) return false;
    const integer = BigInt(number);
    return BigInt.asIntN(64, integer) === integer || BigInt.asUintN(64, integer) === integer;
  }
  const double = Number(number);
  return Number.isFinite(double) && plainDigits(String(double), MAX_DIGITS) === plainDigits(number, MAX_DIGITS);
}

/** Doubles reach from 5e-324 to 1.8e308, with at most 17 digits. */
const MAX_DIGITS = 400;

/** The digits of a number that `parseJson` has read, as they were written; undefined for anything else. */
export function numberText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return JSON.isRawJSON(value) ? value.rawJSON : undefined;
}

/**
 * The one way to write a number's value: 34.0, 34 and 3.4e1 are '34', and no digit is lost. Undefined when this, or the number as it was
 * written, takes more than `maxLength` characters.
 */
export function plainDigits(number: string, maxLength: number): string | undefined {
  if (number.length > maxLength) return undefined;
  const [, sign, whole, fraction = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  if (sign === undefined || whole === undefined) return undefined;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return '0';
  const point = digits.length - fraction.length + Number(power);
  // Checked before any zero is written: the power of ten may stand for a billion zeros.
  if (Math.abs(point) > maxLength) return undefined;
  const before = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const after = (point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits).replace(/0+$/, '');
  const text = `${sign}${before}${after === '' ? '' : `.${after}`}`;
  return text.length > maxLength ? undefined : text;
}

/**
 * Matches a number, where JSON allows one, that JavaScript may write differently: it has 16 digits or more, an exponent or a zero at the
 * end of its fraction, or is below a millionth or is -0. JavaScript writes all other numbers as they were. Most bodies hold none of these,
 * so the search must be quick.
 */
const ODD_NUMBER =
  /([:[,]\s*)(-0|-?(?:0|[1-9]\d*)(?:\.\d*0|(?:\.\d+)?[eE][+-]?\d+)|-?0\.0{6}\d+|-?(?=[\d.]{16})(?:0|[1-9]\d*)(?:\.\d+)?)(?=\s*[,}\]])/g;

/** Random and known to this process only, so that no text of a client can pass for a marked number. */
const MARK = `n${randomBytes(12).toString('base64url')}`;

const isOdd = (number: string) => String(Number(number)) !== number || !fits(number);

/** A loop: recursion depth would be set by how deeply a stranger's message is nested. */
function withoutMarks(parsed: unknown): unknown {
  const waiting = isNode(parsed) ? [parsed] : [];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const name in node) {
      const member = node[name];
      if (isNode(member)) waiting.push(member);
      else if (typeof member === 'string' && member.startsWith(MARK)) put(node, name, JSON.rawJSON(member.slice(MARK.length)));
    }
  }
  return parsed;
}

type Node = Record<string, unknown>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** Assigning to `__proto__` would change the prototype of the object. */
function put(node: Node, name: string, value: object): void {
  if (name === '__proto__') Object.defineProperty(node, name, { value, enumerable: true, writable: true, configurable: true });
  else node[name] = value;
}
