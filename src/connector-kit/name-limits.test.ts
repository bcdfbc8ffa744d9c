import { expect, test } from 'vitest';
import { collidingNames, nameProblem } from './name-limits.ts';

const limits = {
  maxBytes: 63,
  compares: 'exactly',
  reserved: { ctid: 'a system column' },
  source: { link: 'https://example.com', checkedOn: '2026-11-30' },
} as const;

test.each([
  ['a'.repeat(63), undefined],
  ['a'.repeat(64), 'the name has 64 bytes and PostgreSQL keeps 63 of them (https://example.com, 2026-11-30): take a shorter name'],
  ['средняя_стоимость_заказа_покупателя_за_год', 'the name has 79 bytes'],
  ['漢'.repeat(21), undefined],
  ['漢'.repeat(22), 'the name has 66 bytes'],
  ['ctid', 'the name is taken: a system column; take another name'],
  ['CTID', undefined],
])('%s: %s', (name, problem) => {
  const found = nameProblem(name, limits, 'PostgreSQL');
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(problem);
});

test('two names that a destination takes for one are found, by bytes and by case, accents and spaces where it folds them', () => {
  const long = 'x'.repeat(63);
  expect([...collidingNames([`${long}amount`, `${long}number`, 'a', 'A'], limits)]).toEqual([[`${long}number`, `${long}amount`]]);
  const folded = { ...limits, compares: 'folded' } as const;
  expect([...collidingNames(['Email', 'email', ' email', 'é', 'e\u0301', 'other'], folded).keys()]).toEqual(['email', ' email', 'e\u0301']);
});
