import { expect, it } from 'vitest';
import { travelled } from './snapshot.ts';

it('counts what appeared, what differs and what is gone, and nothing else', () => {
  const before = new Map([
    ['a', '1'],
    ['b', '1'],
    ['c', '1'],
  ]);
  const after = new Map([
    ['a', '1'],
    ['b', '2'],
    ['d', '1'],
    ['e', '1'],
  ]);
  expect(travelled(before, after)).toEqual({ added: 2, changed: 1, removed: 1 });
});
