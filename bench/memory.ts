/** How much memory a process really holds while something is measured. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as z from 'zod';

/** A dbt build moves memory within seconds; a reading costs well under a millisecond. */
const EVERY_MS = 200;

/** The result of `work`, and the largest resident memory of the process `pid` while it ran, in MB (10^6 bytes). */
export async function watchMemory<T>(pid: number, work: () => Promise<T>): Promise<{ result: T; peakMb: number }> {
  const stop = new AbortController();
  const watching = highestOf(pid, stop.signal);
  try {
    const result = await work();
    stop.abort();
    return { result, peakMb: await watching };
  } finally {
    stop.abort();
  }
}

async function highestOf(pid: number, signal: AbortSignal): Promise<number> {
  let peakMb = 0;
  for (;;) {
    peakMb = Math.max(peakMb, await residentMb(pid));
    if (signal.aborted) return peakMb;
    // Being told to stop ends the pause, and one last reading follows.
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function residentMb(pid: number): Promise<number> {
  const kibibytes = process.platform === 'linux' ? await fromProc(pid, 'VmRSS') : await fromPs(pid);
  return (kibibytes * 1_024) / 1e6;
}

/**
 * The largest resident memory of this process since it started, in MB (10^6 bytes). Linux hands `getrusage`'s figure on through fork and exec,
 * so that a child would report its parent's peak as its own.
 */
export async function ownPeakMb(): Promise<number> {
  const kibibytes = process.platform === 'linux' ? await fromProc(process.pid, 'VmHWM') : process.resourceUsage().maxRSS;
  return (kibibytes * 1_024) / 1e6;
}

async function fromProc(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
}

async function fromPs(pid: number): Promise<number> {
  return Number((await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])).stdout);
}

const ServerFile = z.object({ pid: z.int() });

/** The process of the embedded ClickHouse server that keeps its data there. */
export async function embeddedServerPid(dataDir: string): Promise<number> {
  return ServerFile.parse(JSON.parse(await readFile(join(dataDir, 'run', 'clickhouse-server.json'), 'utf8'))).pid;
}
