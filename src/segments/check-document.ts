/** Whether a document would be taken as a segment, with every problem and its place. Nothing is written. */
import { formatPath, type Problem } from '../documents/problem.ts';
import { acceptSegment } from './accept.ts';
import type { SegmentDefinition } from './definition.ts';
import { readDefinitions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { readDefinition } from './document.ts';
import type { SegmentCheck } from './schema.ts';

type Deps = Pick<SegmentDeps, 'resources' | 'warehouse' | 'catalogue' | 'now' | 'timezone' | 'allowsSql'>;

export interface Checked {
  /** Undefined where it has problems. */
  readonly definition: SegmentDefinition | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** The applied segments are what it may refer to; it stands in for the one of its own id. */
export async function checkDocument(deps: Deps, document: unknown): Promise<Checked> {
  const read = readDefinition(document);
  if (!read.ok) return { definition: undefined, problems: read.problems, warnings: [] };
  const [{ usable, complete, lists }, catalogue] = await Promise.all([readDefinitions(deps), deps.catalogue()]);
  const definition = complete(read.definition);
  const checked = await acceptSegment(deps.warehouse, definition, {
    catalogue,
    segments: new Map([...usable, [definition.id, definition]]),
    lists,
    now: { at: deps.now(), timezone: deps.timezone },
    allowsSql: deps.allowsSql === true,
  });
  return checked.ok
    ? { definition, problems: [], warnings: checked.warnings }
    : { definition: undefined, problems: checked.problems, warnings: checked.warnings };
}

export function presentCheck({ definition, problems, warnings }: Checked): SegmentCheck {
  const present = ({ path, message, suggestions = [] }: Problem) => ({ path: formatPath(path), message, suggestions: [...suggestions] });
  return { is_valid: definition !== undefined, problems: problems.map(present), warnings: warnings.map(present) };
}
