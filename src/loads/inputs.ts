/** The files that a load's input stands for: one file, all files of a folder, or the download from an address. */
import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, type Dirent, type Stats } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errors } from './errors.ts';
import { fetchTo } from './fetch.ts';
import { type FileKind, isCertain, kindOf } from './format.ts';

export interface InputFile {
  readonly path: string;
  /** The name without its folder. Nothing else of the path is recorded. */
  readonly name: string;
  readonly bytes: number;
  readonly kind: FileKind;
  /** SHA-256 of the content, in hex. */
  readonly contentHash: string;
}

export interface GatherOptions {
  /** Folder for a download while it is loaded. */
  readonly folder: string;
  readonly allowPrivateNetwork: boolean;
  readonly signal: AbortSignal;
}

/**
 * Calls `work` with the files, in the order of their names, and with sentences about the files that are left out. A download is removed
 * afterwards.
 * @throws CdpError of this room.
 */
export async function withInputs<T>(
  from: string,
  options: GatherOptions,
  work: (files: readonly InputFile[], warnings: readonly string[]) => Promise<T>,
): Promise<T> {
  const { signal } = options;
  if (!/^https?:\/\//i.test(from)) {
    const { paths, warnings } = await pathsOf(from);
    const files: InputFile[] = [];
    for (const path of paths) files.push(await inputOf(path, basename(path), signal));
    return work(files, warnings);
  }
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  await removeAbandoned(options.folder);
  const path = join(options.folder, `download-${randomUUID()}`);
  try {
    const name = await fetchTo(from, path, options);
    return await work([await inputOf(path, name, signal)], []);
  } finally {
    await rm(path, { force: true });
  }
}

/** Age after which a download is a leftover of a killed load: no load takes as long. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) await rm(path, { force: true });
  }
}

const ABANDONED_AFTER_MS = 24 * 3_600_000;

interface Found {
  readonly paths: readonly string[];
  readonly warnings: readonly string[];
}

async function pathsOf(from: string): Promise<Found> {
  const found = await stat(from).catch((cause: unknown) => {
    const isPattern = /[*?[\]{}]/.test(from);
    throw errors.unreadable(
      `${from} cannot be read${isPattern ? ': it looks like a pattern, which is not supported. Give the folder, or one file' : ''}`,
      { cause },
    );
  });
  if (!found.isDirectory()) {
    assertRegular(found, from);
    return { paths: [from], warnings: [] };
  }
  const entries = (await readdir(from, { withFileTypes: true }))
    .filter(({ name }) => !name.startsWith('.'))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const taken = entries.filter((entry) => whyLeftOut(entry) === undefined);
  const leftOut = entries.flatMap((entry) => whyLeftOut(entry) ?? []);
  if (taken.length === 0)
    throw errors.nothing(`${from} holds no file that can be loaded${leftOut.length === 0 ? '' : `: ${listed(leftOut)}`}`);
  return {
    paths: taken.map(({ name }) => join(from, name)),
    warnings: leftOut.length === 0 ? [] : [`Left out of the folder: ${listed(leftOut)}. To load one of them, name the file itself`],
  };
}

/** For a folder: leaves out what is not a regular file, and files whose name does not say that they are data. */
function whyLeftOut(entry: Dirent): string | undefined {
  const kind = kindOfEntry(entry);
  if (kind !== undefined) return `${entry.name} (${kind})`;
  return isCertain(entry.name) ? undefined : entry.name;
}

/** What it is instead of a regular file. Opening a named pipe without a writer would wait for ever, and a device never ends. */
function kindOfEntry(entry: Dirent | Stats): string | undefined {
  if (entry.isFile()) return undefined;
  if (entry.isDirectory()) return 'a folder';
  if (entry.isSymbolicLink()) return 'a symbolic link';
  if (entry.isFIFO()) return 'a pipe';
  return entry.isSocket() ? 'a socket' : 'a device';
}

function assertRegular(found: Stats, path: string): void {
  const kind = kindOfEntry(found);
  if (kind !== undefined) throw errors.unreadable(`${path} is ${kind}; only files can be loaded. Write what it holds into a file first`);
}

const LISTED = 10;

const listed = (names: readonly string[]) =>
  `${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ` and ${names.length - LISTED} more` : ''}`;

async function inputOf(path: string, name: string, signal: AbortSignal): Promise<InputFile> {
  // Opened without waiting: what was a file a moment ago may be a pipe now.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw errors.unreadable(`${path} cannot be read`, { cause });
  });
  try {
    const found = await file.stat();
    assertRegular(found, path);
    const { size } = found;
    if (size === 0) throw errors.nothing(`${name} is empty`);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return { path, name, bytes: size, kind: kindOf(name, buffer.subarray(0, bytesRead)), contentHash: await hashOf(path, signal) };
  } finally {
    await file.close();
  }
}

/** Bytes that tell the format: enough to see a line break after a bracket. */
const HEAD_BYTES = 64;

async function hashOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
