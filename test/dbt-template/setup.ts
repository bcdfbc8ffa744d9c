/** Before the tests that open dbt workers: starts the process that these workers are forks of (template.py), and ends it after them. */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownPython } from './python.ts';

const fileHere = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const PROJECT_DIR = fileHere('../..');

export default async function startTemplate(): Promise<(() => Promise<void>) | undefined> {
  // One for all projects of the run.
  if (process.env.SLUICE_TEST_PYTHON !== undefined) return undefined;
  const python = ownPython();
  const folder = await mkdtemp(join(tmpdir(), 'sluice-template-'));
  const socket = join(folder, 'socket');
  const template = spawn(python, [fileHere('./template.py'), socket, PROJECT_DIR, join(folder, 'target')], {
    // Its stdin ends when this process does, however that comes about.
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => {
    template.once('exit', () => resolve());
    // Without Python each test says by itself what is missing.
    template.once('error', () => resolve());
  });
  // A run that is over does not wait for it.
  template.unref();
  const stand = join(folder, 'python');
  const words = [python, '-I', '-S', fileHere('./join.py'), socket, python].map(quoted).join(' ');
  await writeFile(stand, `#!/bin/sh\nexec ${words} "$@"\n`);
  await chmod(stand, 0o755);
  if (template.pid !== undefined) process.env.SLUICE_TEST_PYTHON = stand;
  return async () => {
    delete process.env.SLUICE_TEST_PYTHON;
    template.ref();
    template.stdin.end();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
