/** Files in the data directory that hold passwords and tokens: readable by their owner only, and replaced whole or not at all. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lock } from 'proper-lockfile';
import { errors } from './errors.ts';

/** A start writes a few MB; below this the server would die half-way with a less clear message. */
const MIN_FREE_BYTES = 200 * 1024 * 1024;

/** Creates `path` with mode 700, parents included; an existing folder is narrowed to 700. */
export async function privateFolder(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOSPC') throw errors.no_space(`No space is left on the disk of ${path}.`, { cause });
    throw errors.no_access(`The folder ${path} cannot be used (${code}).`, { cause });
  }
  return path;
}

/** @throws CdpError `embedded.no_space` when the disk of `folder` is nearly full. */
export async function assertFreeSpace(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes < MIN_FREE_BYTES) {
    throw errors.no_space(
      `Only ${Math.floor(freeBytes / 1024 / 1024)} MB are free on the disk of ${folder}; the embedded servers need 200 MB to start.`,
    );
  }
}

/**
 * Written to another name and renamed, so that neither a reader nor a crash sees half a file. When it resolves the file is on disk, so that
 * later steps may rely on it.
 */
export async function writePrivate(path: string, text: string): Promise<void> {
  const aside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = await open(aside, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, path);
  const folder = await open(dirname(path));
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** @returns the parsed file, or undefined when there is none or it does not parse. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Runs `work` while no other process runs work under the same name in `folder`. A killed holder blocks others for 15 s at most. With a
 * shorter limit, a process that merely got no CPU for a while would count as dead.
 */
export async function serialised<T>(folder: string, name: string, work: () => Promise<T>): Promise<T> {
  // The library keeps one lock per path and process, so two names in one folder must be two paths. The path need not exist.
  const release = await lock(join(folder, name), {
    realpath: false,
    stale: 15_000,
    update: 1_000,
    retries: { retries: 600, factor: 1, minTimeout: 50, maxTimeout: 200, randomize: true },
  });
  try {
    return await work();
  } finally {
    await release();
  }
}

/**
 * Passwords of one service from `<dataDir>/secrets.json`; missing ones are generated (192 random bits each) and kept.
 *
 * @returns one password per name.
 */
export async function passwordsFor<N extends string>(dataDir: string, service: string, names: readonly N[]): Promise<Record<N, string>> {
  const path = join(await privateFolder(dataDir), 'secrets.json');
  return serialised(dataDir, 'secrets', async () => {
    const all = asRecord(await readJson(path));
    const kept = asRecord(all[service]);
    const passwords = {} as Record<N, string>;
    for (const name of names) {
      const known = kept[name];
      passwords[name] = typeof known === 'string' ? known : randomBytes(24).toString('base64url');
    }
    if (names.some((name) => kept[name] !== passwords[name])) {
      await writePrivate(path, `${JSON.stringify({ ...all, [service]: { ...kept, ...passwords } }, null, 2)}\n`);
    }
    return passwords;
  });
}

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

export const logFolder = (dataDir: string) => join(dataDir, 'logs');
export const runFolder = (dataDir: string) => join(dataDir, 'run');
