/** SQL that casts text to a typed value only where the value reads back as it was written. Pure. */
import { innerType, isNested } from '../sql/column-type.ts';

import { quoteText } from '../sql/sql-text.ts';
import { INSTANT } from './columns.ts';

/**
 * `text` (SQL of type Nullable(String)) as a value of `type`. NULL when it is not one, and when writing the value out again would give
 * another text: a number column would change `007`, `+5` and 20 digits. Two spellings of the same value are allowed: zeros at the end of a
 * fraction, and the offset of a time where the type holds moments (the same moment is kept in UTC).
 */
export function cast(text: string, type: string): string {
  const inner = innerType(type);
  if (inner === 'String') return text;
  if (isNested(inner)) return `cast(null, 'Nullable(Nothing)')`;
  if (/^U?Int\d+$/.test(inner)) return readBack(text, `accurateCastOrNull(${text}, ${quoteText(inner)})`);
  if (/^B?Float/.test(inner)) return castToFloat(text, inner);
  if (inner.startsWith('Decimal')) {
    const value = `accurateCastOrNull(${text}, ${quoteText(inner)})`;
    return `if(${matches(text, DECIMAL)} and ${digits(`toString(${value})`)} = ${digits(text)}, ${value}, null)`;
  }
  if (inner === 'Bool') return `if(lower(${text}) in ('true', 'false'), accurateCastOrNull(lower(${text}), 'Bool'), null)`;
  if (/^DateTime/.test(inner)) return castToTime(text, inner);
  if (/^Date(32)?$/.test(inner)) {
    // A plain cast turns 2024-13-01, and every day that the type cannot hold, into another day.
    const day = `toDate32OrNull(${text})`;
    return `accurateCastOrNull(if(toString(${day}) = ${text}, ${day}, null), ${quoteText(inner)})`;
  }
  return readBack(text, `accurateCastOrNull(${text}, ${quoteText(inner)})`);
}

const readBack = (text: string, value: string) => `if(toString(${value}) = ${text}, ${value}, null)`;

/** A number with an exponent must have a sign in the exponent: programs write `1e+20`, while `1e3` may be the code of an article. */
const NUMBER = `^-?(0|[1-9][0-9]*)?([.][0-9]+)?([eE][+-][0-9]{1,3})?$`;
const DECIMAL = `^-?(0|[1-9][0-9]*)?([.][0-9]+)?$`;

const matches = (text: string, pattern: string) => `match(ifNull(${text}, ''), ${quoteText(pattern)})`;

/** The significant digits: `-0.050` → `5`. */
const digits = (text: string) => `replaceRegexpOne(replaceRegexpAll(assumeNotNull(${text}), '^-?[0.]*|[.]|[eE].*$', ''), '0+$', '')`;

function castToFloat(text: string, inner: string): string {
  const value = `accurateCastOrNull(${text}, ${quoteText(inner)})`;
  // Up to so many digits survive any number of the type. With more, the digits themselves are compared.
  const exactDigits = inner === 'Float64' ? 15 : 6;
  const isExact = `(length(${text}) <= ${exactDigits} or ${digits(`toString(${value})`)} = ${digits(text)})`;
  // 1e-400 is too small for a double, and would be 0.
  return `if(${matches(text, NUMBER)} and isFinite(${value}) and ${isExact} and (${value} != 0 or ${digits(text)} = ''), ${value}, null)`;
}

/** Whether the type holds moments: times that had an offset. A type with another zone, or with none, holds local clock times. */
export const isInstant = (type: string) => /^DateTime.*'Etc\/UTC'/.test(innerType(type));

const OFFSET = '( ?(Z|UTC|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?))';

function castToTime(text: string, inner: string): string {
  const [, precision = '0'] = /^DateTime64\((\d)/.exec(inner) ?? [];
  // ISO 8601 only: ClickHouse's best effort also takes `10` as a day of this month, `03/04/2026` as one of two days, and 24:00 as tomorrow.
  const fraction = precision === '0' ? '([.]0+)?' : `([.][0-9]{1,${precision}}0*)?`;
  const offset = isInstant(inner) ? OFFSET : '';
  const pattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]${fraction})?${offset}$`;
  const value = /^DateTime64/.test(inner)
    ? `parseDateTime64BestEffortOrNull(${text}, ${precision}, 'UTC')`
    : `parseDateTimeBestEffortOrNull(${text}, 'UTC')`;
  // A day that does not exist gives NULL or another day (only after the 28th); a year that the type cannot hold gives another year.
  const day = `substring(toString(parseDateTime64BestEffortOrNull(concat(substring(${text}, 1, 10), 'T00:00:00'), 0, 'UTC')), 1, 10)`;
  const isThatDay = `(substring(${text}, 9, 2) <= '28' or ${day} = substring(${text}, 1, 10))`;
  const isThatYear = `abs(toYear(${value}) - toInt32OrZero(substring(assumeNotNull(${text}), 1, 4))) <= 1`;
  return `if(${matches(text, pattern)} and ${isThatDay} and ${isThatYear}, ${value}, null)`;
}

/** Whether a person would take `text` for a number: with spaces around it, a plus, zeros in front, an exponent. */
export const looksLikeNumber = (text: string) => `isNotNull(toFloat64OrNull(trim(${text})))`;

export function described(type: string): string {
  const inner = innerType(type);
  if (/Int/.test(inner)) return `a whole number (${inner})`;
  if (/^(B?Float|Decimal)/.test(inner)) return `a number (${inner})`;
  if (/^Date/.test(inner))
    return `a ${inner.startsWith('DateTime') ? (isInstant(inner) ? 'time with an offset' : 'time') : 'date'} (${inner})`;
  if (inner === 'Bool') return 'true or false';
  return `a ${inner}`;
}

/** SQL of the reason why `text`, which `cast` turns into NULL, does not fit the column. */
export function reasonOf(name: string, type: string, text: string): string {
  const cannot = quoteText(`${name} is not ${described(type)}`);
  if (/^DateTime/.test(innerType(type)) && !isInstant(type)) {
    const offset = quoteText(`${name} has an offset, and the column holds times without one: \`--text ${name}\` keeps both`);
    return `if(isNotNull(${castToTime(text, innerType(INSTANT))}), ${offset}, ${cannot})`;
  }
  if (!/Int|Float|Decimal/.test(innerType(type))) return cannot;
  const changed = quoteText(
    `${name} would not stay as it is written in ${described(type)}: zeros or a plus in front, spaces, or too many digits; \`--text ${name}\` keeps it`,
  );
  // 1.5 in a column of whole numbers is another case: no code, only a number that does not fit.
  const isOther = /Int/.test(innerType(type)) ? ` and not match(ifNull(${text}, ''), '^-?[0-9]+[.][0-9]+$')` : '';
  return `if(${looksLikeNumber(text)}${isOther}, ${changed}, ${cannot})`;
}
