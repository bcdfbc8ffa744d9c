/** SQL of what a stream of events has: its key, its time, its names and properties. Pure. */
import type { Entity, EventStream, Trait } from '../catalogue/catalogue.ts';
import { isSameTable, qualified, quoteIdentifier, type TableName } from '../sql/sql-text.ts';
import type { EventTest, EventValue, NamesAsked, TraitWindow } from './checked.ts';
import type { SlotValues } from './compile-event-measure.ts';
import { AMOUNT_NUMBER, comparedJson, JsonTestWriter } from './compile-json.ts';
import { AMOUNT } from './compile-number.ts';
import { comparedText, type Value } from './compile-operator.ts';
import { withinTraits } from './compile-trait-window.ts';
import type { ScanTools } from './group-scan.ts';
import { both, either, operand, type Predicate, tight } from './predicate.ts';

/** Columns of the package's own stream, part of the warehouse contract: none is a word of SQL. */
const PLAIN = new Set(['event_name', 'occurred_at', 'properties']);

export class StreamColumns {
  readonly table: string;
  readonly key: string;
  /** The key under the entity's own name. */
  readonly namedKey: string;
  readonly time: string;
  /** Undefined when every event of the stream has the same name. */
  readonly name: string | undefined;
  readonly #of: string;
  readonly #stream: EventStream;
  readonly #beside: readonly TableName[];
  readonly #tools: ScanTools;
  readonly #json: JsonTestWriter;

  /**
   * `beside`: tables of traits whose values the conditions need. `isQualified`: beside the stream's own columns stand others, which may have
   * the same names.
   */
  constructor(stream: EventStream, entity: Entity, beside: readonly TableName[], tools: ScanTools, isQualified = false) {
    // When the key has another name than in the entity, another column may have that name too: then the stream's own columns are qualified.
    this.#of = stream.key === entity.key && beside.length === 0 && !isQualified ? '' : 's.';
    this.#tools = tools;
    this.#json = new JsonTestWriter(tools.parameters, tools.clock);
    this.table = `${qualified(stream.table)}${this.#of === '' ? '' : ' as s'}`;
    this.#beside = beside;
    this.#stream = stream;
    this.key = `${this.#of}${quoteIdentifier(stream.key)}`;
    this.namedKey = this.key === quoteIdentifier(entity.key) ? this.key : `${this.key} as ${quoteIdentifier(entity.key)}`;
    this.time = this.#moment(stream.time);
    this.name = this.#nameOf(stream.event);
  }

