/** What stands on the whole of a segment as sentences for people. Pure. */
import type { CheckedSegment } from './checked.ts';
import type { CheckedLimit } from './checked-whole.ts';
import type { Modifier } from './modifiers.ts';

/** `leaves out the members of Unsubscribed`. */
export function sentenceOfModifier({ whole }: CheckedSegment, modifier: Modifier, titleOf: (segment: string) => string): string {
  const { exclude, split, holdout, limit } = whole;
  switch (modifier) {
    case 'exclude':
      return `leaves out the members of ${exclude.map(titleOf).join(', ')}`;
    case 'split':
      return `takes the buckets ${split?.from} to ${split?.to} of the split ${split?.salt} (${percent((split?.to ?? 0) - (split?.from ?? 0) + 1)})`;
    case 'holdout':
      return `holds out ${percent(holdout?.buckets ?? 0)} (${holdout?.salt})`;
    case 'limit':
      return limit ? limited(limit) : '';
  }
}

function limited({ most, by, order, per }: CheckedLimit): string {
  const isTime = by.column.value.kind !== 'number';
  const first = order === 'desc' ? (isTime ? 'latest' : 'highest') : isTime ? 'earliest' : 'lowest';
  const many = most.is === 'count' ? `the ${most.count.toLocaleString('en')}` : `the ${percent(most.tenThousandths)}`;
  return `takes ${many} with the ${first} ${by.label}${per ? ` for each ${per.label}` : ''}`;
}

/** Of 10,000. */
const percent = (buckets: number) => `${buckets / 100} %`;
