import { chmod, copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { beginRotation, endRotation, readSecretKeys } from './secret-key.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-key-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const read = async (SLUICE_SECRET_KEY?: string) =>
  (await readSecretKeys({ dataDir, SLUICE_SECRET_KEY, SLUICE_SECRET_KEY_FORMER: undefined })).current;
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

describe('a change of the key', () => {
  const ofFile = () => ({ dataDir, SLUICE_SECRET_KEY: undefined, SLUICE_SECRET_KEY_FORMER: undefined });

  test('makes a new one, and keeps the former until the end', async () => {
    const before = await read();
    const { current, former } = await beginRotation(ofFile());
    expect(former?.bytes).toEqual(before.bytes);
    expect(current.id).not.toBe(before.id);
    expect(await readSecretKeys(ofFile())).toEqual({ current, former: before });
    expect((await stat(`${path()}.former`)).mode & 0o777).toBe(0o600);
    await endRotation(ofFile(), former?.id);
    expect(await readSecretKeys(ofFile())).toEqual({ current, former: undefined });
  });

  test('that ends late leaves what a later one has begun', async () => {
    const { former: first } = await beginRotation(ofFile());
    await endRotation(ofFile(), first?.id);
    const begun = await beginRotation(ofFile());
    // Of a second command, which went on with the first change and was slower.
    await endRotation(ofFile(), first?.id);
    expect(await readSecretKeys(ofFile())).toEqual(begun);
  });

  test('that broke off goes on with the key that it made, wherever it broke off', async () => {
    const before = await read();
    const begun = await beginRotation(ofFile());
    expect(await beginRotation(ofFile())).toEqual(begun);
    // Killed between the two files: the former key is kept, and the new one was not made yet.
    await copyFile(`${path()}.former`, path());
    const again = await beginRotation(ofFile());
    expect(again.former?.bytes).toEqual(before.bytes);
    expect([before.id, begun.current.id]).not.toContain(again.current.id);
  });

  test('of the environment needs both keys', async () => {
    const [SLUICE_SECRET_KEY, SLUICE_SECRET_KEY_FORMER] = [7, 8].map((byte) => Buffer.alloc(32, byte).toString('base64'));
    const only = { dataDir, SLUICE_SECRET_KEY, SLUICE_SECRET_KEY_FORMER: undefined };
    await expect(beginRotation(only)).rejects.toMatchObject({ code: 'store.no_former_key', exitCode: 2 });
    expect((await beginRotation({ ...only, SLUICE_SECRET_KEY_FORMER })).former?.bytes).toEqual(Buffer.alloc(32, 8));
    await expect(readFile(path())).rejects.toThrow('ENOENT');
  });
});
