import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { clickhouseTime, distinctTables, qualified, quoteIdentifier, quoteIfNeeded, quoteText } from './sql-text.ts';

test.each([
  ['plain', '`plain`'],
  ['order id', '`order id`'],
  ['a`b', '`a\\`b`'],
  ['a\\', '`a\\\\`'],
  ['a\\`; drop', '`a\\\\\\`; drop`'],
  ['', '``'],
])('the name %j is written %s', (name, written) => {
  expect(quoteIdentifier(name)).toBe(written);
});

test.each([
  ["it's", "'it\\'s'"],
  ["\\'", "'\\\\\\''"],
])('the text %j is written %s', (text, written) => {
  expect(quoteText(text)).toBe(written);
});

test('a name that is shown has marks only where it needs them', () => {
  expect(['sales', 'my sales', '1st', 'NULL', 'inf'].map(quoteIfNeeded)).toEqual(['sales', '`my sales`', '`1st`', '`NULL`', '`inf`']);
  expect(qualified({ database: 'shop', table: 'a`b' })).toBe('`shop`.`a\\`b`');
});

test('tables are listed once, in the order of their first place', () => {
  const [a, b] = [
    { database: 'x', table: 'a' },
    { database: 'x', table: 'b' },
  ];
  expect(distinctTables([b, a, { ...b }])).toEqual([b, a]);
});

test('a moment beyond DateTime64(3) is the nearest that it can hold', () => {
  expect([Date.UTC(2026, 2, 1, 9), -1e15, 1e15].map(clickhouseTime)).toEqual([
    '2026-03-01 09:00:00.000',
    '1900-01-01 00:00:00.000',
    '2299-12-31 23:59:59.999',
  ]);
});

test('no other file escapes names or texts for SQL', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  // A replacement that begins with a backslash.
  const escapes = /replace(All)?\(.*(,|=>)\s*['"`]\\\\/;
  // The last one counts what the client escapes.
  const allowed = ['src/sql/sql-text.ts', 'src/shell-word.ts', 'src/segments/limits.ts'];
  const found = [];
  for (const folder of ['src', 'connectors']) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      const file = `${folder}/${name.replaceAll('\\', '/')}`;
      if (!file.endsWith('.ts') || file.endsWith('.test.ts') || allowed.includes(file)) continue;
      for (const line of (await readFile(join(root, file), 'utf8')).split('\n'))
        if (escapes.test(line)) found.push(`${file}: ${line.trim()}`);
    }
  }
  expect(found).toEqual([]);
});
