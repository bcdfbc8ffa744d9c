/** A sequence in words: `Product Added, then no Order Completed within 1 day`. Pure. */
import type { NamedEvents, SequenceCondition, SequenceStep } from './checked.ts';
import { isAbsent, timesOf } from './describe-count.ts';
import { filtersInWords } from './describe-events.ts';
import { listed } from './describe-test.ts';
import { lengthInWords, windowInWords } from './describe-window.ts';

export function sequenceSentence({ steps, ending, same, different, times, during }: SequenceCondition): string {
  const isOnce = times.is === 'gte' && times.times === 1;
  const told = [
    ...steps.map((step, index) => (index === 0 ? stepOf(step) : `then ${stepOf(step)}`)),
    ...(ending ? [`then no ${named(ending)}${ending.within === undefined ? '' : ` within ${lengthInWords(ending.within)}`}`] : []),
    ...(same.length === 0
      ? []
      : [
          `all with the same ${listed(
            same.map(({ name }) => name),
            'and',
          )}`,
        ]),
    ...(different ? [`each with another ${different.name}`] : []),
    ...(isOnce || isAbsent(times) ? [] : [timesOf(times)]),
    ...(during.is === 'always' ? [] : [windowInWords(during)]),
  ].join(', ');
  return isAbsent(times) ? `never: ${told}` : told;
}

function stepOf({ only, within, afterMs, without, ...events }: SequenceStep): string {
  const most = within && lengthInWords(within);
  const least = afterMs === undefined ? undefined : lengthInWords({ seconds: afterMs / 1_000 });
  const gap =
    least === undefined
      ? most === undefined
        ? ''
        : ` within ${most}`
      : ` at least ${least}${most === undefined ? '' : ` and at most ${most}`} later`;
  const between = without.length === 0 ? '' : ` without ${listed(without.map(named), 'or')} in between`;
  return `${only === undefined ? '' : `the ${only} `}${named(events)}${gap}${between}`;
}

function named({ events, parts }: Pick<NamedEvents, 'events' | 'parts'>): string {
  const where = filtersInWords(parts[0]?.filters ?? []);
  return `${events.length === 0 ? 'any event' : listed(events, 'or')}${where === '' ? '' : ` (${where})`}`;
}
