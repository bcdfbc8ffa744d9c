/** One scan of each stream of events that answers several event conditions at once. Pure. */
import type { EventStream } from '../catalogue/catalogue.ts';
import { qualified, quoteIdentifier } from '../sql/sql-text.ts';
import { type DateContext, type Interval, momentsOf } from './calendar.ts';
import type { EventCondition, EventPart, ValuePlace } from './checked.ts';
import { comparedJson, JsonTestWriter } from './compile-json.ts';
import { comparedText } from './compile-operator.ts';
import { subquery } from './compile-parameters.ts';
import type { GroupScan, ScanTools } from './group-scan.ts';
import { either, operand, type Predicate, tight } from './predicate.ts';

/** A scan whose only measure of a condition is the number of its events. */
interface StreamScan extends Omit<GroupScan, 'measures'> {
  count(condition: EventCondition): string;
}

/** `key`: the entity's. Each stream is read once, whatever the number of conditions; the counts of several streams are added up. */
export function scanEvents(key: string, conditions: readonly EventCondition[], tools: ScanTools): GroupScan<EventCondition> {
  const streams = [...new Set(conditions.flatMap(({ parts }) => parts.map(({ stream }) => stream)))];
  const [first, ...others] = streams.map((stream) => scanStream(stream, key, conditions, tools));
  if (!first) throw new Error('a scan for no event condition');
  if (others.length === 0) return { ...first, measures: (condition) => [first.count(condition)] };
  const selects = [first, ...others].map((scan) => {
    const occurrences = conditions.map((condition, index) => `${scan.count(condition)} as n${index}`);
    return `select\n    ${[scan.namedKey, ...occurrences].join(',\n    ')}\n${scan.source}\ngroup by ${scan.key}`;
  });
  return {
    isSingle: conditions.length === 1,
    source: `from ${subquery(selects.join('\nunion all\n'))}`,
    key: quoteIdentifier(key),
    namedKey: quoteIdentifier(key),
    measures: (condition) => [`sum(n${conditions.indexOf(condition)})`],
  };
}

/**
 * The parts that all conditions share go into `where`, where they prune; the rest goes into a `countIf` for each. A single condition is
 * shared as a whole, so it uses `count()`. Measured on 20 M events: one scan of two names 0.10 s, a scan for each 0.12 s.
 */
function scanStream(stream: EventStream, key: string, all: readonly EventCondition[], tools: ScanTools): StreamScan {
  const { tests, parameters, clock } = tools;
  const columns = new StreamColumns(stream, key, tools);
  const parts = new Map(all.flatMap((condition) => condition.parts.flatMap((part) => (part.stream === stream ? [[condition, part]] : []))));
  const conditions = [...parts.keys()];
  const intervals = new Map(conditions.map((condition) => [condition, untilAsOf(momentsOf(condition.during, clock), clock)]));
  const names = [...new Set([...parts.values()].flatMap(({ events }) => events))].sort();
  const outer = envelope([...intervals.values()]);

  const nameIn = (events: readonly string[]): string[] => {
    const { name } = columns;
    if (name === undefined) return [];
    const [first, ...others] = events;
    if (others.length === 0) return [`${name} = ${parameters.add('String', first ?? '')}`];
    return [operand(either(parameters.addLists('String', events).map((list) => tight(`${name} in ${list}`))))];
  };
  const [only] = parts.values();
  const isOnly = conditions.length === 1;
  const common = [
    ...nameIn(names),
    ...ends(tests.interval(columns.time, outer)),
    ...(isOnly && only !== undefined ? columns.filters(only) : []),
  ];

  return {
    isSingle: all.length === 1,
    source: `from ${columns.table}${common.length === 0 ? '' : `\nwhere ${common.join('\n  and ')}`}`,
    key: columns.key,
    namedKey: columns.namedKey,
    count(condition) {
      const part = parts.get(condition);
      if (!part) return '0';
      if (isOnly) return 'count()';
      const interval = intervals.get(condition) ?? {};
      const own = [
        ...(part.events.length === names.length ? [] : nameIn([...part.events].sort())),
        ...ends(tests.interval(columns.time, beyond(interval, outer))),
        ...columns.filters(part),
      ];
      return own.length === 0 ? 'count()' : `countIf(${own.join(' and ')})`;
    },
  };
}

/** Columns of the package's own stream, part of the warehouse contract: none is a word of SQL. */
const PLAIN = new Set(['event_name', 'occurred_at', 'properties']);

/** SQL of what a stream has. */
export class StreamColumns {
  readonly table: string;
  readonly key: string;
  /** The key under the entity's own name. */
  readonly namedKey: string;
  readonly time: string;
  /** Undefined when every event of the stream has the same name. */
  readonly name: string | undefined;
  readonly #of: string;
  readonly #tools: ScanTools;
  readonly #json: JsonTestWriter;

  /** `isQualified`: beside the stream's own columns stand others, which may have the same names. */
  constructor(stream: EventStream, key: string, tools: ScanTools, isQualified = false) {
    // When the key has another name than in the entity, another column may have that name too: then the stream's own columns are qualified.
    this.#of = stream.key === key && !isQualified ? '' : 's.';
    this.#tools = tools;
    this.#json = new JsonTestWriter(tools.parameters, tools.clock);
    this.table = `${qualified(stream.table)}${this.#of === '' ? '' : ' as s'}`;
    this.key = `${this.#of}${quoteIdentifier(stream.key)}`;
    this.namedKey = this.#of === '' ? this.key : `${this.key} as ${quoteIdentifier(key)}`;
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

  /** As a text that is equal for values that are the same; an empty text where there is none. */
  value(place: ValuePlace, { properties }: EventStream): string {
    if (place.is === 'json') return comparedJson(this.#column(properties.is === 'json' ? properties.column : ''), place.property);
    const { name, column } = place.property;
    return comparedText({ sql: this.#column(name), kind: column.value, isNullable: column.isNullable });
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

/** The two ends are listed beside the other conditions: `and` joins all of them. */
const ends = (predicate: Predicate | undefined) => (predicate === undefined ? [] : [predicate.sql]);

/** Events later than `as_of` have not happened yet. */
export function untilAsOf(interval: Interval<number>, clock: DateContext): Interval<number> {
  const { high } = interval;
  return high !== undefined && high.value <= clock.asOfMs ? interval : { ...interval, high: { value: clock.asOfMs, isIncluded: true } };
}

/** The smallest interval that covers all of them. */
function envelope(intervals: readonly Interval<number>[]): Interval<number> {
  const lows = intervals.map(({ low }) => low);
  const highs = intervals.map(({ high }) => high);
  return {
    ...(lows.every((low) => low !== undefined) && lows.length > 0
      ? { low: lows.reduce((a, b) => (b.value < a.value || (b.value === a.value && b.isIncluded) ? b : a)) }
      : {}),
    ...(highs.every((high) => high !== undefined) && highs.length > 0
      ? { high: highs.reduce((a, b) => (b.value > a.value || (b.value === a.value && b.isIncluded) ? b : a)) }
      : {}),
  };
}

/** The ends of `interval` that `outer` does not already guarantee. */
function beyond(interval: Interval<number>, outer: Interval<number>): Interval<number> {
  const same = (a: Interval<number>['low'], b: Interval<number>['low']) => a?.value === b?.value && a?.isIncluded === b?.isIncluded;
  return {
    ...(interval.low === undefined || same(interval.low, outer.low) ? {} : { low: interval.low }),
    ...(interval.high === undefined || same(interval.high, outer.high) ? {} : { high: interval.high }),
  };
}
