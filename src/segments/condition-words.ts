/** Conditions of stored definitions in words, by what the catalogue says today. Pure. */
import { checkSegment } from './check-against-catalogue.ts';
import type { SegmentContext } from './check-tools.ts';
import { sentenceOf } from './describe.ts';
import { type ConditionWords, written } from './diff-definitions.ts';
import { readDefinition } from './document.ts';

/** A condition of which the catalogue or this version of Sluice does not know everything is said as it is written. */
export function conditionWords(world: Pick<SegmentContext, 'catalogue' | 'segments' | 'lists'>): ConditionWords {
  const titleOf = (segment: string) => world.segments.get(segment)?.title ?? segment;
  return (condition, definition) => {
    // As a segment of its own.
    const read = readDefinition({ id: 'condition', title: 'Condition', entity: definition.entity, where: condition });
    if (!read.ok) return written(condition);
    const checked = checkSegment(read.definition, { ...world, allowsSql: true });
    return checked.ok ? sentenceOf(checked.segment.root, titleOf) : written(condition);
  };
}