  filters(tests: readonly EventTest[]): string[] {
    return tests.map((test) => operand(this.#filter(test)));
  }

  #filter(test: EventTest): Predicate {
    const { parameters, clock, tests } = this.#tools;
    switch (test.is) {
      case 'json':
        return this.#json.test(this.#properties(), test.property, test.test);
      case 'column': {
        const { name, column } = test.property;
        return tests.test({ sql: this.#column(name), kind: column.value, isNullable: column.isNullable }, test.test);
      }
      case 'hour': {
        const hours = parameters.add('Array(UInt8)', `[${test.hours.join(',')}]`);
        return tight(`toHour(${this.time}, ${parameters.add('String', clock.timezone)}) in ${hours}`);
      }
      case 'weekday': {
        const days = parameters.add('Array(UInt8)', `[${test.days.join(',')}]`);
        return tight(`toDayOfWeek(${this.time}, 0, ${parameters.add('String', clock.timezone)}) in ${days}`);
      }
    }
  }

  /** Nothing when every event of the stream has the same name. */
  nameIn({ is, names }: NamesAsked): string[] {
    const { name } = this;
    if (name === undefined) return [];
    const { parameters } = this.#tools;
    const [first, ...others] = names;
    if (others.length === 0) return [`${name} ${is === 'in' ? '=' : '!='} ${parameters.add('String', first ?? '')}`];
    const lists = parameters.addLists('String', names).map((list) => tight(`${name} ${is === 'in' ? 'in' : 'not in'} ${list}`));
    return [operand(is === 'in' ? either(lists) : both(lists))];
  }

  /** What aggregates of the value read. */
  values(value: EventValue | undefined): SlotValues {
    return {
      amount: () => (value?.is === 'json' ? this.#json.amount(this.#properties(), value.property) : amountOf(this.#valueOf(value))),
      text: () => (value?.is === 'json' ? this.#json.text(this.#properties(), value.property) : textOf(this.#valueOf(value))),
    };
  }

  /** As a text that is equal for values that are the same; an empty text where there is none. */
  compared(value: EventValue): string {
    return value.is === 'json' ? comparedJson(this.#properties(), value.property) : comparedText(this.#valueOf(value));
  }

  /** For people, as a text; null for none. */
  shown(value: EventValue): string {
    if (value.is === 'json') return this.#json.shown(this.#properties(), value.property);
    const { sql, kind } = this.#valueOf(value);
    return kind.kind === 'list' ? `toJSONString(${sql})` : `toString(${sql})`;
  }

  #valueOf(value: EventValue | undefined): Value {
    if (value?.is !== 'column') throw new Error('a measure of a value without one passed the check');
    const { name, column } = value.property;
    return { sql: this.#column(name), kind: column.value, isNullable: column.isNullable };
  }

  #properties(): string {
    const { properties } = this.#stream;
    return this.#column(properties.is === 'json' ? properties.column : '');
  }

  /** That an event is in a window which begins or ends with traits. */
  within(window: TraitWindow): string[] {
    const columnOf = (trait: Trait) => `${tableAlias(this.#beside, trait)}.${quoteIdentifier(trait.name)}`;
    return withinTraits(window, { moment: this.time, day: () => this.#day() }, columnOf);
  }

  /** The day on which clocks in the segment's zone showed the event. */
  #day(): string {
    const { column, kind } = this.#stream.time;
    if (kind === 'date') return this.#column(column);
    return `toDate32(${this.#column(column)}, ${this.#tools.parameters.add('String', this.#tools.clock.timezone)})`;
  }

  /** A day stands for its first moment in the segment's zone. */
  #moment({ column, kind }: EventStream['time']): string {
    if (kind === 'time') return this.#column(column);
    const { parameters, clock } = this.#tools;
    return `toDateTime64(${this.#column(column)}, 3, ${parameters.add('String', clock.timezone)})`;
  }

  #nameOf(event: EventStream['event']): string | undefined {
    if (event.is === 'constant') return undefined;
    return event.needsCast ? `toString(${this.#column(event.column)})` : this.#column(event.column);
  }

  #column(name: string): string {
    return `${this.#of}${PLAIN.has(name) ? name : quoteIdentifier(name)}`;
  }
}

/** A number as an exact decimal; null for none. A float is the decimal that is printed for it. */
function amountOf({ sql, kind }: Value): string {
  const isFloat = kind.kind === 'number' && kind.number.is === 'float';
  return isFloat
    ? `toDecimal256OrNull(extract(toString(${sql}), '${AMOUNT_NUMBER}'), ${AMOUNT.scale})`
    : `toDecimal256(${sql}, ${AMOUNT.scale})`;
}

/** A value as it is printed; null for none. */
function textOf({ sql, kind }: Value): string {
  // `+ 0` makes 0 of -0.
  if (kind.kind === 'number' && kind.number.is === 'float') return `if(isNaN(${sql}), null, toString(${sql} + 0))`;
  if (kind.kind !== 'text') return `toString(${sql})`;
  return `nullIf(${kind.needsCast ? `toString(${sql})` : sql}, '')`;
}

/** Alias of the trait's table beside a stream. */
const tableAlias = (beside: readonly TableName[], { table }: Trait) => `t${beside.findIndex((one) => isSameTable(one, table))}`;
