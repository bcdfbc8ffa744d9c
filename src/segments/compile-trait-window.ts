/** A window that begins or ends with what the entity's own traits say. Pure. */
import type { Trait } from '../catalogue/catalogue.ts';
import type { TraitWindow } from './checked.ts';

/**
 * Operands of `and`; null, which is not true, where such a trait has no value.
 * @param when SQL of the moment, and of the day on which clocks in the segment's zone showed it.
 * @param columnOf SQL of a trait.
 */
export function withinTraits(
  { since, until }: TraitWindow,
  when: { readonly moment: string; readonly day: () => string },
  columnOf: (trait: Trait) => string,
): string[] {
  const end = (trait: Trait, symbol: '>' | '<=') =>
    trait.column.value.kind === 'date'
      ? `${when.day()} ${symbol.slice(0, 1)}= ${columnOf(trait)}`
      : `${when.moment} ${symbol} ${columnOf(trait)}`;
  return [...(since ? [end(since, '>')] : []), ...(until ? [end(until, '<=')] : [])];
}
