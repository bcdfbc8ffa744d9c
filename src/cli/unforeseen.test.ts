import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

/** Runs `code` in a process that survives uncaught errors. @returns its log and exit code. */
async function run(code: string): Promise<{ log: Record<string, unknown>[]; exitCode: number | null }> {
  const here = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const script = `
    const { surviveUnforeseen } = await import(${here('./unforeseen.ts')});
    const { createLogger } = await import(${here('../log.ts')});
    surviveUnforeseen(createLogger({ SLUICE_LOG_LEVEL: 'info' }), () => setTimeout(() => process.exit(1), 20));
    setTimeout(() => process.exit(0), 300);
    ${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'ignore', 'pipe'] });
  const lines = text(child.stderr);
  const exitCode = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  const log = (await lines).trim().split('\n');
  return { log: log.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>), exitCode };
}

test('an unhandled rejection is logged without its message, and the process goes on', async () => {
  const { log, exitCode } = await run(`Promise.reject(new TypeError('ada@example.com'));`);
  expect(exitCode).toBe(0);
  expect(log).toMatchObject([{ level: 50, name: 'TypeError', msg: 'an unhandled rejection' }]);
  expect(JSON.stringify(log)).not.toContain('ada@example.com');
});

test('an error of one connection without a listener is logged, and the process goes on', async () => {
  const { log, exitCode } = await run(`(await import('node:net')).connect(1, '127.0.0.1');`);
  expect(exitCode).toBe(0);
  expect(log).toMatchObject([{ level: 50, code: 'ECONNREFUSED', msg: 'an unhandled error event' }]);
});

test('any other exception ends the process in order', async () => {
  const { log, exitCode } = await run(`setTimeout(() => { throw new Error('ada@example.com'); });`);
  expect(exitCode).toBe(1);
  expect(log).toMatchObject([{ level: 60, name: 'Error' }]);
  expect(JSON.stringify(log)).not.toContain('ada@example.com');
});
