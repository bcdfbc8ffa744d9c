/** `sluice` as a person starts it: a process with arguments, an exit code and two outputs. */
import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Ran {
  /** -1 when a signal ended it. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * @param dataDir what it works on; the rest of its environment is that of the test, and `environment`.
 * @param program another than the entry point: the launcher.
 */
export function sluiceCommand(dataDir: string, environment: Readonly<Record<string, string>> = {}, program = MAIN) {
  const env = { ...process.env, ...environment, SLUICE_DATA_DIR: dataDir, NO_COLOR: '1' };
  return {
    run(args: readonly string[], stdin = ''): Promise<Ran> {
      return new Promise((resolve) => {
        const child = execFile(process.execPath, [program, ...args], { env, maxBuffer: 64 * 1024 * 1024 }, (error, out, err) => {
          resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err });
        });
        child.stdin?.end(stdin);
      });
    },
    /** Started, and left to the test. */
    start: (args: readonly string[]) => spawn(process.execPath, [program, ...args], { env }),
  };
}
