/** SQL that decides when a destination treats two keys as one. Pure. */
import type { Comparison } from '../connector-kit/field-kind.ts';
import { quoteText } from '../sql/sql-text.ts';

interface KeyField {
  readonly name: string;
  readonly compares: Comparison;
}

/**
 * Turns an expression with a key as JSON into the text by which the destination compares keys: the same JSON with folded values, so that a
 * key that is folded already stays unchanged. It works on the JSON and not on the columns, so that a key that was sent years ago is
 * compared by today's rule.
 */
export function comparedKeySql(fields: readonly KeyField[]): ((key: string) => string) | undefined {
  if (fields.every(({ compares }) => compares === 'exact')) return undefined;
  const [only, ...others] = fields;
  if (only && others.length === 0) return (key) => comparedOnly(only, key);
  const pattern = quoteText(`^\\{${fields.map(({ name }) => `${literal(`${JSON.stringify(name)}:`)}(${jsonValue})`).join(',')}\\}$`);
  return (key) => {
    const values = `extractGroups(${key}, ${pattern})`;
    const parts = fields.map(({ name, compares }, index) => {
      const value = `${values}[${index + 1}]`;
      return `${quoteText(`${JSON.stringify(name)}:`)}, ${compares === 'exact' ? value : foldedText(value, compares)}`;
    });
    return `if(empty(${values}), ${key}, concat('{', ${parts.join(", ',', ")}, '}'))`;
  };
}

/**
 * A text, or a number with all its digits, which JSON functions would read as a Float64 or not at all. Keys hold no lists and no objects.
 */
const jsonValue = String.raw`"(?:[^"\\]|\\.)*"|[^",}]+`;
const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

/** Folds a text as JSON writes it, quotes included. Other values, such as null, stay unchanged. */
const foldedText = (json: string, compares: Exclude<Comparison, 'exact'>) =>
  `if(startsWith(${json}, '"'), concat('"', ${fold[compares](`substring(${json}, 2, length(${json}) - 2)`)}, '"'), ${json})`;

/**
 * The value is between two texts of known length, so it is cut out, which costs a tenth of parsing. Folding leaves JSON's escapes
 * unchanged.
 */
function comparedOnly({ name, compares }: KeyField, key: string): string {
  if (compares === 'exact') return key;
  const head = `{${JSON.stringify(name)}:"`;
  const headBytes = Buffer.byteLength(head);
  const value = `substring(${key}, ${headBytes + 1}, length(${key}) - ${headBytes + 2})`;
  // A null key is compared unchanged: cut like a text, it would equal the key of another row.
  return `if(startsWith(${key}, ${quoteText(head)}), concat(${quoteText(head)}, ${fold[compares](value)}, '"}'), ${key})`;
}

/**
 * Only text that is not ASCII is composed (NFC), which is slow. Text that is not UTF-8 cannot be composed, and is not a valid key anyway.
 */
const composed = (text: string) => `if(length(${text}) = lengthUTF8(${text}), ${text}, normalizeUTF8NFC(toValidUTF8(${text})))`;
const folded = (text: string) => `lowerUTF8(${composed(text)})`;
/** Spaces of all kinds: text that is copied from a web page brings no-break spaces. */
const trimmed = (text: string) =>
  `if(length(${text}) = lengthUTF8(${text}), trimBoth(${text}), replaceRegexpAll(${text}, '^[\\\\s\\\\p{Z}]+|[\\\\s\\\\p{Z}]+$', ''))`;

/**
 * `+31 (0)6-123 45 678`, `0031612345678` and `31612345678` are one number, also in full-width digits. A value with anything besides digits
 * and the usual separators (letters, an extension behind #, digits of scripts that have no ASCII form, ²) is compared as a text: two
 * numbers must not become one. A number without its country stays as it is, because the country is unknown.
 */
const digits = (text: string) => {
  const plain = `if(length(${text}) = lengthUTF8(${text}), ${text}, normalizeUTF8NFKC(toValidUTF8(${text})))`;
  const isNumber = `match(${plain}, '[0-9]') and match(${plain}, '^[0-9+./()\\\\[\\\\]\\\\s\\\\p{Z}\\\\p{Pd}\\\\p{Cf}]*$') and not match(${text}, '\\\\p{No}')`;
  const international = `if(match(${plain}, '^[^0-9]*([+]|00)'), replaceAll(${plain}, '(0)', ''), ${plain})`;
  return `
    if(
        ${isNumber},
        replaceRegexpOne(replaceRegexpAll(${international}, '[^0-9]', ''), '^00', ''),
        ${folded(trimmed(text))})`;
};

const fold: Readonly<Record<Exclude<Comparison, 'exact'>, (text: string) => string>> = {
  case_insensitive: folded,
  email: (text) => folded(trimmed(text)),
  phone: digits,
};

/** The parts of a mapping that say how keys are compared. */
interface Comparing {
  readonly comparedKey: ((key: string) => string) | undefined;
}

/** The hash that the ledger stores beside a key: of its text as it was sent, so that it stays valid under every rule. */
export const hashOfText = (key: string): string => `reinterpretAsUInt128(sipHash128(${key}))`;

/** Keys that are one key at the destination have one hash. */
export const hashOfKey = ({ comparedKey }: Comparing, key: string): string => hashOfText(comparedKey ? comparedKey(key) : key);

/**
 * The hash of a ledger row's key under the sync's present rule; the stored hash is that of the text. Used only when keys are folded,
 * because it reads every key.
 */
export const ledgerHash = (mapping: Comparing): string => (mapping.comparedKey ? hashOfKey(mapping, 'key') : 'key_hash');

/**
 * Orders attempts at a key: by run, and within a run by place. One run may hold a removal and a write of keys that are one key under
 * today's rule; removals come first. The marks of a run (compile-rewrites.ts) have place 0. It is one number, which is quicker to compare
 * than two.
 */
export const attemptOrder = 'bitShiftLeft(run_number, 40) + seq';

/**
 * The loosest comparison that any destination might use: of a key as JSON, the letters and digits without their case, and without the signs
 * before or within a phone number. Nearly all letters and digits are ASCII, and need no table of Unicode.
 */
export const looseKeySql = (key: string): string => {
  const folded = `if(length(${key}) = lengthUTF8(${key}), lower(${key}), lowerUTF8(normalizeUTF8NFKC(toValidUTF8(${key}))))`;
  const bare = `replaceRegexpAll(replaceAll(${folded}, '(0)', ''), '[^\\\\p{L}\\\\p{M}\\\\p{N}":,@.]', '')`;
  return `replaceAll(${bare}, '"00', '"')`;
};

/** Names the rules that make two keys one, for the reason that a person reads. */
export function comparisonWords(fields: readonly KeyField[]): string {
  const rules = fields.flatMap(({ name, compares }) => (compares === 'exact' ? [] : [`${name} ${words[compares]}`]));
  return rules.length === 0 ? '' : `: the destination compares ${rules.join(', ')}`;
}

const words: Readonly<Record<Exclude<Comparison, 'exact'>, string>> = {
  case_insensitive: 'without regard to case',
  email: 'as e-mail addresses, without regard to case and spaces around',
  phone: 'as phone numbers, by their digits',
};
