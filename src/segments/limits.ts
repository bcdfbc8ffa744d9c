/**
 * The size limits of a segment. An accepted segment runs: server limits that cannot be raised are checked here, compile.ts raises the
 * others. Pure.
 */
import type { Problem } from '../documents/problem.ts';
import type { CheckedNode } from './checked.ts';
import type { Compiled } from './compile.ts';
import { MAX_FIELDS } from './compile-parameters.ts';
import { leavesOf } from './compile-source.ts';

/** Conditions, with the filters of events among them. With more, a query takes longer to parse than to run. */
const MAX_CONDITIONS = 1_000;

const counted = (count: number) => count.toLocaleString('en');

export function tooManyConditions(root: CheckedNode): Problem[] {
  const conditions = leavesOf(root).reduce(
    (sum, leaf) =>
      sum +
      1 +
      (leaf.kind === 'event'
        ? leaf.parts.reduce((filters, part) => filters + part.filters.length + (part.edge?.filters.length ?? 0), 0)
        : 0),
    0,
  );
  if (conditions <= MAX_CONDITIONS) return [];
  const message = `has ${counted(conditions)} conditions; one segment has at most ${counted(MAX_CONDITIONS)}. Join values in a list (\`is: [a, b]\`), or split it into segments that it reads.`;
  return [{ path: ['where'], message }];
}

/** `compiled`: every SQL form of the segment. */
export function tooManyValues(compiled: readonly Compiled[]): Problem[] {
  const problems = compiled.flatMap(({ params }) => {
    const fields = Object.keys(params).length;
    const characters = Object.values(params).reduce<number>((sum, value) => sum + sizeInAddress(value), 0);
    if (fields > MAX_FIELDS)
      return [
        `needs ${counted(fields)} parameters, lists of values for the most part; a query has at most ${counted(MAX_FIELDS)}. Put the lists into a table, as a trait, or split it into segments that it reads.`,
      ];
    if (characters > MAX_ADDRESS_CHARACTERS)
      return [
        `has values of ${counted(characters)} characters, as they are sent to the warehouse (what is no letter or digit counts three or more); a query has at most ${counted(MAX_ADDRESS_CHARACTERS)}. Put long lists into a table, as a trait, or split it into segments that it reads.`,
      ];
    return [];
  });
  return problems.slice(0, 1).map((message) => ({ path: ['where'], message }));
}

/** ClickHouse takes 1 MiB of address (http_max_uri_size), which holds the values of a statement. */
const MAX_ADDRESS_CHARACTERS = 900_000;

function sizeInAddress(value: Compiled['params'][string]): number {
  const values = Array.isArray(value) ? (value as readonly string[]) : [String(value)];
  // The client first escapes what ClickHouse's texts escape, and quotes the items of a list.
  return values.reduce((sum, item) => sum + encodeURIComponent(item.replace(/[\\'\t\n\r\0]/g, '\\$&')).length + 9, 0);
}
