import { glob } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { errorsPage } from './errors-page.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('docs/errors.md has a section for every room that declares errors, without a list of rooms to keep', async () => {
  const page = await errorsPage(root);
  const rooms = (await Array.fromAsync(glob('src/*/errors.ts', { cwd: root }))).length;
  expect(page.match(/^## /gm)?.length).toBeGreaterThanOrEqual(rooms);
  expect(page).toMatch(/\| `config\.invalid` \| An environment variable .* \| config \| 500 \| 3 \|/);
});
