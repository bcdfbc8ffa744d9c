import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTruthSets } from './read-sets.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-truth-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('records of one’s own and the public sets are read from one folder, gzipped or not; other files are left alone', async () => {
  await writeFile(join(dir, 'ours.csv'), 'person,email,first_name\np1,ada@example.com,Ada\np1,,Ada\n');
  await writeFile(join(dir, 'febrl_dataset1.csv.gz'), gzipSync('rec_id, given_name, surname\nrec-7-org, ada, byron\n'));
  await writeFile(join(dir, 'README.md'), 'not a set');
  expect(await readTruthSets(dir)).toMatchObject([
    { name: 'febrl1', records: [{ id: 'record-rec-7-org', person: '7', values: { first_name: 'ada', last_name: 'byron' } }] },
    {
      name: 'ours',
      kinds: ['email', 'first_name'],
      records: [
        { id: 'record-1', person: 'p1', values: { email: 'ada@example.com', first_name: 'Ada' } },
        { id: 'record-2', person: 'p1', values: { email: '', first_name: 'Ada' } },
      ],
    },
  ]);
});

test.each([
  ['email\nada@example.com\n', 'has no column `person`'],
  ['person,nickname\np1,Ada\n', 'has the columns nickname; known are person, record, first_name'],
])('%j is no truth set', async (text, message) => {
  await writeFile(join(dir, 'wrong.csv'), text);
  await expect(readTruthSets(dir)).rejects.toThrow(message);
});
