import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WORLD_LISTS } from '../../../test/segments/set-world.ts';
import { worldCatalogue } from '../../../test/segments/world.ts';
import { shapeProblems } from '../../documents/kind.ts';
import { formatProblem } from '../../documents/problem.ts';
import { checkSegment } from '../check-against-catalogue.ts';
import { readDefinition } from '../document.ts';
import { ListDefinition, versionOf, writtenValues } from './definition.ts';
import { attachFile } from './file.ts';
import { listKind } from './kind.ts';
import { valuesIn } from './values-in.ts';

describe('the values in a file', () => {
  test.each([
    [
      'a byte order mark, lines of Windows, empty lines, space and doubles',
      '\uFEFFada@x.nl\r\n\r\n bob@x.nl \r\nada@x.nl',
      undefined,
      ['ada@x.nl', 'bob@x.nl'],
    ],
    ['lines of an old Mac', 'ada\rbob\r', undefined, ['ada', 'bob']],
    ['a value in quotes', '"ada ""a"""\nbob', undefined, ['ada "a"', 'bob']],
    ['nothing', '', undefined, []],
    ['a column among commas', 'name,mail\nAda,ada@x.nl\n"Bo, b",bob@x.nl\n', 'mail', ['ada@x.nl', 'bob@x.nl']],
    [
      'a column among semicolons, with line breaks and quotes in fields',
      'mail;note\nada@x.nl;"one\ntwo; ""three"""\nbob@x.nl;',
      'mail',
      ['ada@x.nl', 'bob@x.nl'],
    ],
    ['a column among tabs', 'name\tmail\nAda\tada@x.nl', 'mail', ['ada@x.nl']],
    ['rows that are too short', 'name,mail\nAda\nBob,bob@x.nl', 'mail', ['bob@x.nl']],
    ['a column alone', 'mail\nada@x.nl', 'mail', ['ada@x.nl']],
    ['a header alone', 'name,mail', 'mail', []],
  ])('of %s', (_, text, column, values) => {
    expect(valuesIn(text, column)).toEqual({ values });
  });

  test.each([
    [
      'several columns of which none is named',
      'name,mail\nAda,ada@x.nl',
      undefined,
      'has several columns (name, mail): say which one, `column: …`',
    ],
    ['a column that is not there', 'name,e-mail\n', 'mail', 'the file has no column mail; it has name, e-mail.'],
    ['two columns of the name', 'mail,mail\n', 'mail', 'the file has 2 columns that are called mail'],
    [
      'a quote that is not closed',
      `mail\n"${'ada@x.nl\n'.repeat(200)}`,
      'mail',
      'has a value of 1,799 characters: no identifier is that long. Look for a quote that is not closed',
    ],
  ])('are not found in %s', (_, text, column, problem) => {
    expect(valuesIn(text, column)).toMatchObject({ problem });
  });

  test('are a million in a few seconds', () => {
    const text = `id;mail\n${Array.from({ length: 1_000_000 }, (_, index) => `${index};p${index}@x.nl`).join('\r\n')}`;
    const found = valuesIn(text, 'mail');
    expect('values' in found && found.values.length).toBe(1_000_000);
  });
});

