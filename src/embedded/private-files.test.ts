import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assertFreeSpace, passwordsFor, privateFolder, readJson, serialised, writePrivate } from './private-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-private-'));
});
afterEach(() => rm(folder, { recursive: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test('passwords are made once, kept, and readable by their owner only', async () => {
  const first = await passwordsFor(folder, 'clickhouse', ['owner', 'reader']);
  expect(first.owner).toMatch(/^[\w-]{32}$/);
  expect(first.reader).not.toBe(first.owner);
  expect(await passwordsFor(folder, 'clickhouse', ['reader', 'bi'])).toMatchObject({ reader: first.reader, bi: expect.any(String) });
  await passwordsFor(folder, 'postgres', ['sluice']);
  expect(await readJson(join(folder, 'secrets.json'))).toMatchObject({ clickhouse: first, postgres: { sluice: expect.any(String) } });
  expect(await modeOf(join(folder, 'secrets.json'))).toBe(0o600);
});

test('processes that ask for the same passwords at once get the same ones', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => passwordsFor(folder, 'clickhouse', ['owner'])));
  expect(new Set(all.map(({ owner }) => owner)).size).toBe(1);
});

test('a folder that was open to others is closed', async () => {
  const { chmod, mkdir } = await import('node:fs/promises');
  await mkdir(join(folder, 'data'));
  await chmod(join(folder, 'data'), 0o755);
  await privateFolder(join(folder, 'data'));
  expect(await modeOf(join(folder, 'data'))).toBe(0o700);
});

test('a file is replaced whole, and nothing is left beside it', async () => {
  const path = join(folder, 'file');
  await writePrivate(path, 'one');
  await writePrivate(path, 'two');
  expect(await readFile(path, 'utf8')).toBe('two');
  expect(await readdir(folder)).toEqual(['file']);
});

test('a folder that cannot be made is named, with what to do', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(privateFolder(join(folder, 'file', 'below'))).rejects.toMatchObject({
    code: 'embedded.no_access',
    message: expect.stringContaining(join(folder, 'file', 'below')),
    hint: expect.stringContaining('SLUICE_DATA_DIR'),
  });
});

// procfs and devfs report no free space, which is what a full disk looks like from here.
test('a full disk is named before a server is started on it', async () => {
  await expect(assertFreeSpace(process.platform === 'linux' ? '/proc' : '/dev')).rejects.toMatchObject({
    code: 'embedded.no_space',
    hint: expect.stringContaining('SLUICE_DATA_DIR'),
  });
  await expect(assertFreeSpace(folder)).resolves.toBeUndefined();
});

test('work under one name never overlaps', async () => {
  let running = 0;
  const work = () =>
    serialised(folder, 'name', async () => {
      running += 1;
      expect(running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
    });
  await Promise.all([work(), work(), work()]);
});
