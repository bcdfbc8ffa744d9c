/** A condition on events in words: `Order Completed at least 3 times in the last 365 days`. Pure. */
import type { AmountTest, ComparedMeasure, EventCondition, EventTest, Measure } from './checked.ts';
import { COUNT, countInWords, isAbsent, timesOf } from './describe-count.ts';
import { listed, testInWords } from './describe-test.ts';
import { windowInWords } from './describe-window.ts';
import { WEEKDAYS } from './language/filter.ts';

export function eventSentence({ events, measure, during, parts }: EventCondition): string {
  const names = events === 'any' ? 'any event' : listed(events, 'or');
  const when = during.is === 'always' ? '' : ` ${windowInWords(during)}`;
  const filters = filtersInWords(parts[0]?.filters ?? []);
  const where = filters === '' ? '' : `, where ${filters}`;
  const edge = filtersInWords(parts.find((part) => part.edge)?.edge?.filters ?? []);
  return measureSentence(measure, names, { when, where, edge });
}

interface Said {
  readonly when: string;
  readonly where: string;
  /** Filters of the first or last event. */
  readonly edge: string;
}

function measureSentence(measure: Measure, names: string, { when, where, edge }: Said): string {
  const of = `${names}${when}${where}`;
  switch (measure.is) {
    case 'count':
      return isAbsent(measure.count) ? `no ${of}` : `${names} ${timesOf(measure.count)}${when}${where}`;
    case 'distinct':
      return `${countInWords(measure.count)} different values of ${measure.of} in ${of}`;
    case 'repeats':
      return `one value of ${measure.of} ${timesOf(measure.count)} in ${of}`;
    case 'sum':
    case 'avg':
    case 'min':
    case 'max':
      return `${NAME[measure.is]} ${measure.of} of ${of} is ${amountInWords(measure.test)}`;
    case 'first':
    case 'last': {
      const what = [...(measure.events.length === 0 ? [] : [listed(measure.events, 'or')]), ...(edge === '' ? [] : [`one where ${edge}`])];
      return `the ${measure.is} of ${of} is ${what.join(', ')}`;
    }
    case 'compared':
      return `${comparedName(measure, names)}${when}${where} is ${comparedInWords(measure)}`;
  }
}

const NAME = { sum: 'the sum of', avg: 'the average', min: 'the lowest', max: 'the highest' } as const;

const comparedName = ({ measure }: ComparedMeasure, names: string) =>
  measure.is === 'count' ? `the number of ${names}` : `${NAME[measure.is]} ${measure.of} of ${names}`;

export function comparedInWords({ comparison, during, times, per }: ComparedMeasure<unknown>): string {
  const factor = times === '1' ? '' : `${times} times `;
  return `${COUNT[comparison]} ${factor}${SHARE[per] ?? `one ${per}th of `}that ${windowInWords(during)}`;
}

const SHARE: Readonly<Record<number, string>> = { 1: '', 2: 'half of ', 3: 'a third of ', 4: 'a quarter of ' };

function amountInWords(test: AmountTest): string {
  return test.is === 'between' ? `from ${test.low} to ${test.high}` : `${COUNT[test.is]} ${test.number}`;
}

export function filtersInWords(filters: readonly EventTest[]): string {
  return filters.map(filterInWords).join(' and ');
}

function filterInWords(filter: EventTest): string {
  switch (filter.is) {
    case 'json':
      return `${filter.property.join('.')} ${testInWords(filter.test)}`;
    case 'column':
      return `${filter.property.label} ${testInWords(filter.test)}`;
    case 'hour':
      return filter.hours.length === 0 ? 'the hour is none' : `the hour is ${hoursInWords(filter.hours)}`;
    case 'weekday':
      return `the day is ${listed(
        filter.days.map((day) => DAYS[WEEKDAYS[day - 1] ?? 'mon']),
        'or',
      )}`;
  }
}

/** Hours in a row as from and to. */
function hoursInWords(hours: readonly number[]): string {
  const [first = 0, last = 0] = [hours[0], hours.at(-1)];
  if (hours.length > 2 && last - first === hours.length - 1) return `${first} to ${last}`;
  return listed(hours.map(String), 'or');
}

const DAYS = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
} as const;
