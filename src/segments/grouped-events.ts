/** Every mention of events in a grouped condition, in reading order. Pure. */
import type { GroupedCondition, NamedEvents, SequenceCondition } from './checked.ts';

export function eventsOf(condition: GroupedCondition): readonly NamedEvents[] {
  switch (condition.kind) {
    case 'event':
      return [{ ...condition, events: condition.events === 'any' ? [] : condition.events }];
    case 'sequence':
      return eventsOfSequence(condition);
    case 'related':
      return [];
  }
}

export function eventsOfSequence({ steps, ending }: Pick<SequenceCondition, 'steps' | 'ending'>): readonly NamedEvents[] {
  return [...steps.flatMap((step) => [...step.without, step]), ...(ending ? [ending] : [])];
}
