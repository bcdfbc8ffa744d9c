import { expect, test } from 'vitest';
import { guardAgainst } from './guard.ts';

const guard = { allow_empty: false, max_growth: 5, max_shrink: 0.8 };

test.each([
  ['the first version of any size', guard, 1_000_000, undefined, undefined],
  ['a first version that is empty', guard, 0, undefined, undefined],
  ['an audience that becomes empty', guard, 0, 40, 'it is empty, the version before has 40 members'],
  ['an audience that may become empty', { ...guard, allow_empty: true }, 0, 40, undefined],
  ['one that grows five times', guard, 5_000, 1_000, undefined],
  ['one that grows more than five times', guard, 5_001, 1_000, 'it has 5,001 members, more than 5 times the 1,000 members before'],
  ['a small one that grows fast', guard, 400, 1, undefined],
  ['one that fills up again', guard, 1_000_000, 0, undefined],
  ['one below its least size', { ...guard, min_members: 10 }, 9, undefined, 'it has 9 members, guard.min_members is 10'],
  ['one above its greatest size', { ...guard, max_members: 10 }, 11, 11, 'it has 11 members, guard.max_members is 10'],
])('the guard on %s', (_, rules, size, last, doubt) => {
  expect(guardAgainst(rules, size, last)).toBe(doubt);
});
