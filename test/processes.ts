/** Processes of this machine, as far as tests must know them. Linux only: elsewhere no child is found, and the test that asks says so. */
import { readdir, readFile } from 'node:fs/promises';

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Those of the children of `parent` whose command line holds `argument`. */
export async function childrenOf(parent: number, argument: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const read = (pid: number, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [stat, command] = [await read(pid, 'stat'), await read(pid, 'cmdline')];
      // The name of the program, in brackets, may hold anything; state and parent come after it.
      const itsParent = Number(stat.split(') ').at(-1)?.split(' ')[1]);
      return itsParent === parent && command.includes(argument) ? [pid] : [];
    }),
  );
  return found.flat();
}
