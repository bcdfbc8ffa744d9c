import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defineErrors } from '../errors.ts';
import { examine, examineDisk, examinePermissions } from './doctor.ts';

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
