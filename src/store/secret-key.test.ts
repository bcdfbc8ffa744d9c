import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSecretKey } from './secret-key.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-key-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const read = (SLUICE_SECRET_KEY?: string) => readSecretKey({ dataDir, SLUICE_SECRET_KEY });
const path = () => join(dataDir, 'secret.key');

test('the key is made once, readable by its owner only, and stays the same', async () => {
  const first = await read();
  expect((await stat(path())).mode & 0o777).toBe(0o600);
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  expect((await read()).bytes).toEqual(first.bytes);
});

test('ten first uses at the same time agree on one key', async () => {
  const keys = await Promise.all(Array.from({ length: 10 }, () => read()));
  expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
});

test('SLUICE_SECRET_KEY wins and writes no file', async () => {
  const bytes = Buffer.alloc(32, 7);
  expect((await read(bytes.toString('base64'))).bytes).toEqual(bytes);
  await expect(readFile(path())).rejects.toThrow('ENOENT');
});

test('a key file that others may read is refused, with the command that mends it', async () => {
  await read();
  await chmod(path(), 0o640);
  await expect(read()).rejects.toMatchObject({ code: 'store.secret_key_file', hint: expect.stringContaining('chmod 600') });
});

test('a damaged key file is refused, not replaced', async () => {
  await writeFile(path(), 'short', { mode: 0o600 });
  await expect(read()).rejects.toMatchObject({ code: 'store.secret_key_file' });
  expect(await readFile(path(), 'utf8')).toBe('short');
});
