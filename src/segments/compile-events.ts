/** One scan of each stream of events that answers several event conditions at once. Pure. */
import type { Entity, EventStream, Trait } from '../catalogue/catalogue.ts';
import { distinctTables, quoteIdentifier, type TableName } from '../sql/sql-text.ts';
import { type DateContext, type Interval, momentsOf } from './calendar.ts';
import type { EventCondition, EventWindow } from './checked.ts';
import { subquery } from './compile-parameters.ts';
import { tablesBeside, traitsOfWindow } from './compile-source.ts';
import { StreamColumns } from './compile-stream.ts';
import { rowsOf } from './compile-tables.ts';
import type { GroupScan, ScanTools } from './group-scan.ts';
import { either, operand, type Predicate, tight } from './predicate.ts';

/** A scan whose only measure of a condition is the number of its events. */
interface StreamScan extends Omit<GroupScan, 'measures'> {
  count(condition: EventCondition): string;
}

/** Each stream is read once, whatever the number of conditions; the counts of several streams are added up. */
export function scanEvents(entity: Entity, conditions: readonly EventCondition[], tools: ScanTools): GroupScan<EventCondition> {
  const streams = [...new Set(conditions.flatMap(({ parts }) => parts.map(({ stream }) => stream)))];
  const [first, ...others] = streams.map((stream) => scanStream(stream, entity, conditions, tools));
  if (!first) throw new Error('a scan for no event condition');
  if (others.length === 0) return { ...first, measures: (condition) => [first.count(condition)] };
  const selects = [first, ...others].map((scan) => {
    const occurrences = conditions.map((condition, index) => `${scan.count(condition)} as n${index}`);
    return `select\n    ${[scan.namedKey, ...occurrences].join(',\n    ')}\n${scan.source}\ngroup by ${scan.key}`;
  });
  return {
    isSingle: conditions.length === 1,
    source: `from ${subquery(selects.join('\nunion all\n'))}`,
    key: quoteIdentifier(entity.key),
    namedKey: quoteIdentifier(entity.key),
    measures: (condition) => [`sum(n${conditions.indexOf(condition)})`],
  };
}

/**
 * The parts that all conditions share go into `where`, where they prune; the rest goes into a `countIf` for each. A single condition is
 * shared as a whole, so it uses `count()`. Measured on 20 M events: one scan of two names 0.10 s, a scan for each 0.12 s.
 */
function scanStream(stream: EventStream, entity: Entity, all: readonly EventCondition[], tools: ScanTools): StreamScan {
  const { tests, parameters, clock } = tools;
  const beside = distinctTables(all.flatMap(({ during }) => tablesBeside(during)));
  const columns = new StreamColumns(stream, entity, beside, tools);
  const parts = new Map(all.flatMap((condition) => condition.parts.flatMap((part) => (part.stream === stream ? [[condition, part]] : []))));
  const conditions = [...parts.keys()];
  const intervals = new Map(conditions.map((condition) => [condition, untilAsOf(intervalOf(condition.during, clock), clock)]));
  const names = [...new Set([...parts.values()].flatMap(({ events }) => events))].sort();
  const outer = envelope([...intervals.values()]);

  const withinTraits = (during: EventWindow | undefined) => (during?.is === 'traits' ? columns.within(during) : []);
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
    ...(isOnly && only !== undefined ? [...withinTraits(conditions[0]?.during), ...columns.filters(only)] : []),
  ];

  const traits = all.flatMap(({ during }) => traitsOfWindow(during));
  const joined = beside.map((table, index) => joinedTraits(entity, table, traits, { alias: `t${index}`, key: columns.key })).join('');

  return {
    isSingle: all.length === 1,
    source: `from ${columns.table}${joined}${common.length === 0 ? '' : `\nwhere ${common.join('\n  and ')}`}`,
    key: columns.key,
    namedKey: columns.key === quoteIdentifier(entity.key) ? columns.key : `${columns.key} as ${quoteIdentifier(entity.key)}`,
    count(condition) {
      const part = parts.get(condition);
      if (!part) return '0';
      if (isOnly) return 'count()';
      const interval = intervals.get(condition) ?? {};
      const own = [
        ...(part.events.length === names.length ? [] : nameIn([...part.events].sort())),
        ...ends(tests.interval(columns.time, beyond(interval, outer))),
        ...withinTraits(condition.during),
        ...columns.filters(part),
      ];
      return own.length === 0 ? 'count()' : `countIf(${own.join(' and ')})`;
    },
  };
}

/** Who has no row there has no window, and so no events in it. */
function joinedTraits(entity: Entity, table: TableName, traits: readonly Trait[], { alias, key }: { alias: string; key: string }): string {
  return `\ninner join ${rowsOf(entity, table, traits)} as ${alias} on ${alias}.${quoteIdentifier(entity.key)} = ${key}`;
}

/** A window of traits has no ends that are known before the query. */
const intervalOf = (during: EventWindow, clock: DateContext): Interval<number> => (during.is === 'traits' ? {} : momentsOf(during, clock));

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
