/** The sentences of one segment, for the places that show its conditions one by one. Pure. */
import type { Path } from '../documents/problem.ts';
import type { SegmentDefinition } from './definition.ts';
import type { Modifier } from './modifiers.ts';
import { sentenceOfModifier } from './sentences/document.ts';
import { type Speech, sentenceOf } from './sentences/sentence.ts';

export interface Sentences {
  /** Of a condition, by its place in the definition. Of a group only how its parts are joined: each part has a sentence of its own. */
  readonly of: (node: { readonly path: Path }) => string;
  readonly ofModifier: (modifier: Modifier) => string;
}

export function sentencesOf(definition: SegmentDefinition, speech: Speech): Sentences {
  return {
    of: ({ path }) => sentenceOf(nodeAt(definition, path), speech, 'head'),
    ofModifier: (modifier) => sentenceOfModifier(definition, modifier, speech),
  };
}

/** What stands at a place; a checked condition has the place that it was read from. */
function nodeAt(definition: SegmentDefinition, path: Path): SegmentDefinition['where'] {
  let value: unknown = definition;
  for (const part of path) value = (value as Readonly<Record<string | number, unknown>>)[part];
  return value as SegmentDefinition['where'];
}
