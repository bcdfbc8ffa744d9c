import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defineErrors } from '../errors.ts';
import { examine, examineDisk, examineEnvironmentFile, examinePermissions } from './doctor.ts';

const errors = defineErrors('doctor_test', {
  down: { summary: 'A test.', fault: 'transient', status: 503, exitCode: 3, hint: 'Start it.' },
});
const ignore = () => undefined;

test('what fails says why and what to do, what needs it is skipped, and the rest is still examined', async () => {
  const checks = await examine(
    [
      { name: 'server', examine: () => Promise.reject(errors.down('It does not answer')) },
      { name: 'tables', needs: ['server'], examine: () => Promise.resolve('there') },
      { name: 'rows', needs: ['tables'], examine: () => Promise.resolve('there') },
      { name: 'disk', examine: () => Promise.resolve('enough') },
    ],
    ignore,
  );
  expect(checks).toEqual([
    { name: 'server', outcome: 'failed', detail: 'It does not answer', hint: 'Start it.' },
    { name: 'tables', outcome: 'skipped', detail: 'needs server', hint: '' },
    { name: 'rows', outcome: 'skipped', detail: 'needs tables', hint: '' },
    { name: 'disk', outcome: 'ok', detail: 'enough', hint: '' },
  ]);
});

test('a data directory that others can look into is reported with the command that mends it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-doctor-'));
  await chmod(folder, 0o755);
  const [open] = await examine([examinePermissions(folder)], ignore);
  expect(open).toMatchObject({ outcome: 'warning', hint: `Others can look into it. Run: chmod 700 ${folder}` });
  await chmod(folder, 0o700);
  expect((await examine([examinePermissions(folder), examineDisk(folder)], ignore)).map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
  await rm(folder, { recursive: true });
});

test('an .env with secrets that others can read is reported with the names, never the values, and the command that mends it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-doctor-'));
  const file = join(folder, '.env');
  const examination = examineEnvironmentFile(file, ['DATABASE_URL']);
  const outcome = async () => (await examine([examination], ignore))[0];
  expect(await outcome()).toMatchObject({ outcome: 'ok' });
  await writeFile(file, 'DATABASE_URL=postgres://me:hunter2@host/db\nCRM_TOKEN=hunter2\nEMPTY_SECRET=\nA=1\n');
  await chmod(file, 0o644);
  expect(await outcome()).toEqual({
    name: '.env',
    outcome: 'warning',
    detail: `${file} sets 3 variables, 2 of them secret, and has the mode 644`,
    hint: `Others can read CRM_TOKEN, DATABASE_URL. Run: chmod 600 ${file}`,
  });
  await chmod(file, 0o600);
  expect(await outcome()).toMatchObject({ outcome: 'ok' });
  await writeFile(file, 'A=1\n');
  await chmod(file, 0o644);
  expect(await outcome()).toMatchObject({ outcome: 'ok' });
  await rm(folder, { recursive: true });
});
