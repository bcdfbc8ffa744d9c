import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { tallyLine } from './tally-reporter.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Vitest itself, on three small files made for it. */
async function run(...files: string[]): Promise<{ lastLine: string | undefined; exitCode: number | null }> {
  const child = spawn(
    process.execPath,
    [`${root}node_modules/vitest/vitest.mjs`, 'run', '--root', `${root}test/fixtures/tally`, ...files],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const [output, exitCode] = await Promise.all([text(child.stdout), new Promise<number | null>((done) => child.on('close', done))]);
  return { lastLine: output.trimEnd().split('\n').at(-1), exitCode };
}

test('the last line of a green run counts test cases, not files', { timeout: 30_000 }, async () => {
  expect(await run('green')).toEqual({ lastLine: '3 passed, 0 failed, 1 skipped', exitCode: 0 });
});

test('a failed test, a set-up that throws and a file that does not load count as one failure each', { timeout: 30_000 }, async () => {
  expect(await run('green', 'red', 'broken')).toEqual({ lastLine: '3 passed, 3 failed, 2 skipped', exitCode: 1 });
});

test('the line mentions skipped tests only when there are some', () => {
  expect(tallyLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
});
