import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MACROS = fileURLToPath(new URL('../sql/macros', import.meta.url));

/** What dbt evaluates: `{{ … }}` and `{% … %}`, and neither SQL nor comments. */
const EVALUATED = /\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}/gs;

test('macros of the package call each other by their full names: called from a model of a project, dbt knows them by no other', async () => {
  const files = (await readdir(MACROS, { recursive: true })).filter((file) => file.endsWith('.sql'));
  const texts = await Promise.all(files.map(async (file) => ({ file, text: await readFile(join(MACROS, file), 'utf8') })));
  const names = texts.flatMap(({ text }) => [...text.matchAll(/\{%-?\s*macro (\w+)\(/g)].map(([, name]) => name ?? ''));
  expect(names.length).toBeGreaterThan(250);
  // A name within a text is SQL: `'arrayMap(' …`.
  const bare = new RegExp(String.raw`(?<![\w.'"$])(${names.join('|')})\(`, 'g');
  const found = texts.flatMap(({ file, text }) =>
    [...text.matchAll(EVALUATED)]
      .map(([part]) => part.replace(/^\{%-?\s*(macro|materialization) \w+\(/, ''))
      .filter((part) => !part.startsWith('{#'))
      .flatMap((part) => [...part.matchAll(bare)].map(([, name]) => `${file}: ${name}`)),
  );
  expect(found).toEqual([]);
});
