/** One scan of each stream of events that answers several event conditions at once. Pure. */
import type { EventStream } from '../catalogue/catalogue.ts';
import { qualified, quoteIdentifier } from '../sql/sql-text.ts';
import { type DateContext, type Interval, momentsOf } from './calendar.ts';
import { type CheckedNode, type Count, counts, type EventCondition, type EventPart } from './checked.ts';
import { JsonTestWriter } from './compile-json.ts';
import { outside, type TestWriter } from './compile-operator.ts';
import { type Parameters, subquery } from './compile-parameters.ts';
import { either, group, operand, type Predicate, tight } from './predicate.ts';

const SYMBOL: Readonly<Record<Exclude<Count['is'], 'between'>, string>> = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' };

export interface EventScan {
  /** For a scan of one condition only: every row is an occurrence of it. */
  readonly isSingle: boolean;
  /** `from … where …`: every event that any of the conditions counts, and as few others as the sorting key can skip. */
  readonly source: string;
  /** SQL of the entity's key in the stream, and the same under the entity's own name for it. */
  readonly key: string;
  readonly namedKey: string;
  /** SQL that counts a condition's events within a group of one entity. */
  count(condition: EventCondition): string;
}

export interface ScanTools {
  readonly tests: TestWriter;
  readonly parameters: Parameters;
  readonly clock: DateContext;
}

/** `key`: the entity's. Each stream is read once, whatever the number of conditions; the counts of several streams are added up. */
export function scanEvents(key: string, conditions: readonly EventCondition[], tools: ScanTools): EventScan {
  const streams = [...new Set(conditions.flatMap(({ parts }) => parts.map(({ stream }) => stream)))];
  const [first, ...others] = streams.map((stream) => scanStream(stream, key, conditions, tools));
  if (!first) throw new Error('a scan for no event condition');
  if (others.length === 0) return first;
  const selects = [first, ...others].map((scan) => {
    const occurrences = conditions.map((condition, index) => `${scan.count(condition)} as n${index}`);
    return `select\n    ${[scan.namedKey, ...occurrences].join(',\n    ')}\n${scan.source}\ngroup by ${scan.key}`;
  });
  return {
    isSingle: conditions.length === 1,
    source: `from ${subquery(selects.join('\nunion all\n'))}`,
    key: quoteIdentifier(key),
    namedKey: quoteIdentifier(key),
    count: (condition) => `sum(n${conditions.indexOf(condition)})`,
  };
}

/**
 * The parts that all conditions share go into `where`, where they prune; the rest goes into a `countIf` for each. A single condition is
 * shared as a whole, so it uses `count()`. Measured on 20 M events: one scan of two names 0.10 s, a scan for each 0.12 s.
 */
function scanStream(stream: EventStream, key: string, all: readonly EventCondition[], tools: ScanTools): EventScan {
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
    namedKey: stream.key === key ? columns.key : `${columns.key} as ${quoteIdentifier(key)}`,
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
class StreamColumns {
  readonly table: string;
  readonly key: string;
  readonly time: string;
  /** Undefined when every event of the stream has the same name. */
  readonly name: string | undefined;
  readonly #of: string;
  readonly #tools: ScanTools;
  readonly #json: JsonTestWriter;

  constructor(stream: EventStream, key: string, tools: ScanTools) {
    // When the key has the same name as in the entity, another column may have that name too: then the stream's own columns are qualified.
    this.#of = stream.key === key ? '' : 's.';
    this.#tools = tools;
    this.#json = new JsonTestWriter(tools.parameters, tools.clock);
    this.table = `${qualified(stream.table)}${this.#of === '' ? '' : ' as s'}`;
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
function untilAsOf(interval: Interval<number>, clock: DateContext): Interval<number> {
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

/**
 * The condition on the group of one entity's events; undefined when any event will do. Negations are pushed down to the counts, so that
 * "none" becomes `count() > 0` in the set of entities that are left out.
 */
export function groupCondition(node: CheckedNode, scan: EventScan, isNegated = false): Predicate | undefined {
  switch (node.kind) {
    case 'not':
      return groupCondition(node.child, scan, !isNegated);
    case 'all':
    case 'any': {
      const conditions = node.children.map((child) => groupCondition(child, scan, isNegated));
      if (conditions.length === 1) return conditions[0];
      return group(
        (node.kind === 'all') !== isNegated ? 'all' : 'any',
        conditions.map((condition) => condition ?? tight('true')),
      );
    }
    case 'event': {
      const count = isNegated ? opposite(node.count) : node.count;
      if (count === undefined) return outside(comparison(node.count, scan.count(node)));
      return scan.isSingle && isAtLeastOnce(count) ? undefined : comparison(count, scan.count(node));
    }
    case 'trait':
    case 'segment':
      throw new Error(`${node.kind} condition in a tree of events`);
  }
}

export function comparison(count: Count, sql: string): Predicate {
  // Without brackets a reader could take the `and` of `between` for one that joins conditions.
  if (count.is === 'between') return { sql: `${sql} between ${count.low} and ${count.high}`, binds: 'and' };
  return tight(`${sql} ${SYMBOL[count.is]} ${count.times}`);
}

/** In a scan for one condition each group has at least one occurrence, so `count() > 0` is always true. */
const isAtLeastOnce = (count: Count) => count.is !== 'eq' && count.is !== 'between' && !counts(count, 0) && counts(count, 1);

/** The opposite count, when one comparison can express it. */
function opposite(count: Count): Count | undefined {
  switch (count.is) {
    case 'eq':
      return count.times === 0 ? { is: 'gt', times: 0 } : undefined;
    case 'gt':
      return { is: 'lte', times: count.times };
    case 'gte':
      return { is: 'lt', times: count.times };
    case 'lt':
      return { is: 'gte', times: count.times };
    case 'lte':
      return { is: 'gt', times: count.times };
    case 'between':
      return count.low === 0 ? { is: 'gt', times: count.high } : undefined;
  }
}
