/** How a command finds the keeper of a data directory, and how it finds a server that a killed keeper left behind. */
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as z from 'zod';
import { privateFolder, readJson, runFolder, writePrivate } from './private-files.ts';
import type { ServiceName } from './service.ts';

const RunFile = z.object({
  pid: z.number().int(),
  controlPort: z.number().int(),
  token: z.string(),
});
export type RunFile = z.output<typeof RunFile>;

const ServerFile = z.object({
  pid: z.number().int(),
  /** An argument that only our server process has. */
  argument: z.string(),
});

const keeperPath = (dataDir: string, name: ServiceName) => join(runFolder(dataDir), `${name}.json`);
const serverPath = (dataDir: string, name: ServiceName) => join(runFolder(dataDir), `${name}-server.json`);

/** @returns what the last keeper wrote. That keeper may be gone: only an answered hello proves that it runs. */
export async function readRunFile(dataDir: string, name: ServiceName): Promise<RunFile | undefined> {
  return RunFile.safeParse(await readJson(keeperPath(dataDir, name))).data;
}

export async function writeRunFile(dataDir: string, name: ServiceName, content: RunFile): Promise<void> {
  await privateFolder(runFolder(dataDir));
  await writePrivate(keeperPath(dataDir, name), JSON.stringify(content));
}

/** Removes the run file, unless another keeper has written its own since. */
export async function removeRunFile(dataDir: string, name: ServiceName, pid: number): Promise<void> {
  const current = await readRunFile(dataDir, name);
  if (current?.pid === pid) await rm(keeperPath(dataDir, name), { force: true });
}

export async function recordServer(dataDir: string, name: ServiceName, pid: number, argument: string): Promise<void> {
  await writePrivate(serverPath(dataDir, name), JSON.stringify({ pid, argument }));
}

/**
 * Waits for the recorded server to end, and ends it by force after `patienceMs`. A server notices by itself that its keeper is gone
 * (parent.ts) but needs a moment to close its files; starting a second one on the same folder meanwhile would fail.
 */
export async function endOrphan(dataDir: string, name: ServiceName, patienceMs = 5_000): Promise<void> {
  const server = ServerFile.safeParse(await readJson(serverPath(dataDir, name))).data;
  if (server === undefined) return;
  const deadline = Date.now() + patienceMs;
  while (await isOurs(server.pid, server.argument)) {
    if (Date.now() > deadline) process.kill(server.pid, 'SIGKILL');
    await sleep(50);
  }
  await rm(serverPath(dataDir, name), { force: true });
}

/** A process id alone proves nothing: the system reuses it. The command line must name our folder. */
async function isOurs(pid: number, argument: string): Promise<boolean> {
  return (await commandLine(pid)).includes(argument);
}

/** @returns '' when the process is gone or is a zombie, which holds no files any more. */
async function commandLine(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') return await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return (await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)])).stdout;
  } catch {
    // Both ways fail alike when there is no such process, and that is the answer.
    return '';
  }
}
