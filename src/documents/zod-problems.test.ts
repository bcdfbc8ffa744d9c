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
    "schedule: expected one of { cron: '30 3 * * 1' }, { every: 15m }, { after: source }. Did you mean every?",
  ],
  [
    'nothing of a schedule',
    { ...sync, schedule: {} },
    "schedule: expected one of { cron: '30 3 * * 1' }, { every: 15m }, { after: source }",
  ],
  [
    'a number in place of a text in one of several shapes',
    { ...sync, schedule: { every: 15 } },
    'schedule.every: expected a text, not a number',
  ],
  [
    'a word too many in one of several shapes',
    { ...sync, schedule: { every: '2h', zone: 'UTC' } },
    'schedule.zone: there is no zone here.',
  ],
  ['a misspelt choice', { ...sync, mode: 'miror' }, 'mode: expected upsert, mirror or audience. Did you mean mirror?'],
  [
    'a name that cannot be one',
    { ...sync, fields: { 'a.b': 'x' } },
    'fields.a.b: expected at most 128 characters, without dots, quotes and backslashes',
  ],
  ['nothing in place of names', { ...sync, options: null }, 'options: expected names with values (`name: value`), not nothing'],
  ['an empty text', { ...sync, title: '' }, 'title: is empty: at least 1 character'],
  ['a share in percent', { ...sync, guard: { max_removed_share: 30 } }, 'guard.max_removed_share: a share from 0 to 1: 0.3 is 30 %'],
  ['something missing', { ...sync, key: undefined }, 'key: is missing'],
  ['a value of another type', { ...sync, title: 3 }, 'title: expected a text, not a number'],
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
