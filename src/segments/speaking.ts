/** What a segment says in sentences, and what sentences say as a segment: with the names of the workspace. */
import type { EventSample } from '../catalogue/event-sample.ts';
import { sampleEvents } from '../catalogue/sample.ts';
import { formatPath, type Problem } from '../documents/problem.ts';
import { checkDocument } from './check-document.ts';
import type { SegmentDefinition } from './definition.ts';
import { findDefinition, readDefinitions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import type { SegmentTarget } from './prepare.ts';
import type { SentencesRead, SpokenSegment } from './sentence-schema.ts';
import { documentOf, isDocument, readDocument } from './sentences/document.ts';
import type { Language } from './sentences/language.ts';
import { namesOf } from './sentences/names.ts';
import { readSentence, type Speech, sentenceOf } from './sentences/sentence.ts';

type Deps = Pick<SegmentDeps, 'resources' | 'warehouse' | 'catalogue' | 'now' | 'timezone' | 'allowsSql' | 'language'>;

/** The names of the workspace, in a language; the workspace's when left out. */
async function speechOf(deps: Deps, language: Language = deps.language ?? 'en'): Promise<Speech> {
  const [catalogue, { usable, lists }] = await Promise.all([deps.catalogue(), readDefinitions(deps)]);
  // What a stream declares itself needs no sample.
  const streams = [...catalogue.entities.values()].flatMap((entity) => entity.streams.filter(({ event }) => event.is === 'column'));
  const sampled: readonly EventSample[] = streams.length === 0 ? [] : await sampleEvents(deps.warehouse.reader, streams);
  return { language, names: namesOf({ catalogue, segments: usable, lists, events: sampled.map(({ name }) => name) }) };
}

/** @throws CdpError `segments.missing`. */
export async function speakSegment(
  deps: Deps,
  target: SegmentTarget,
  { language }: { readonly language?: Language | undefined } = {},
): Promise<SpokenSegment> {
  const definitions = await readDefinitions(deps);
  const definition: SegmentDefinition =
    'id' in target ? (definitions.written.get(target.id) ?? findDefinition(definitions, target.id)) : target.definition;
  const speech = await speechOf(deps, language);
  return {
    segment_id: definition.id,
    language: speech.language,
    text: documentOf(definition, speech),
    condition: sentenceOf(definition.where, speech, 'line'),
  };
}

/**
 * @param text a condition in a sentence, or all sentences of a segment as `speakSegment` has them.
 * @param entity of the condition; a whole segment names its own.
 */
export async function readSentences(
  deps: Deps,
  text: string,
  {
    language,
    entity = 'person',
    assertMayAsk = () => undefined,
  }: {
    readonly language?: Language | undefined;
    readonly entity?: string | undefined;
    /** Throws where the caller may not have such a definition looked at. Called before the warehouse is asked about it. */
    readonly assertMayAsk?: (definition: unknown) => void;
  } = {},
): Promise<SentencesRead> {
  const speech = await speechOf(deps, language);
  const isWhole = isDocument(text, speech);
  const read = isWhole ? readDocument(text, speech) : readSentence(text, speech);
  if (!read.ok) return { is_valid: false, language: speech.language, definition: null, problems: read.problems.map(presented) };
  const given = isWhole ? read.value : { where: read.value };
  assertMayAsk(given);
  // A condition alone is checked as a segment of its own.
  const { problems } = await checkDocument(deps, { id: 'sentence', title: 'Sentence', entity, ...given });
  return {
    is_valid: problems.length === 0,
    language: speech.language,
    definition: JSON.parse(JSON.stringify(given)) as SentencesRead['definition'],
    problems: problems.map(presented),
  };
}

const presented = ({ path, message, suggestions = [], line, column }: Problem) => ({
  path: formatPath(path),
  message,
  suggestions: [...suggestions],
  line: line ?? null,
  column: column ?? null,
});
