import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MIGRATIONS_FOLDER, readMigrations } from './migrations.ts';

describe('sql/warehouse', () => {
  test('is numbered from 0001 without gaps', async () => {
    const numbers = (await readMigrations(MIGRATIONS_FOLDER)).map(({ name }) => Number(name.slice(0, 4)));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  test('every statement may be repeated, so that a crash half-way through a file does no harm', async () => {
    const statements = (await readMigrations(MIGRATIONS_FOLDER)).flatMap(({ name, statements }) =>
      statements.map((sql) => ({ name, sql })),
    );
    const once = statements.filter(
      ({ name, sql }) =>
        !/\b(if not exists|if exists|or replace|materialize column|modify setting)\b/i.test(sql) &&
        // A duplicate file is applied once, and the last attempt of a file counts.
        name !== '0015_ledger_hashes.sql',
    );
    expect(once).toEqual([]);
  });

  test('names no cluster: engines and replication are the operator’s', async () => {
    for (const { name } of await readMigrations(MIGRATIONS_FOLDER)) {
      expect(await readFile(join(MIGRATIONS_FOLDER, name), 'utf8'), name).not.toMatch(/on cluster|Replicated\w*MergeTree/i);
    }
  });
});

describe('a folder of migrations', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-migrations-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const write = (name: string, sql: string) => writeFile(join(folder, name), sql);

  test('is read in the order of its numbers', async () => {
    await write('0002_b.sql', 'select 2;');
    await write('0001_a.sql', '-- first\nselect 1;\nselect 11;');
    await write('notes.txt', 'not a migration');
    expect((await readMigrations(folder)).map(({ name, statements }) => [name, statements.length])).toEqual([
      ['0001_a.sql', 2],
      ['0002_b.sql', 1],
    ]);
  });

  test('has the same checksums whatever the line ends of the checkout', async () => {
    await write('0001_a.sql', 'select 1;\nselect 2;\n');
    const [unix] = await readMigrations(folder);
    await write('0001_a.sql', 'select 1;\r\nselect 2;\r\n');
    const [windows] = await readMigrations(folder);
    expect(windows?.checksum).toBe(unix?.checksum);
  });

  test.each([
    ['1_a.sql', 'select 1', 'not named NNNN_name.sql'],
    ['0001-a.sql', 'select 1', 'not named NNNN_name.sql'],
    ['0001_b.sql', 'select 1', 'have the same number'],
    ['0002_b.sql', '-- nothing yet', 'holds no statement'],
  ])('is refused with %s holding %s', async (name, sql, message) => {
    await write('0001_a.sql', 'select 1');
    await write(name, sql);
    await expect(readMigrations(folder)).rejects.toMatchObject({
      code: 'warehouse.migration_invalid',
      message: expect.stringContaining(message),
    });
  });
});
