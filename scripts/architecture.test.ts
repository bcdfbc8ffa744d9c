import { access, glob, readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const text = await readFile(`${root}docs/architecture.md`, 'utf8');

test('docs/architecture.md names every room of src', async () => {
  const rooms = (await readdir(`${root}src`, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(rooms.length).toBeGreaterThan(15);
  expect(rooms.filter((room) => !text.includes(`\`src/${room}\``) && !text.includes(`src/${room} `))).toEqual([]);
});

test('docs/architecture.md names no file and no room that is gone', async () => {
  const missing: string[] = [];
  for (const [, path = ''] of text.matchAll(
    /`((?:src|test|scripts|docs|models|sql|connectors|demo|templates)\/[\w./*-]+|[\w.-]+\.mjs)`/g,
  )) {
    const found = path.includes('*') ? (await Array.fromAsync(glob(path, { cwd: root }))).length > 0 : await isThere(`${root}${path}`);
    if (!found) missing.push(path);
  }
  expect(missing).toEqual([]);
});

/** The last column of the table of promises. */
test('each promise of docs/architecture.md is shown by a test file that is there', async () => {
  const shown = [...text.matchAll(/^\| .* \| .* \| `([^`]+)` \|$/gm)].map(([, path = '']) => path);
  expect(shown.length).toBeGreaterThan(10);
  for (const path of shown) {
    expect(path).toMatch(/\.test\.ts$/);
    expect(await Array.fromAsync(glob(path, { cwd: root })), path).not.toEqual([]);
  }
});

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
