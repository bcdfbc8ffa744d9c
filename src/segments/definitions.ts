/** The applied segments, read from the control plane: the usable ones, and the problems of the others. */

import * as z from 'zod';
import { formatProblem, nearest, type Problem } from '../documents/problem.ts';
import type { SegmentDefinition } from './definition.ts';
import type { SegmentDeps } from './deps.ts';
import { readDefinition } from './document.ts';
import { errors } from './errors.ts';
import { exclusionsFrom } from './exclusions.ts';
import type { ListDefinition } from './lists/definition.ts';
import { readLists } from './lists/read.ts';
import { PriorityDefinition } from './priority.ts';

export interface Definitions {
  readonly usable: ReadonlyMap<string, SegmentDefinition>;
  /** The usable ones as their documents say, without whom other documents make them leave out. */
  readonly written: ReadonlyMap<string, SegmentDefinition>;
  /** Lists of identifiers that can be used, by id. */
  readonly lists: ReadonlyMap<string, ListDefinition>;
  /** By id. A stored document can be unusable after an upgrade, or when a person wrote it without `sluice apply`. */
  readonly unusable: ReadonlyMap<string, readonly Problem[]>;
  /** All of them as they are stored, by id. */
  readonly stored: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** Adds to a draft whom it leaves out because of other documents; the usable ones have that. */
  readonly complete: (definition: SegmentDefinition) => SegmentDefinition;
}

export async function readDefinitions(deps: Pick<SegmentDeps, 'resources'>): Promise<Definitions> {
  const written = new Map<string, SegmentDefinition>();
  const unusable = new Map<string, readonly Problem[]>();
  const stored = new Map<string, Readonly<Record<string, unknown>>>();
  for (const { id, document } of await deps.resources.list('segment')) {
    stored.set(id, document);
    const read = readDefinition(document);
    if (read.ok) written.set(id, read.definition);
    else unusable.set(id, read.problems);
  }
  const complete = exclusionsFrom(written, await readPriorities(deps), unreadableExclusions({ unusable, stored }));
  const usable = new Map([...written].map(([id, definition]) => [id, complete(definition)]));
  return { usable, written, lists: await readLists(deps.resources), unusable, stored, complete };
}

/** Ids of the segments that say they are excluded everywhere, in documents that cannot be used. */
export const unreadableExclusions = ({ unusable, stored }: Pick<Definitions, 'unusable' | 'stored'>): string[] =>
  [...unusable.keys()].filter((id) => stored.get(id)?.excluded_everywhere === true);

/** @throws CdpError `segments.invalid`: without a list its segments would reach people who are in two of them. */
export async function readPriorities({ resources }: Pick<SegmentDeps, 'resources'>): Promise<PriorityDefinition[]> {
  const documents = (await resources.list('priority')).filter(({ kind }) => kind === 'priority');
  return documents.map(({ id, document }) => {
    const read = PriorityDefinition.safeParse(document);
    if (read.success) return read.data;
    throw errors.invalid(`The priority list ${id} cannot be used: ${z.prettifyError(read.error)}`, { context: { priority: id } });
  });
}

/** @throws CdpError `segments.missing` with the nearest ids, or `segments.invalid`. */
export function findDefinition(definitions: Definitions, id: string): SegmentDefinition {
  const definition = definitions.usable.get(id);
  if (definition) return definition;
  const problems = definitions.unusable.get(id);
  if (problems) throw invalid(id, problems);
  const near = nearest(id, [...definitions.usable.keys(), ...definitions.unusable.keys()]);
  throw errors.missing(`There is no segment ${id}.${near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : ''}`, {
    context: { segment: id },
  });
}

/** One error for all problems of a document; `file` when it was read from one. */
export function invalid(id: string, problems: readonly Problem[], file?: string) {
  const lines = problems.map((problem) => `  ${formatProblem(problem, file)}`);
  return errors.invalid(`The segment ${id} cannot be used:\n${lines.join('\n')}`, {
    context: { segment: id, problems: lines.map((line) => line.trim()) },
  });
}
