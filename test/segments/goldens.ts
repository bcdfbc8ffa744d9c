/** The example segments of golden/: each a definition without its name, beside the SQL that it makes. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { formatProblem } from '../../src/documents/problem.ts';
import { checkSegment } from '../../src/segments/check-against-catalogue.ts';
import type { CheckedSegment } from '../../src/segments/checked.ts';
import type { CompileContext } from '../../src/segments/compile.ts';
import { readDefinition } from '../../src/segments/document.ts';
import { relatedCatalogue } from './related-world.ts';
import { WORLD_LISTS } from './set-world.ts';

const FOLDER = new URL('golden/', import.meta.url);

export interface Golden {
  readonly name: string;
  readonly definition: string;
  /** Path of the SQL beside it. */
  readonly sqlFile: string;
}

export const goldens: readonly Golden[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yml'))
  .map((file) => ({
    name: file.slice(0, -'.yml'.length),
    definition: readFileSync(new URL(file, FOLDER), 'utf8'),
    sqlFile: new URL(file.replace(/yml$/, 'sql'), FOLDER).pathname,
  }));

export function checkedGolden({ name, definition }: Golden, prefix = 'sluice'): CheckedSegment {
  const segments = new Map([['suppressed', defined('suppressed', { where: { trait: 'email', missing: true } })]]);
  const checked = checkSegment(defined(name, parse(definition) as object), {
    catalogue: relatedCatalogue(prefix, { isTested: true }),
    segments,
    lists: WORLD_LISTS,
    allowsSql: true,
  });
  if (!checked.ok) throw new Error(checked.problems.map((problem) => formatProblem(problem)).join('\n'));
  return checked.segment;
}

export function goldenContext(prefix = 'sluice'): CompileContext {
  return {
    now: new Date('2026-03-31T12:00:00Z'),
    timezone: 'UTC',
    members: { database: `${prefix}_state`, table: 'segment_members' },
    versions: new Map([['suppressed', '7']]),
  };
}

function defined(id: string, rest: object) {
  const read = readDefinition({ id, title: id, entity: 'person', ...rest });
  if (!read.ok) throw new Error(read.problems.map((problem) => formatProblem(problem)).join('\n'));
  return read.definition;
}
