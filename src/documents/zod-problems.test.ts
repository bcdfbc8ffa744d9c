import { expect, test } from 'vitest';
import { SegmentDefinition } from '../segments/definition.ts';
import { type DestinationDefinition, SyncDefinition } from '../syncs/definition.ts';
import { formatProblem } from './problem.ts';
import { keysAt, problemsOf } from './zod-problems.ts';

const sync = { id: 'x', title: 'x', source: { segment: 's' }, destination: 'd', object: 'row', mode: 'upsert', key: { id: 'id' } };
const told = (schema: typeof SyncDefinition | typeof DestinationDefinition, document: unknown) => {
  const { error } = schema.safeParse(document);
  return error === undefined ? [] : problemsOf(error, { schema, document }).map((problem) => formatProblem(problem));
};

test.each([
  ['a misspelt word', { ...sync, feilds: {} }, 'feilds: there is no feilds here. Did you mean fields?'],
  [
    'a misspelt word further in',
    { ...sync, guard: { max_remove_share: 0.1 } },
    'guard.max_remove_share: there is no max_remove_share here. Did you mean max_removed_share?',
  ],
  [
    'a misspelt word in one of several shapes',
    { ...sync, schedule: { evry: '2h' } },
    "schedule: expected one of { cron: '30 3 * * 1' }, { every: 15m }, { after: source }",
  ],
  ['something missing', { ...sync, key: undefined }, 'key: is missing'],
  ['a value of another type', { ...sync, title: 3 }, 'title: expected string, received number'],
])('%s of a sync is told in words, with its place', (_, document, message) => {
  expect(told(SyncDefinition, document)).toEqual([message]);
});

test('the names that are possible come from the schema itself, through whatever wraps it', () => {
  expect(keysAt(SyncDefinition, ['guard'])).toEqual(['max_removed_share', 'allow_empty']);
  expect(keysAt(SyncDefinition, ['schedule'])).toEqual(['cron', 'every', 'after']);
  expect(keysAt(SegmentDefinition, [])).toContain('schedule');
  const condition = keysAt(SegmentDefinition, ['where', 'all', 0], new Set(['event']));
  expect(condition).toEqual(expect.arrayContaining(['event', 'during', 'count']));
  expect(condition).not.toContain('trait');
});
