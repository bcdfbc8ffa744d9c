/**
 * One test on one value in a JSON column as a SQL condition that is never null. Pure.
 *
 * A value in JSON has a type of its own in each row, and is compared in that type: typed subcolumns are read without a cast, and a value of
 * one type never matches one of another. docs/segments.md says what a number, a text or a boolean is equal to.
 */
import type { NumberType } from '../catalogue/column-kind.ts';
import { decimalText, readNumeral } from '../documents/numeral.ts';
import { quoteIdentifier } from '../sql/sql-text.ts';
import { dayForNow, momentForNow } from './as-now.ts';
import { type DateContext, midnightsOf, momentsOf, wallTimesOf } from './calendar.ts';
import type { AnniversaryTest, JsonOperand, JsonTest, OrderTest, TimeWindow } from './checked.ts';
import { isAnniversary } from './compile-anniversary.ts';
import { AMOUNT, compares, isOneOf } from './compile-number.ts';
import { bothOf, hasSize, isOneOfTexts, outside, searches } from './compile-operator.ts';
import type { Parameters } from './compile-parameters.ts';
import { interval, timeEnds } from './compile-time.ts';
import { both, type Condition, either, known, operand, type Predicate, tight } from './predicate.ts';

/** The types that ClickHouse infers for JSON numbers; the models keep larger numbers as text. */
const NUMBERS: readonly NumberType[] = [
  { is: 'integer', type: 'Int64' },
  { is: 'float', type: 'Float64' },
  { is: 'integer', type: 'UInt64' },
];

/**
 * A text counts as a number when it is nothing else: an integer of the length that warehouses use, and not `1e3`, `0x1F`, ` 1` or `1,5`.
 */
const NUMBER_TEXT = '^[+-]?[0-9]{1,50}(?:[.][0-9]{1,20})?$';
const NUMBER_TEXT_TYPE = { is: 'decimal', precision: 76, scale: 20 } as const;

/** As NUMBER_TEXT, but of at most 36 digits before the point, so that sums of them fit into a decimal. */
const AMOUNT_TEXT = '^[+-]?[0-9]{1,36}(?:[.][0-9]{1,20})?$';
/** As ClickHouse prints a number that JSON has: large and small ones with an exponent. */
export const AMOUNT_NUMBER = '^-?[0-9]{1,36}(?:[.][0-9]+)?(?:e-[0-9]+|e2[0-9]|e3[0-5])?$';

/**
 * ISO 8601, with years in ClickHouse's range. parseDateTime64BestEffort alone reads `10` as a day of January and 25:00 as a time of the
 * next day.
 */
const DAY = '(?:19|2[0-2])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])';
const TIME = '(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,9})?)?';
const ZONE = '(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)';
const DATE_TEXT = `^${DAY}(?:[T ]${TIME}${ZONE}?)?$`;
const ENDS_WITH_ZONE = `:[0-9.]+${ZONE}$`;

export class JsonTestWriter {
  readonly #parameters: Parameters;
  readonly #clock: DateContext;

  constructor(parameters: Parameters, clock: DateContext) {
    this.#parameters = parameters;
    this.#clock = clock;
  }

