import { expect, test } from 'vitest';
import { checkedGolden, goldenContext, goldens } from '../../test/segments/goldens.ts';
import { compileSegment } from './compile.ts';
import { leavesOf } from './compile-source.ts';

test('what each condition says stands beside its SQL, whatever a text holds, and changes nothing else', () => {
  for (const golden of goldens) {
    const segment = checkedGolden(golden);
    const said = new Map(leavesOf(segment.root).map((leaf, index) => [leaf, `n${index} */ or true /* \n--`]));
    const { sql, params } = compileSegment(segment, { ...goldenContext(), sentenceOf: (leaf) => said.get(leaf) ?? '' });
    const plain = compileSegment(segment, goldenContext());
    const without = oneLine(sql.replace(/\/\* .*? \*\//g, ' '));
    expect([golden.name, without, params]).toEqual([golden.name, oneLine(plain.sql), plain.params]);
    for (const index of said.values()) expect([golden.name, sql]).toEqual([golden.name, expect.stringContaining(index.slice(0, 3))]);
  }
});

const oneLine = (sql: string) => sql.replace(/\s+/g, ' ').replaceAll(' )', ')').trim();
