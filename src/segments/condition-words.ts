/** Conditions of stored definitions in words, by what the catalogue says today. Pure. */
import { checkSegment } from './check-against-catalogue.ts';
import type { SegmentContext } from './check-tools.ts';
import { type ConditionWords, written } from './diff-definitions.ts';
import { readDefinition } from './document.ts';
import type { Language } from './sentences/language.ts';
import { namesOf } from './sentences/names.ts';
import { sentenceOf } from './sentences/sentence.ts';

/** A condition of which the catalogue or this version of Sluice does not know everything is said as it is written. */
export function conditionWords(world: Pick<SegmentContext, 'catalogue' | 'segments' | 'lists'>, language: Language): ConditionWords {
  const names = namesOf(world);
  return (condition, definition) => {
    // As a segment of its own.
    const read = readDefinition({ id: 'condition', title: 'Condition', entity: definition.entity, where: condition });
    if (!read.ok) return written(condition);
    const checked = checkSegment(read.definition, { ...world, allowsSql: true });
    return checked.ok ? sentenceOf(read.definition.where, { language, names }, 'head') : written(condition);
  };
}
