/** Sentences for the person who started the load: what it changed in the columns of its table. Pure. */

import { distance } from 'fastest-levenshtein';
import { innerType } from '../sql/column-type.ts';
import type { Column } from './columns.ts';
import type { Staged } from './staged.ts';

/**
 * @param before the table's columns before the load; empty when there was no table.
 * @param staged the files that were loaded.
 */
export function columnWarnings(
  { mode, text = [] }: { readonly mode: 'append' | 'replace'; readonly text?: readonly string[] },
  before: readonly Column[],
  staged: readonly Staged[],
): string[] {
  if (before.length === 0) return [];
  if (mode === 'append') {
    const widened = before.filter(({ name, type }) => text.includes(name) && innerType(type) !== 'String');
    return [
      ...staged.flatMap((one) => lacking(before, one)),
      ...widened.map(
        ({ name, type }) =>
          `${name} is text from now on; it was ${innerType(type)}. Models that calculate with it must read it as a number`,
      ),
    ];
  }
  const after = new Map(staged.flatMap(({ columns }) => columns.map(({ name, type }) => [name, type] as const)));
  const added = [...after.keys()].filter((name) => !before.some((column) => column.name === name));
  return before.flatMap(({ name, type }) => {
    const now = after.get(name);
    if (now === undefined) return [`The table no longer has the column ${name}${renamed(name, added)}: a model that reads it will fail`];
    return innerType(now) === innerType(type) ? [] : [`The column ${name} is ${innerType(now)} now; it was ${innerType(type)}`];
  });
}

/** JSON lines leave out members without a value, so for them only a likely renaming is reported. */
function lacking(before: readonly Column[], { file, columns }: Staged): string[] {
  const names = columns.map(({ name }) => name);
  const added = names.filter((name) => !before.some((column) => column.name === name));
  return before.flatMap(({ name }) => {
    if (names.includes(name) || (file.kind.format === 'jsonl' && nearest(name, added) === undefined)) return [];
    return [`${file.name} has no column ${name}${renamed(name, added)}: its rows have no value there`];
  });
}

function renamed(name: string, added: readonly string[]): string {
  const near = nearest(name, added);
  return near === undefined ? '' : ` (is the new column ${near} another name for it?)`;
}

const plain = (name: string) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** The same letters, one name within the other, or a few letters apart. */
function nearest(name: string, others: readonly string[]): string | undefined {
  const wanted = plain(name);
  const far = Math.max(wanted.length, 3);
  const ranked = others.map((other) => {
    const found = plain(other);
    const isPart = found.length > 2 && (found.includes(wanted) || wanted.includes(found));
    return { other, away: found === wanted ? 0 : isPart ? 1 : distance(wanted, found) };
  });
  return ranked.filter(({ away }) => away <= far / 3).sort((a, b) => a.away - b.away)[0]?.other;
}
