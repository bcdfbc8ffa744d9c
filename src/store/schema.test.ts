import { readdir, readFile } from 'node:fs/promises';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import { expect, test } from 'vitest';
import * as schema from './schema.ts';

test('the migrations make exactly what the schema declares (else: npx --no-install drizzle-kit generate --name what_changed)', async () => {
  const folder = new URL('./migrations/meta/', import.meta.url);
  const newest = (await readdir(folder))
    .filter((name) => name.endsWith('_snapshot.json'))
    .sort()
    .at(-1);
  const recorded = JSON.parse(await readFile(new URL(newest ?? '', folder), 'utf8'));
  const current = generateDrizzleJson(schema, recorded.id, ['sluice', 'sluice_jobs']);
  expect(await generateMigration(recorded, current)).toEqual([]);
});
