/** Files in a folder, for connectors whose destination is one. */
import { access, constants, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { projectFolder } from '../project-folder.mjs';

export interface Folder {
  /**
   * Writes or replaces a file. Readers see all of it or nothing, and after this resolves it survives a power cut. It is written beside the
   * target under a name that starts with a dot, flushed, and renamed.
   */
  replace(name: string, text: string): Promise<void>;
}

/**
 * The absolute path of a folder that a destination names. A relative path counts from the project, so that it is the same folder wherever
 * in the project a command or the service is started.
 */
export function folderPath(folder: string): string {
  const cwd = process.cwd();
  return resolve(projectFolder(process.env, cwd) ?? cwd, folder);
}

/**
 * `name` inside `parent`, made when missing. The parent must exist and be writable: a typing error in a configured path must not create
 * folders in a wrong place.
 * @throws the operating system's error (ENOENT, EACCES, …).
 */
export async function openFolder(parent: string, name: string): Promise<Folder> {
  await access(parent, constants.W_OK);
  const folder = join(parent, name);
  await mkdir(folder, { recursive: true });
  return {
    async replace(file, text) {
      const partial = join(folder, `.${file}.part`);
      try {
        await writeThrough(partial, text);
        await rename(partial, join(folder, file));
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
      await flush(folder);
    },
  };
}

/**
 * The state of the folder, read without changing it; undefined when it does not exist. `identity` is the time of its creation: a folder
 * that was deleted and made again has another (its inode may be the same). File systems without a creation time, such as NFS, give an empty
 * text.
 * @throws as openFolder does.
 */
export async function lookInFolder(parent: string, name: string): Promise<{ identity: string; isEmpty: boolean } | undefined> {
  await access(parent, constants.W_OK);
  const folder = join(parent, name);
  try {
    const [names, { birthtimeNs }] = await Promise.all([readdir(folder), stat(folder, { bigint: true })]);
    return { identity: birthtimeNs > 0n ? String(birthtimeNs) : '', isEmpty: names.every((file) => file.startsWith('.')) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeThrough(path: string, text: string): Promise<void> {
  const handle = await open(path, 'w', 0o640);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Flushes the folder: the rename is stored in the folder, not in the file. */
async function flush(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
