import { expect, test } from 'vitest';
import { table } from './markdown.ts';

test('a cell with a bar or a line break stays one cell of one line', () => {
  expect(table(['a', 'b'], [['x | y', 'one\n  two']])).toBe('| a | b |\n|---|---|\n| x \\| y | one two |');
});