describe('the file of a list', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-lists-'));
    await writeFile(join(folder, 'members.csv'), 'mail\nada@x.nl\n');
    await writeFile(join(folder, 'latin.csv'), Buffer.from('mail\nJos\xe9@x.nl\n', 'latin1'));
    await symlink('/etc/hostname', join(folder, 'link.csv'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('is what the document stands for: its content is the version of the list', async () => {
    const attached = await attachFile({ id: 'a', title: 'A', entity: 'person', of: 'email', file: 'members.csv', column: 'mail' }, folder);
    const list = ListDefinition.parse('document' in attached ? attached.document : {});
    expect(list.content?.values).toBe(1);
    expect(versionOf(list)).toMatch(/^[0-9a-f]{32}$/);
    expect(versionOf({ ...list, column: 'other' })).not.toBe(versionOf(list));
    expect(versionOf({ ...list, title: 'Another' })).toBe(versionOf(list));
  });

  test.each([
    ['../members.csv', '../members.csv is no name of a file in the folder of the list: write its name alone, such as members.csv'],
    ['/etc/passwd', '/etc/passwd is no name of a file in the folder of the list: write its name alone, such as members.csv'],
    ['link.csv', 'link.csv is a link out of the folder of the list: put the file itself there'],
    ['nowhere.csv', 'there is no file nowhere.csv beside the document'],
    ['latin.csv', 'the characters of latin.csv are not UTF-8: save it as UTF-8 (in Excel: CSV UTF-8)'],
  ])('%s is refused', async (file, message) => {
    expect(await attachFile({ file }, folder)).toEqual({ problems: [{ path: ['file'], message }] });
  });
});

describe('the document of a list', () => {
  const LIST = { id: 'a', title: 'A', entity: 'person', of: 'email' };
  test.each([
    [{ ...LIST }, 'needs the identifiers: `values`, or the `file` that they are in'],
    [{ ...LIST, values: [], file: 'a.csv' }, 'takes one of `values` and `file`, not both'],
    [{ ...LIST, values: [], column: 'a' }, 'is the column of a `file`, and there is none'],
    [{ ...LIST, values: [true] }, 'a text, or a whole number'],
    [
      { ...LIST, of: 5, values: [] },
      'a type of identifiers such as email, the key of the entity, or a unique trait: { trait: store_code }',
    ],
    [{ ...LIST, value: [] }, 'there is no value here. Did you mean values?'],
  ])('is refused where it is wrong (%#)', (document, message) => {
    expect(
      shapeProblems(listKind, document)
        .map((problem) => formatProblem(problem))
        .join('\n'),
    ).toContain(message);
  });

  test('takes what is pasted from a sheet', () => {
    expect(writtenValues(ListDefinition.parse({ ...LIST, values: 'ada@x.nl\r\n\n bob@x.nl\t\n' }))).toEqual(['ada@x.nl', 'bob@x.nl']);
    expect(writtenValues(ListDefinition.parse({ ...LIST, values: [1, '1', ' 1 ', '02'] }))).toEqual(['1', '02']);
  });
});

describe('a condition', () => {
  const problemsOf = (where: object, lists = WORLD_LISTS) => {
    const read = readDefinition({ id: 'one', title: 'One', entity: 'person', where });
    if (!read.ok) return read.problems.map((problem) => formatProblem(problem));
    const checked = checkSegment(read.definition, { catalogue: worldCatalogue(), segments: new Map(), lists });
    return checked.ok ? [] : checked.problems.map((problem) => formatProblem(problem));
  };
  const withList = (list: object) =>
    new Map([['a', ListDefinition.parse({ id: 'a', title: 'A', entity: 'person', values: ['x'], of: 'email', ...list })]]);

  test.each([
    [{ list: 'listed-mails' }, WORLD_LISTS, 'where.list: there is no list listed-mails. Did you mean listed-emails'],
    [{ list: 'a' }, withList({ entity: 'account' }), 'where.list: the list a is of account, this condition of person'],
    [{ list: 'a' }, withList({ of: { trait: 'emale' } }), 'where.list: the list a cannot be used: there is no trait emale of a person.'],
    [
      { list: 'a' },
      withList({ of: { trait: 'tags' } }),
      'where.list: the list a cannot be used: tags is a list: a list is of texts or numbers',
    ],
    [
      { list: 'a' },
      withList({ of: { trait: 'city' } }),
      'city may be the same for several: let dbt test it, `data_tests: [unique]` at the column profiles.city',
    ],
    [{ list: 'a' }, withList({ values: undefined, file: 'a.csv' }), 'the file of the list a was not read: apply the list from its folder'],
    [{ audience: 'regular' }, WORLD_LISTS, 'where.audience: there is no model regular that is an audience. Did you mean regulars?'],
  ])('on what is not there or does not fit is refused (%#)', (where, lists, message) => {
    expect(problemsOf(where, lists).join('\n')).toContain(message);
  });

  test('on a list and an audience is taken', () => {
    expect(problemsOf({ all: [{ list: 'listed-emails' }, { not: { audience: 'regulars' } }] })).toEqual([]);
  });
});
