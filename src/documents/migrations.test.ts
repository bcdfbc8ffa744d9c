import { expect, test } from 'vitest';
import { currentVersion, migrateDocument } from './migrations.ts';
import { readWritten } from './written.ts';

const SEGMENT: Parameters<typeof migrateDocument>[0] = {
  kind: 'segment',
  migrations: [
    { from: 1, apply: ({ filter, ...rest }) => ({ ...rest, where: filter }) },
    { from: 2, apply: (document) => ({ entity: 'person', ...document }) },
  ],
};
const SYNC = { kind: 'sync', migrations: [] };
const read = (text: string) => migrateDocument(SEGMENT, readWritten(text).value as Record<string, unknown>);

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
  expect(migrateDocument(SYNC, { version: 2 })).toMatchObject({
    problem: { message: 'there is no version 2 of a sync: this Sluice reads version 1.' },
  });
});

test('a kind without migrations is at its first version, and such a document stays what it was', () => {
  expect(currentVersion(SYNC)).toBe(1);
  expect(currentVersion(SEGMENT)).toBe(3);
  expect(migrateDocument(SYNC, { id: 'a', version: 1 })).toEqual({ ok: true, from: 1, document: { id: 'a' } });
});
