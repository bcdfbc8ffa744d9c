/** One scan of the events that answers several event conditions at once. Pure. */
import type { EventModel } from '../catalogue/catalogue.ts';
import { type Clock, type Interval, momentsOf } from './calendar.ts';
import { type CheckedNode, type Count, counts, type EventCondition } from './checked.ts';
import { JsonTestWriter } from './compile-json.ts';
import { bracketed, joined, type Parameters, qualified } from './compile-parameters.ts';
import type { TestWriter } from './compile-test.ts';

/** Columns of the published events: part of the warehouse contract. */
const NAME = 'event_name';
const TIME = 'occurred_at';
const PROPERTIES = 'properties';

const SYMBOL: Readonly<Record<Exclude<Count['is'], 'between'>, string>> = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' };

export interface EventScan {
  /** For one condition only: every row is an occurrence of it. */
  readonly isSingle: boolean;
  /** `from … where …`: every event that any of the conditions counts, and as few others as the sorting key can skip. */
  readonly source: string;
  /** SQL that counts a condition's events within a group of one person. */
  count(condition: EventCondition): string;
}

/**
 * What all conditions have in common goes into `where`, where it prunes; the rest into a `countIf` for each. A single condition is all
 * common, so it counts by `count()`. Measured on 20 M events: one scan of two names 0.10 s, a scan for each 0.12 s.
 */
export function scanEvents(
  model: EventModel,
  conditions: readonly EventCondition[],
  tools: { tests: TestWriter; parameters: Parameters; clock: Clock },
): EventScan {
  const { tests, parameters, clock } = tools;
  const intervals = new Map(conditions.map((condition) => [condition, untilAsOf(momentsOf(condition.during, clock), clock)]));
  const names = [...new Set(conditions.flatMap(({ events }) => events))].sort();
  const outer = envelope([...intervals.values()]);

  const nameIn = (events: readonly string[]) => {
    const [first, ...others] = events;
    if (others.length === 0) return `${NAME} = ${parameters.add('String', first ?? '')}`;
    const lists = parameters.addLists('String', events).map((list) => `${NAME} in ${list}`);
    return lists.length === 1 ? lists.join('') : `(${lists.join(' or ')})`;
  };
  const properties = new JsonTestWriter(parameters, clock);
  const filtersOf = (condition: EventCondition) =>
    condition.filters.map(({ property, test }) => bracketed(properties.test(PROPERTIES, property, test)));
  const [only] = conditions;
  const common = [
    nameIn(names),
    ...ends(tests.interval(TIME, outer)),
    ...(conditions.length === 1 && only !== undefined ? filtersOf(only) : []),
  ];

  return {
    isSingle: conditions.length === 1,
    source: `from ${qualified(model.table)}\nwhere ${common.join('\n  and ')}`,
    count(condition) {
      if (conditions.length === 1) return 'count()';
      const interval = intervals.get(condition) ?? {};
      const own = [
        ...(condition.events.length === names.length ? [] : [nameIn([...condition.events].sort())]),
        ...ends(tests.interval(TIME, beyond(interval, outer))),
        ...filtersOf(condition),
      ];
      return own.length === 0 ? 'count()' : `countIf(${own.join(' and ')})`;
    },
  };
}

const ends = (condition: string | undefined) => (condition === undefined ? [] : [condition]);

/** Events later than `as_of` have not happened yet. */
function untilAsOf(interval: Interval<number>, clock: Clock): Interval<number> {
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
 * What a group of one person's events must satisfy; undefined when any event will do. Negations are pushed down to the counts, so that "none"
 * reads `count() > 0` in the set of those who are left out.
 */
export function groupCondition(node: CheckedNode, scan: EventScan, isNegated = false): string | undefined {
  switch (node.kind) {
    case 'not':
      return groupCondition(node.child, scan, !isNegated);
    case 'all':
    case 'any': {
      const conditions = node.children.map((child) => groupCondition(child, scan, isNegated));
      if (conditions.length === 1) return conditions[0];
      return joined(
        (node.kind === 'all') !== isNegated ? 'all' : 'any',
        conditions.map((condition) => condition ?? 'true'),
      );
    }
    case 'event': {
      const count = isNegated ? opposite(node.count) : node.count;
      if (count === undefined) return `not (${comparison(node.count, scan.count(node))})`;
      return scan.isSingle && isAtLeastOnce(count) ? undefined : comparison(count, scan.count(node));
    }
    case 'trait':
    case 'segment':
      throw new Error(`${node.kind} condition in a tree of events`);
  }
}

export function comparison(count: Count, sql: string): string {
  return count.is === 'between' ? `${sql} between ${count.low} and ${count.high}` : `${sql} ${SYMBOL[count.is]} ${count.times}`;
}

/** Each group of a scan for one condition has at least one occurrence of it. */
const isAtLeastOnce = (count: Count) => count.is !== 'eq' && count.is !== 'between' && !counts(count, 0) && counts(count, 1);

/** The opposite, where it is one comparison again. */
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
