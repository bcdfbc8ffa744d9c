/** The applied segments, read from the control plane: the usable ones, and the problems of the others. */

import { formatProblem, nearest, type Problem } from '../documents/problem.ts';
import type { SegmentDefinition } from './definition.ts';
import type { SegmentDeps } from './deps.ts';
import { readDefinition } from './document.ts';
import { errors } from './errors.ts';

export interface Definitions {
  readonly usable: ReadonlyMap<string, SegmentDefinition>;
  /** By id. A stored document can be unusable after an upgrade, or when a person wrote it without `sluice apply`. */
  readonly unusable: ReadonlyMap<string, readonly Problem[]>;
  /** All of them as they are stored, by id. */
  readonly stored: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

export async function readDefinitions(deps: Pick<SegmentDeps, 'resources'>): Promise<Definitions> {
  const usable = new Map<string, SegmentDefinition>();
  const unusable = new Map<string, readonly Problem[]>();
  const stored = new Map<string, Readonly<Record<string, unknown>>>();
  for (const { id, document } of await deps.resources.list('segment')) {
    stored.set(id, document);
    const read = readDefinition(document);
    if (read.ok) usable.set(id, read.definition);
    else unusable.set(id, read.problems);
  }
  return { usable, unusable, stored };
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
