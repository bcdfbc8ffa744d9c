/** The files that a person means: one, all of a folder, or what an address answers. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errors } from './errors.ts';
import { fetchTo } from './fetch.ts';
import { type FileKind, formatOfName, kindOf } from './format.ts';

export interface InputFile {
  readonly path: string;
  /** Without its folder: all that is recorded of where it came from. */
  readonly name: string;
  readonly bytes: number;
  readonly kind: FileKind;
  /** SHA-256 of the content, in hex. */
  readonly contentHash: string;
}

export interface GatherOptions {
  /** Where what an address answers is kept while it is loaded. */
  readonly folder: string;
  readonly allowPrivateNetwork: boolean;
  readonly signal: AbortSignal;
}

/** Calls `work` with the files, in the order of their names; a download is removed afterwards. @throws CdpError of this room. */
export async function withInputs<T>(from: string, options: GatherOptions, work: (files: readonly InputFile[]) => Promise<T>): Promise<T> {
  if (!/^https?:\/\//i.test(from)) return work(await Promise.all((await pathsOf(from)).map((path) => inputOf(path, basename(path)))));
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  await removeAbandoned(options.folder);
  const path = join(options.folder, `download-${randomUUID()}`);
  try {
    const name = await fetchTo(from, path, options);
    return await work([await inputOf(path, name)]);
  } finally {
    await rm(path, { force: true });
  }
}

/** Downloads of loads that were killed: none takes as long as this. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) await rm(path, { force: true });
  }
}

const ABANDONED_AFTER_MS = 24 * 3_600_000;

async function pathsOf(from: string): Promise<string[]> {
  const found = await stat(from).catch((cause: unknown) => {
    throw errors.unreadable(`${from} cannot be read`, { cause });
  });
  if (!found.isDirectory()) return [from];
  const names = (await readdir(from)).filter((name) => !name.startsWith('.') && formatOfName(name) !== undefined).sort();
  if (names.length === 0) throw errors.nothing(`${from} holds no file that can be loaded`);
  return names.map((name) => join(from, name));
}

async function inputOf(path: string, name: string): Promise<InputFile> {
  const file = await open(path).catch((cause: unknown) => {
    throw errors.unreadable(`${path} cannot be read`, { cause });
  });
  try {
    const { size } = await file.stat();
    if (size === 0) throw errors.nothing(`${name} is empty`);
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return { path, name, bytes: size, kind: kindOf(name, buffer), contentHash: await hashOf(path) };
  } finally {
    await file.close();
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