  /** `column` is SQL of a JSON column, `path` the names from its root to the value. */
  test(column: string, path: readonly string[], test: JsonTest): Predicate {
    const value = new JsonValue(column, path);
    switch (test.is) {
      case 'exists':
        return tight(value.exists);
      case 'missing':
        return tight(`not ${value.exists}`);
      case 'in':
        return this.#isOneOf(value, test.values);
      case 'not_in':
        return both([outside(this.#isOneOf(value, test.values)), tight(value.exists)]);
      case 'has_any':
      case 'has_all':
        return this.#has(value, test.is, test.values);
      case 'has_none':
        return both([outside(this.#has(value, 'has_any', test.values)), tight(value.isList)]);
      case 'contains':
      case 'starts_with':
      case 'ends_with':
        return searches(value.printed, test.is, this.#text(test.text));
      case 'matches':
        return both([tight(`match(${value.printed}, ${this.#text(test.text)})`), tight(`${value.printed} != ''`)]);
      case 'when':
        return this.#when(value, test.window);
      case 'anniversary':
        return this.#anniversary(value, test.when);
      case 'size':
        return both([tight(value.isList), hasSize(value.items, test.count)]);
      default:
        return this.#inOrder(value, test);
    }
  }

  /** A number, or a text that is one, exactly as it is written; null for everything else. */
  amount(column: string, path: readonly string[]): string {
    return new JsonValue(column, path).amount;
  }

  /** A text, number or boolean as JSON writes it; null for everything else. */
  text(column: string, path: readonly string[]): string {
    return new JsonValue(column, path).key;
  }

  /** For people: as JSON writes it, of any type; null for none. */
  shown(column: string, path: readonly string[]): string {
    return new JsonValue(column, path).shown;
  }

  /** Elements of a list are compared as JSON writes them: both 1 and "1" find the number 1. */
  #has(value: JsonValue, is: 'has_any' | 'has_all', operands: readonly JsonOperand[]): Predicate {
    const wanted = operands.map((asked) =>
      asked.is === 'text' ? asked.text : asked.is === 'number' ? printedNumber(asked.number) : String(asked.boolean),
    );
    const conditions = this.#parameters
      .addLists('String', [...new Set(wanted)])
      .map((list) => tight(`${is === 'has_any' ? 'hasAny' : 'hasAll'}(${value.elements}, ${list})`));
    return is === 'has_any' ? either(conditions) : both(conditions);
  }

  #isOneOf(value: JsonValue, operands: readonly JsonOperand[]): Predicate {
    const texts = [...new Set(operands.flatMap(textsOf))];
    const numbers = operands.flatMap((asked) => (asked.is === 'number' ? [asked.number] : []));
    // A text that is written like a JSON number also finds that number; among texts it finds only itself.
    const printed = operands.flatMap((asked) => (asked.is === 'text' && isPrintedNumber(asked.text) ? [asked.text] : []));
    const booleans = new Set(operands.flatMap(booleansOf));
    const windows = operands.flatMap((asked) => (asked.is === 'text' && asked.window ? [asked.window] : []));
    const found = [
      ...(texts.length === 0 ? [] : [known(isOneOfTexts(value.as('String'), texts, this.#parameters))]),
      ...this.#numbers(value, (sql, type) => isOneOf(sql, type, [...numbers, ...printed], this.#parameters)),
      ...(numbers.length === 0 ? [] : this.#numberText(value, (sql, type) => isOneOf(sql, type, numbers, this.#parameters))),
      ...(booleans.size === 0 ? [] : [isBoolean(value, booleans)]),
      ...windows.map((window) => this.#when(value, window)),
    ];
    return found.length === 0 ? tight('false') : either(found);
  }

  #inOrder(value: JsonValue, test: OrderTest): Predicate {
    const condition = (sql: string, type: NumberType): Condition => {
      if (test.is !== 'between') return compares(sql, type, test.is, test.number, this.#parameters);
      return bothOf(compares(sql, type, 'gte', test.low, this.#parameters), compares(sql, type, 'lte', test.high, this.#parameters));
    };
    const found = [...this.#numbers(value, condition), ...this.#numberText(value, condition)];
    return found.length === 0 ? tight('false') : either(found);
  }

  /** At most one condition. */
  #numbers(value: JsonValue, write: (sql: string, type: NumberType) => Condition): Predicate[] {
    const found = NUMBERS.flatMap((type) => {
      const sql = value.as(type.is === 'decimal' ? 'Float64' : type.type);
      const condition = write(sql, type);
      if (condition === false) return [];
      return [condition === true ? tight(`(${sql} is not null)`) : condition];
    });
    return found.length === 0 ? [] : [known(either(found))];
  }

  #numberText(value: JsonValue, write: (sql: string, type: NumberType) => Condition): Predicate[] {
    const text = value.as('String');
    const condition = write(`toDecimal256OrNull(extract(${text}, '${NUMBER_TEXT}'), ${NUMBER_TEXT_TYPE.scale})`, NUMBER_TEXT_TYPE);
    if (condition === false) return [];
    const asked = condition === true ? tight(`match(${text}, '${NUMBER_TEXT}')`) : condition;
    return [within(both([tight(`${text} is not null`), known(asked)]))];
  }

  /**
   * A text with a zone is a moment. A text without a zone is a clock time in the segment's zone, so a day whose midnight does not exist
   * still begins with the time that is written as its midnight. A day without a time is that day.
   */
  #when(value: JsonValue, window: TimeWindow): Predicate {
    const text = value.as('String');
    const parsed = `parseDateTime64BestEffortOrNull(${text}, 6, 'UTC')`;
    const clock = this.#clock;
    const [moment, wallTime, day] = [
      momentsOf(momentForNow(window, clock), clock),
      wallTimesOf(momentForNow(window, clock), clock),
      midnightsOf(dayForNow(window, clock), clock),
    ].map((moments) => interval(parsed, moments, timeEnds(this.#parameters)));
    // Without this check, a text that only looks like a date, such as `2026-02-30`, would match.
    const sql = (condition: Condition | undefined) =>
      typeof condition === 'object' ? condition.sql : condition ? `${parsed} is not null` : 'false';
    const asked =
      sql(moment) === sql(wallTime) && sql(moment) === sql(day)
        ? sql(moment)
        : `multiIf(length(${text}) = 10, ${sql(day)}, match(${text}, '${ENDS_WITH_ZONE}'), ${sql(moment)}, ${sql(wallTime)})`;
    return within(both([tight(`match(${text}, '${DATE_TEXT}')`), known(tight(asked))]));
  }

  /** A text with a zone is on the day that clocks in the segment's zone show then, every other one on the day that it names. */
  #anniversary(value: JsonValue, when: AnniversaryTest['when']): Predicate {
    const text = value.as('String');
    const parsed = `parseDateTime64BestEffortOrNull(${text}, 6, 'UTC')`;
    const inZone = `toYYYYMMDD(${parsed}, ${this.#text(this.#clock.timezone)})`;
    const number = `if(match(${text}, '${ENDS_WITH_ZONE}'), ${inZone}, toYYYYMMDD(${parsed}))`;
    const asked = isAnniversary(number, when, this.#clock, this.#parameters);
    return within(both([tight(`match(${text}, '${DATE_TEXT}')`), known(asked)]));
  }

  #text(text: string): string {
    return this.#parameters.add('String', text);
  }
}

/** Put in brackets wherever it is used. */
const within = (predicate: Predicate): Predicate => tight(operand(predicate));

/** As JSON writes it, an empty text for what is no text, number or boolean. Equal for values that are the same. */
export function comparedJson(column: string, path: readonly string[]): string {
  const value = new JsonValue(column, path);
  // Zero below zero is zero.
  return `if(ifNull(${value.as('Float64')} = 0, false), '0', ifNull(${value.printed}, ''))`;
}

/** A value in a JSON column, in each type that it may have. */
class JsonValue {
  readonly #leaf: string;
  readonly #inner: string;

  constructor(column: string, path: readonly string[]) {
    const names = path.map(quoteIdentifier).join('.');
    this.#leaf = `${column}.${names}`;
    this.#inner = `${column}.^${names}`;
  }

  /** Null where the value is of another type. */
  as(type: string): string {
    return `${this.#leaf}.:${type}`;
  }

  /** As JSON writes it: texts, numbers, true and false; an empty text for everything else. */
  get printed(): string {
    const text = this.as('String');
    return `if(${text} is not null, ${text}, if(startsWith(dynamicType(${this.#leaf}), 'Array'), '', toString(${this.#leaf})))`;
  }

  /** As `printed`, in one read of the value and null for none; zero below zero is zero. */
  get key(): string {
    const text = `toString(${this.#leaf})`;
    return `nullIf(multiIf(startsWith(dynamicType(${this.#leaf}), 'Array'), '', ${text} = '-0', '0', ${text}), '')`;
  }

  /**
   * A float is the decimal that JSON writes for it, so 0.1 and 0.2 are 0.3 together. Measured on 1 M events: 3.3 s, and 3.0 s for a sum of
   * the floats alone, which leaves out whole numbers; with a read for each type it was 5.9 s.
   */
  get amount(): string {
    const text = `toString(${this.#leaf})`;
    const printed = `if(dynamicType(${this.#leaf}) = 'String', extract(${text}, '${AMOUNT_TEXT}'), extract(${text}, '${AMOUNT_NUMBER}'))`;
    return `toDecimal256OrNull(${printed}, ${AMOUNT.scale})`;
  }

  get shown(): string {
    return `if(${this.isList}, toJSONString(${this.#leaf}), toString(${this.#leaf}))`;
  }

  get isList(): string {
    return `startsWith(dynamicType(${this.#leaf}), 'Array')`;
  }

  /** Every item of a list, as JSON. */
  get items(): string {
    return `JSONExtractArrayRaw(ifNull(toJSONString(${this.#leaf}), ''))`;
  }

  /**
   * The texts, numbers and booleans of a list, as texts; none when the value is not a list. Most lists are of texts, and those are read as they
   * are: over 1.2 M events that takes 0.12 s, against 0.47 s by way of JSON.
   */
  get elements(): string {
    const texts = `dynamicElement(${this.#leaf}, 'Array(Nullable(String))')`;
    const present = `arrayMap(element -> assumeNotNull(element), arrayFilter(element -> element is not null, ${texts}))`;
    const single = `arrayFilter(element -> element != 'null' and not startsWith(element, '[') and not startsWith(element, '{'), ${this.items})`;
    const printed = `arrayMap(element -> if(startsWith(element, '"'), JSONExtractString(element), element), ${single})`;
    return `if(notEmpty(${texts}), ${present}, ${printed})`;
  }

  /**
   * An object exists when it has content: it is not a value itself, and its members have columns of their own. They are checked last: over
   * 3 M events this takes 0.35 s, against 0.54 s when they are checked for every event, and 0.20 s without the check.
   */
  get exists(): string {
    const text = this.as('String');
    const isFilled = `if(${text} is not null, ${text} != '', toString(${this.#leaf}) != '[]')`;
    return `if(${this.#leaf} is not null, ${isFilled}, notEmpty(JSONAllPaths(${this.#inner})))`;
  }
}

function textsOf(operand: JsonOperand): string[] {
  if (operand.is === 'text') return [operand.text];
  return operand.is === 'boolean' ? [String(operand.boolean)] : [];
}

function booleansOf(operand: JsonOperand): boolean[] {
  if (operand.is === 'boolean') return [operand.boolean];
  return operand.is === 'text' && (operand.text === 'true' || operand.text === 'false') ? [operand.text === 'true'] : [];
}

function isBoolean(value: JsonValue, booleans: ReadonlySet<boolean>): Predicate {
  const sql = value.as('Bool');
  if (booleans.size === 2) return tight(`(${sql} is not null)`);
  return known(tight(booleans.has(true) ? sql : `not ${sql}`));
}

/** As JSON writes it: 1.50 as 1.5. */
function printedNumber(number: string): string {
  const exact = readNumeral(number);
  return exact === undefined ? number : decimalText(exact.units, exact.scale);
}

function isPrintedNumber(text: string): boolean {
  const exact = readNumeral(text);
  return exact !== undefined && /^-?\d/.test(text) && decimalText(exact.units, exact.scale) === text && !/\.\d*0$|^-0$/.test(text);
}
