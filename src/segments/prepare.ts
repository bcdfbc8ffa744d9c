/** Makes a segment ready to be asked: reads its definition, checks it, finds the versions that it reads. */
import type * as z from 'zod';
import type { Entity } from '../catalogue/catalogue.ts';
import { sampleTraits, seenEvents } from '../catalogue/sample.ts';
import type { Problem } from '../documents/problem.ts';
import type { Query } from '../warehouse/query.ts';
import { acceptSegment } from './accept.ts';
import type { CheckedSegment } from './checked.ts';
import type { CompileContext, Compiled } from './compile.ts';
import { explainCost } from './cost.ts';
import { costComment } from './cost-comment.ts';
import type { SegmentDefinition } from './definition.ts';
import { type Definitions, findDefinition, invalid, readDefinitions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { type Sentences, sentencesOf } from './describe.ts';
import { readDefinition } from './document.ts';
import { errors } from './errors.ts';
import { problemsOfKeyType, warnOfKeyless } from './keyless.ts';
import { When } from './language/value.ts';
import { contextOf } from './publish.ts';
import type { Language } from './sentences/language.ts';
import { namesOf } from './sentences/names.ts';
import { readCurrentVersions } from './versions.ts';

/** An applied segment, or a draft. */
export type SegmentTarget =
  | { readonly id: string }
  | { readonly definition: SegmentDefinition; readonly locate?: (problems: readonly Problem[]) => Problem[]; readonly file?: string };

export interface PreparedSegment {
  readonly segment: CheckedSegment;
  readonly context: CompileContext;
  readonly warnings: readonly Problem[];
  /** The published version; undefined when there is none. */
  readonly published: string | undefined;
  /** What it says, in a language; the workspace's when left out. */
  readonly sentences: (language?: Language) => Sentences;
}

/** Name of the entity that it is of. @throws CdpError `segments.missing`. */
export const entityOf = async (deps: Pick<SegmentDeps, 'resources'>, target: SegmentTarget): Promise<string> =>
  'id' in target ? findDefinition(await readDefinitions(deps), target.id).entity : target.definition.entity;

/** A document of an API's body. @throws CdpError `segments.invalid`. */
export function draftOf(document: Readonly<Record<string, unknown>>): SegmentTarget {
  const read = readDefinition({ id: 'draft', ...document });
  if (!read.ok) throw invalid(String(document.id ?? 'draft'), read.problems);
  return { definition: read.definition };
}

/** @param asOf asks for this moment (a date, or a moment with its offset) instead of the definition's. @throws CdpError of this room. */
export async function prepareSegment(
  deps: SegmentDeps,
  target: SegmentTarget,
  { asOf }: { readonly asOf?: string | undefined } = {},
): Promise<PreparedSegment> {
  const definitions = await readDefinitions(deps);
  const written = 'id' in target ? findDefinition(definitions, target.id) : definitions.complete(target.definition);
  const definition = asOf === undefined ? written : { ...written, as_of: pastMoment(asOf) };
  const catalogue = await deps.catalogue();
  const entity = catalogue.entities.get(definition.entity);
  const events = await sampledFor(deps, definition, entity);
  const openTraits = await sampledTraitsFor(deps, definition, entity);
  const now = deps.now();
  const segments = withEdited(definitions, definition);
  const checked = await acceptSegment(deps.warehouse, definition, {
    catalogue,
    segments,
    lists: definitions.lists,
    now: { at: now, timezone: deps.timezone },
    allowsSql: deps.allowsSql === true,
    ...(events === undefined ? {} : { events }),
    ...(openTraits === undefined ? {} : { openTraits }),
  });
  const locate = 'id' in target ? undefined : target.locate;
  const located = (problems: readonly Problem[]) => (locate ? locate(problems) : problems);
  if (!checked.ok) throw invalid(definition.id, located(checked.problems), 'id' in target ? undefined : target.file);
  const problems = await problemsOfKeyType(deps, checked.segment.entity);
  if (problems.length > 0) throw invalid(definition.id, located(problems), 'id' in target ? undefined : target.file);
  const versions = await readCurrentVersions(deps);
  const current = versions.get(definition.id);
  return {
    segment: checked.segment,
    context: contextOf(deps, checked.segment, versions, now),
    warnings: located([...checked.warnings, ...(await warnOfKeyless(deps, checked.segment.entity))]),
    published: current === undefined || current.is_retired ? undefined : current.version,
    sentences: (language = deps.language ?? 'en') =>
      sentencesOf(definition, {
        language,
        names: namesOf({ catalogue, segments, lists: definitions.lists, events: (events ?? []).map(({ name }) => name) }),
      }),
  };
}

/** @throws CdpError `segments.usage`; that it has passed is checked with the rest of the definition. */
function pastMoment(text: string): string {
  const read = When.safeParse(text);
  if (read.success) return read.data;
  throw errors.usage(`${text} is no moment: write a date like 2026-03-31, or a moment with its offset like 2026-03-31T09:00:00Z`);
}

/** The edited definition replaces the applied one, so that an edit that closes a cycle is refused before it is applied. */
const withEdited = (definitions: Definitions, definition: SegmentDefinition) =>
  new Map([...definitions.usable, [definition.id, definition]]);

/** Samples events only for a segment about events. */
async function sampledFor(deps: SegmentDeps, definition: SegmentDefinition, entity: Entity | undefined) {
  if (!entity || !JSON.stringify(definition.where).includes('"event"')) return undefined;
  // What a stream declares itself, its name and its columns, needs no sample.
  const streams = entity.streams.filter(({ event, properties }) => event.is === 'column' || properties.is === 'json');
  return seenEvents(deps.warehouse.reader, streams, [...new Set(eventNames(definition.where))]);
}

/** Every name of an event in a condition: texts and lists of texts that the language has under these words. */
function eventNames(condition: unknown): string[] {
  if (typeof condition !== 'object' || condition === null) return [];
  return Object.entries(condition).flatMap(([word, inner]) =>
    word === 'event' || word === 'none' ? [inner].flat().filter((name) => typeof name === 'string') : eventNames(inner),
  );
}

/** The same for undeclared traits. */
async function sampledTraitsFor(deps: SegmentDeps, definition: SegmentDefinition, entity: Entity | undefined) {
  return entity?.openTraits && JSON.stringify(definition.where).includes(`"trait":"${entity.openTraits.column}.`)
    ? sampleTraits(deps.warehouse.reader, entity.openTraits)
    : undefined;
}

/** @throws CdpError; where a limit of the warehouse was met, it names the condition that costs most. */
export async function askPrepared<R extends z.ZodObject>(
  deps: SegmentDeps,
  { segment, context }: Pick<PreparedSegment, 'segment' | 'context'>,
  query: Query<z.ZodObject, R>,
  { params, settings }: Pick<Compiled, 'params' | 'settings'>,
  signal?: AbortSignal,
): Promise<z.output<R>[]> {
  try {
    const charged = { ...settings, log_comment: costComment('preview', segment.definition.id) };
    return await deps.warehouse.reader.ask(query, params, { settings: charged, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    throw await explainCost(deps, segment, context, error);
  }
}
