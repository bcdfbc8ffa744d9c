/** What stands on the whole of a segment and takes members away. Pure. */
import type { CheckedSegment } from './checked.ts';

/** In the order in which they are applied. */
export const MODIFIERS = ['exclude', 'split', 'holdout', 'limit'] as const;
export type Modifier = (typeof MODIFIERS)[number];

/** What becomes of an entity. `none`: the conditions do not hold. A modifier: it is what takes the entity away. */
export const STANDINGS = ['none', ...MODIFIERS, 'member'] as const;

/** Those that the segment has. */
export const modifiersOf = ({ whole }: CheckedSegment): Modifier[] =>
  MODIFIERS.filter((name) => (name === 'exclude' ? whole.exclude.length > 0 : whole[name] !== undefined));
