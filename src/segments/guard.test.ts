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
  [
    'an audience that collapses',
    guard,
    1,
    3_227,
    'it has 1 member, 99.9 % fewer than the 3,227 members before; guard.max_shrink allows 80 %. If that is right, publish it once with --allow-shrink (API: allow_shrink=true)',
  ],
  ['one that loses as much as it may', guard, 200, 1_000, undefined],
  [
    'one that may lose less',
    { ...guard, max_shrink: 0.1 },
    899,
    1_000,
    expect.stringContaining('10.1 % fewer than the 1,000 members before'),
  ],
  ['one that may lose all but one', { ...guard, max_shrink: 1 }, 1, 3_227, undefined],
  ['a small one that loses nearly all', guard, 1, 99, undefined],
  ['a collapsed one that may be empty', { ...guard, allow_empty: true }, 1, 3_227, expect.stringContaining('guard.max_shrink')],
  ['one below its least size', { ...guard, min_members: 10 }, 9, undefined, 'it has 9 members, guard.min_members is 10'],
  ['one above its greatest size', { ...guard, max_members: 10 }, 11, 11, 'it has 11 members, guard.max_members is 10'],
])('the guard on %s', (_, rules, size, last, doubt) => {
  expect(guardAgainst(rules, size, last)).toEqual(doubt);
});

test('one publication may shrink, and may neither grow by that nor become empty', () => {
  expect(guardAgainst(guard, 1, 3_227, { allowsShrink: true })).toBeUndefined();
  expect(guardAgainst(guard, 0, 3_227, { allowsShrink: true })).toContain('it is empty');
  expect(guardAgainst(guard, 5_001, 1_000, { allowsShrink: true })).toContain('more than 5 times');
  expect(guardAgainst({ ...guard, min_members: 10 }, 1, 3_227, { allowsShrink: true })).toContain('guard.min_members is 10');
});
