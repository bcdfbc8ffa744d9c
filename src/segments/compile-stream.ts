/** SQL of what a stream of events has: its key, its time, its names and properties. Pure. */
import type { Entity, EventStream, Trait } from '../catalogue/catalogue.ts';
import { isSameTable, qualified, quoteIdentifier, type TableName } from '../sql/sql-text.ts';
import type { EventPart, TraitWindow } from './checked.ts';
import { JsonTestWriter } from './compile-json.ts';
import type { ScanTools } from './group-scan.ts';
import { operand } from './predicate.ts';

/** Columns of the package's own stream, part of the warehouse contract: none is a word of SQL. */
const PLAIN = new Set(['event_name', 'occurred_at', 'properties']);

export class StreamColumns {
  readonly table: string;
  readonly key: string;
  readonly time: string;
  /** Undefined when every event of the stream has the same name. */
  readonly name: string | undefined;
  readonly #of: string;
  readonly #stream: EventStream;
  readonly #beside: readonly TableName[];
  readonly #tools: ScanTools;
  readonly #json: JsonTestWriter;

  /** `beside`: tables of traits whose values the conditions need. */
  constructor(stream: EventStream, entity: Entity, beside: readonly TableName[], tools: ScanTools) {
    // When the key has another name than in the entity, another column may have that name too: then the stream's own columns are qualified.
    this.#of = stream.key === entity.key && beside.length === 0 ? '' : 's.';
    this.#tools = tools;
    this.#json = new JsonTestWriter(tools.parameters, tools.clock);
    this.table = `${qualified(stream.table)}${this.#of === '' ? '' : ' as s'}`;
    this.#beside = beside;
    this.#stream = stream;
    this.key = `${this.#of}${quoteIdentifier(stream.key)}`;
    this.time = this.#moment(stream.time);
    this.name = this.#nameOf(stream.event);
  }

  filters({ stream, filters }: EventPart): string[] {
    return filters.map((filter) => {
      if (filter.is === 'column') {
        const { name, column } = filter.property;
        return operand(this.#tools.tests.test({ sql: this.#column(name), kind: column.value, isNullable: column.isNullable }, filter.test));
      }
      const json = stream.properties.is === 'json' ? stream.properties.column : '';
      return operand(this.#json.test(this.#column(json), filter.property, filter.test));
    });
  }

  /** That an event is in a window which begins or ends with traits. Null, which is not true, where such a trait has no value. */
  within({ since, until }: TraitWindow): string[] {
    const end = (trait: Trait, included: '>' | '>=' | '<' | '<=') => {
      const column = `${tableAlias(this.#beside, trait)}.${quoteIdentifier(trait.name)}`;
      return trait.column.value.kind === 'date'
        ? `${this.#day()} ${included.slice(0, 1)}= ${column}`
        : `${this.time} ${included} ${column}`;
    };
    return [...(since ? [end(since, '>')] : []), ...(until ? [end(until, '<=')] : [])];
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

/** Alias of the trait's table beside a stream. */
const tableAlias = (beside: readonly TableName[], { table }: Trait) => `t${beside.findIndex((one) => isSameTable(one, table))}`;
