/** Stretches of time in words: `in the last 30 days`. Pure. */
import type { EventWindow, Length, TimeWindow, TraitWindow } from './checked.ts';
import { DAY_SECONDS } from './length.ts';

export function windowInWords(window: EventWindow): string {
  switch (window.is) {
    case 'always':
      return 'at any time';
    case 'last':
      return `in the last ${lengthInWords(window.length)}`;
    case 'next':
      return `in the next ${lengthInWords(window.length)}`;
    case 'ago':
      return `between ${lengthInWords(window.near)} and ${lengthInWords(window.far)} ago`;
    case 'periods':
      return periodsInWords(window);
    case 'dates':
      return datesInWords(window);
    case 'traits':
      return traitsInWords(window);
  }
}

function periodsInWords({ unit, first, last }: Extract<TimeWindow, { is: 'periods' }>): string {
  if (first === 0) return unit === 'day' ? 'today' : `in this ${unit}`;
  if (first === last) return unit === 'day' ? 'yesterday' : `in the previous ${unit}`;
  return `in the ${counted(-first, `whole ${unit}`)} before this one`;
}

function datesInWords({ from, after, until, before }: Extract<TimeWindow, { is: 'dates' }>): string {
  if (from !== undefined && from === until) return from.includes('T') ? `at ${from}` : `on ${from}`;
  const ends = [
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(after === undefined ? [] : [`after ${after}`]),
    ...(until === undefined ? [] : [`until ${until}`]),
    ...(before === undefined ? [] : [`before ${before}`]),
  ];
  return ends.join(' ');
}

const traitsInWords = ({ since, until }: TraitWindow) =>
  [...(since ? [`since ${since.label}`] : []), ...(until ? [`until ${until.label}`] : [])].join(' ');

/** `90 days`, `3 months`; the largest unit that it is a whole number of. */
export function lengthInWords(length: Length): string {
  if ('months' in length) {
    const [size, unit] = length.months % 12 === 0 ? ([12, 'year'] as const) : ([1, 'month'] as const);
    return counted(length.months / size, unit);
  }
  const { seconds } = length;
  if (seconds % DAY_SECONDS === 0) return counted(seconds / DAY_SECONDS, 'day');
  return seconds % 3_600 === 0 ? counted(seconds / 3_600, 'hour') : counted(seconds / 60, 'minute');
}

const counted = (count: number, unit: string) => `${count.toLocaleString('en')} ${unit}${count === 1 ? '' : 's'}`;
