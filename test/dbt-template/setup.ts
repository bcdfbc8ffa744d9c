/**
 * Before the tests that start processes: makes what these share. The dbt workers are forks of one that has loaded dbt (template.py), and each
 * Node process finds the code of the modules compiled by the one before it. Both end with the run.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownPython } from './python.ts';

const fileHere = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const PROJECT_DIR = fileHere('../..');

export default async function share(): Promise<(() => Promise<void>) | undefined> {
  // Once for all projects of the run.
  if (process.env.SLUICE_TEST_PYTHON !== undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'sluice-shared-'));
  const endTemplate = await startTemplate(folder);
  process.env.NODE_COMPILE_CACHE ??= join(folder, 'node');
  return async () => {
    await endTemplate();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}

async function startTemplate(folder: string): Promise<() => Promise<void>> {
  const python = ownPython();
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
  };
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
