import { expect, test } from 'vitest';
import { masked } from './mask.ts';

test.each([
  ['ada@example.com', 'a•••@e•••'],
  ['Ada', 'A•••'],
  ['😀 smile', '😀•••'],
  ['', ''],
  [42, '•••'],
  [['a'], '•••'],
  [true, true],
  [null, null],
  [undefined, undefined],
])('%j is shown as %j where it is personal', (value, shown) => {
  expect(masked(value)).toEqual(shown);
});
