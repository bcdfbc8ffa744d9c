import { expect, test } from 'vitest';
import { diffDefinitions, type StoredDefinition, written } from './diff-definitions.ts';
import type { Language } from './sentences/language.ts';

const sentences = (before: StoredDefinition | undefined, after: StoredDefinition | undefined, language?: Language) =>
  diffDefinitions(before, after, written, language).map(({ sentence }) => sentence);

const dutch = { trait: 'city', is: 'Gent' };
const buyers = { event: 'Order Completed', count: { gte: 3 }, during: { last: '365d' } };

test('a condition that came, one that went and one that was edited are told apart', () => {
  const before = { where: { all: [dutch, buyers, { segment: 'suppressed' }] } };
  const after = { where: { all: [{ trait: 'email', exists: true }, { ...buyers, count: { gte: 2 } }, dutch] } };
  expect(sentences(before, after)).toEqual([
    'Added: { trait: email, exists: true }.',
    'Removed: { segment: suppressed }.',
    'Changed: “{ event: Order Completed, count: { gte: 3 }, during: { last: 365d } }” is now “{ event: Order Completed, count: { gte: 2 }, during: { last: 365d } }”.',
  ]);
});

test('a condition that moved into another group is no new one', () => {
  const before = { where: { all: [dutch, buyers] } };
  const after = { where: { all: [buyers, { not: dutch }] } };
  expect(sentences(before, after)).toEqual(['Moved from “all” to “all › not”: { trait: city, is: Gent }.']);
  expect(sentences({ where: dutch }, { where: { any: [dutch, buyers] } })).toEqual([
    'Added in “any”: { event: Order Completed, count: { gte: 3 }, during: { last: 365d } }.',
    'Moved from the only condition to “any”: { trait: city, is: Gent }.',
  ]);
});

test('of two conditions on one trait, the edit is that of the one at its place', () => {
  const [low, high] = [
    { trait: 'score', gt: 1 },
    { trait: 'score', lt: 9 },
  ];
  const changes = diffDefinitions({ where: { all: [low, high] } }, { where: { all: [low, { trait: 'score', lt: 8 }] } }, written);
  expect(changes).toEqual([
    {
      is: 'changed',
      path: 'where.all[1]',
      before: '{ trait: score, lt: 9 }',
      after: '{ trait: score, lt: 8 }',
      sentence: 'Changed: “{ trait: score, lt: 9 }” is now “{ trait: score, lt: 8 }”.',
    },
  ]);
});

test('settings are told by their names, and the order of keys is no difference', () => {
  const before = { id: 'a', title: 'Old', entity: 'person', guard: { allow_empty: true, max_growth: 5 }, where: dutch };
  const after = {
    id: 'a',
    title: 'New',
    entity: 'person',
    guard: { max_growth: 5, allow_empty: true },
    where: { is: 'Gent', trait: 'city' },
  };
  expect(sentences(before, { ...after, timezone: 'UTC' })).toEqual(['Set: timezone is UTC.', 'Changed: title is now New; it was Old.']);
  expect(sentences({ ...after, as_of: '2026-01-01' }, after)).toEqual(['Taken away: as_of, which was 2026-01-01.']);
});

test('the first version, the removal, and a document of a shape that nobody knows any more', () => {
  expect(sentences(undefined, { where: { all: [dutch, buyers] } })).toEqual(['The segment was made, with 2 conditions.']);
  expect(sentences({ where: dutch }, undefined)).toEqual(['The segment was archived.']);
  expect(sentences({ where: 'x' }, { where: [1] })).toEqual(['Changed: “x” is now “[1]”.']);
  expect(sentences({}, {})).toEqual([]);
});

test('in Dutch', () => {
  const before = { title: 'Old', where: { all: [dutch, buyers] } };
  const after = { title: 'New', where: { all: [{ trait: 'email', exists: true }, { not: dutch }] } };
  expect(sentences(before, after, 'nl')).toEqual([
    'Toegevoegd: { trait: email, exists: true }.',
    'Verwijderd: { event: Order Completed, count: { gte: 3 }, during: { last: 365d } }.',
    'Verplaatst van “all” naar “all › not”: { trait: city, is: Gent }.',
    'Gewijzigd: title is nu New; het was Old.',
  ]);
  expect(sentences(undefined, before, 'nl')).toEqual(['Het segment is gemaakt, met 2 voorwaarden.']);
});
