/**
 * Whether the warehouse can read the regular expressions of a segment. Only its own RE2 decides: other engines accept what it refuses, and
 * refuse what it accepts.
 */
import * as z from 'zod';
import type { Path, Problem } from '../documents/problem.ts';
import { CdpError } from '../errors.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import {
  type CheckedNode,
  type CheckedSegment,
  type EventTest,
  isSet,
  type NamedEvents,
  type RelatedCondition,
  type RowFilter,
  rowsAsked,
} from './checked.ts';
import { allLeavesOf } from './compile-source.ts';
import { eventsOf } from './grouped-events.ts';

/** `materialize` makes the server evaluate the pattern as it does for a column, instead of as a constant. */
const tryPattern = defineQuery({
  name: 'segments.try_pattern',
  sql: "select match(materialize(''), {pattern:String}) as is_found",
  params: z.object({ pattern: z.string() }),
  row: z.object({ is_found: z.coerce.boolean() }),
});

const CANNOT_COMPILE_REGEXP = 427;

export async function checkPatterns({ reader }: Pick<Warehouse, 'reader'>, { root }: CheckedSegment): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { path, pattern } of patternsOf(root)) {
    try {
      await reader.ask(tryPattern, { pattern });
    } catch (error) {
      if (!(error instanceof CdpError) || error.context.clickhouse_code !== CANNOT_COMPILE_REGEXP) throw error;
      problems.push({ path, message: `is not a regular expression of RE2${reasonIn(error.message, pattern)}` });
    }
  }
  return problems;
}

interface Pattern {
  readonly path: Path;
  readonly pattern: string;
}

function patternsOf(root: CheckedNode): Pattern[] {
  return allLeavesOf(root).flatMap((leaf): Pattern[] => {
    if (leaf.kind === 'trait') {
      const test = leaf.test.is === 'json' ? leaf.test.test : leaf.test;
      return test.is === 'matches' ? [{ path: [...leaf.path, 'matches'], pattern: test.text }] : [];
    }
    if (leaf.kind === 'related') return relatedPatterns(leaf);
    if (isSet(leaf)) return [];
    const edge = leaf.kind === 'event' ? leaf.parts.find((part) => part.edge)?.edge : undefined;
    const word = leaf.kind === 'event' ? leaf.measure.is : '';
    return [...eventsOf(leaf).flatMap(patternsOfEvents), ...patternsIn(edge?.filters, [...leaf.path, word, 'where'])];
  });
}

/** The filters are the same in each stream, so a pattern is checked once. */
const patternsOfEvents = ({ path, parts: [first] }: Pick<NamedEvents, 'path' | 'parts'>) => patternsIn(first?.filters, [...path, 'where']);

function patternsIn(filters: readonly EventTest[] | undefined, path: Path): Pattern[] {
  return (filters ?? []).flatMap((filter, index) =>
    'test' in filter && filter.test.is === 'matches' ? [{ path: [...path, index, 'matches'], pattern: filter.test.text }] : [],
  );
}

/** A condition on the rows themselves, `that`, is the last of the filters, so that the others have their place in `where`. */
function relatedPatterns({ path, filters, measure }: RelatedCondition): Pattern[] {
  const inPlace = (place: Path, listed: readonly RowFilter[]) =>
    listed.flatMap((filter, index) =>
      filter.is === 'column' && filter.test.is === 'matches'
        ? [{ path: [...path, ...place, index, 'matches'], pattern: filter.test.text }]
        : [],
    );
  return [...inPlace(['where'], filters), ...inPlace(measure.is === 'every' ? ['every'] : [measure.is, 'where'], rowsAsked(measure))];
}

/** `…, error: missing ): (a. Look at https://…` → `: missing )`. What lacks on purpose has a name that people know. */
function reasonIn(message: string, pattern: string): string {
  if (/\(\?(=|!|<=|<!)/.test(pattern)) return ', which has no look-ahead and no look-behind';
  const [, reason] = /, error: (.*?)\. Look at /s.exec(message) ?? [];
  if (/\\[1-9]/.test(pattern) && reason?.startsWith('invalid escape')) return ', which has no back-references';
  return reason === undefined ? '' : `: ${reason}`;
}
