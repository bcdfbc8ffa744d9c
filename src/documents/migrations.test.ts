import { expect, test } from 'vitest';
import { currentVersion, type DocumentMigration, migrateDocument } from './migrations.ts';
import { readWritten } from './written.ts';

const MIGRATIONS: readonly DocumentMigration[] = [
  { kind: 'segment', from: 1, apply: ({ filter, ...rest }) => ({ ...rest, where: filter }) },
  { kind: 'segment', from: 2, apply: (document) => ({ entity: 'person', ...document }) },
];
const read = (text: string) => migrateDocument('segment', readWritten(text).value as Record<string, unknown>, MIGRATIONS);

test('the text of an older version is read as one of this version, step by step', () => {
  expect(read('id: a\nfilter: { trait: x }\n')).toEqual({
    ok: true,
    from: 1,
    document: { id: 'a', where: { trait: 'x' }, entity: 'person' },
  });
  expect(read('version: 2\nid: a\nwhere: { trait: x }\n')).toMatchObject({ ok: true, from: 2, document: { entity: 'person' } });
  expect(read('version: 3\nid: a\nentity: account\n')).toEqual({ ok: true, from: 3, document: { id: 'a', entity: 'account' } });
});

test('a version that this Sluice does not know is refused where it stands', () => {
  for (const version of ['4', '0', '1.5', 'two']) {
    expect(read(`id: a\nversion: ${version}\n`)).toMatchObject({ ok: false, problem: { path: ['version'] } });
  }
  expect(migrateDocument('sync', { version: 2 }, MIGRATIONS)).toMatchObject({
    problem: { message: 'there is no version 2 of a sync: this Sluice reads version 1.' },
  });
});

test('every kind is at its first version, and such a document stays what it was', () => {
  expect(currentVersion('segment')).toBe(1);
  expect(migrateDocument('segment', { id: 'a', version: 1 })).toEqual({ ok: true, from: 1, document: { id: 'a' } });
});
