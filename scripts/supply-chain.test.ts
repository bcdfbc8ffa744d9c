import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import * as z from 'zod';

const read = (path: string) => readFile(fileURLToPath(new URL(path, import.meta.url)), 'utf8');

/** The embedded server for platforms whose packages the registry did not give when the lockfile was written. */
const WITHOUT_INTEGRITY = ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu'].map((platform) => `node_modules/@chdb/lib-${platform}`);

test('every Node package is taken by its checksum, whatever the platform', async () => {
  const Lockfile = z.object({ packages: z.record(z.string(), z.looseObject({ integrity: z.string().optional() })) });
  const { packages } = Lockfile.parse(JSON.parse(await read('../package-lock.json')));
  const unchecked = Object.entries(packages).filter(([path, { integrity }]) => path !== '' && !/^sha512-/.test(integrity ?? ''));
  expect(unchecked.map(([path]) => path)).toEqual(WITHOUT_INTEGRITY);
});

test.each(['requirements.txt', 'requirements-demo-data.txt'])('every Python package of %s is taken by its checksum', async (file) => {
  const packages = (await read(file)).split(/\n(?=\w)/).filter((text) => text.includes('=='));
  expect(packages.length).toBeGreaterThan(0);
  for (const text of packages) expect(text).toMatch(/^[\w.-]+==[\w.]+.* \\\n( {4}--hash=sha256:[0-9a-f]{64}( \\)?\n?)+/);
});

test('what runs in production has no known hole (where the registry answers such questions)', async ({ skip }) => {
  const Audit = z.object({ vulnerabilities: z.record(z.string(), z.object({ severity: z.string() })) });
  const { stdout } = await promisify(execFile)('npm', ['audit', '--omit=dev', '--json'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    // A registry that does not answer says nothing.
    timeout: 20_000,
  }).catch((error: { stdout: string }) => error);
  const audit = Audit.safeParse(JSON.parse(stdout || '{}'));
  if (!audit.success) return skip('the registry has no list of known holes');
  const grave = Object.entries(audit.data.vulnerabilities).filter(([, { severity }]) => ['high', 'critical'].includes(severity));
  expect(grave).toEqual([]);
});
