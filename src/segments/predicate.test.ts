import { expect, test } from 'vitest';
import { both, either, group, known, not, operand, tight } from './predicate.ts';

const [a, b] = [tight('`it or that` = 1'), tight('b')];

test.each([
  [both([a]), '`it or that` = 1'],
  [both([a, b]), '`it or that` = 1 and b'],
  [either([both([a, b]), b]), '(`it or that` = 1 and b) or b'],
  [not(a), 'not `it or that` = 1'],
  [not(either([a, b])), 'not (`it or that` = 1 or b)'],
  [both([not(either([a, b])), b]), 'not (`it or that` = 1 or b) and b'],
  [known(either([a, b])), 'ifNull(`it or that` = 1 or b, false)'],
  [group('any', [both([a, b]), b]), '(`it or that` = 1 and b)\n  or b'],
])('%j is written %s, with brackets only where they are needed', (predicate, sql) => {
  expect(predicate.sql).toBe(sql);
});

test('brackets follow from how it was made, not from its text', () => {
  expect(operand(a)).toBe('`it or that` = 1');
  expect(operand(either([a, b]))).toBe('(`it or that` = 1 or b)');
  expect(() => both([])).toThrow('made of none');
});
