/** Supervises the resident dbt worker (worker.py): starts it on first use, hands it one order at a time, and starts another after a crash. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { CdpError } from '../errors.ts';
import type { Profile } from './environment.ts';
import { errors } from './errors.ts';
import { Message, type Order, type Outcome, type RunMessage } from './protocol.ts';

const WORKER_FILE = fileURLToPath(new URL('./worker.py', import.meta.url));

/** Enough for a Python traceback. */
const STDERR_TAIL_CHARACTERS = 4_000;

export interface WorkerOptions {
  readonly python: string;
  readonly projectDir: string;
  /** Called each time that a process starts. */
  readonly profile: () => Profile;
  /** Folder for compiled SQL; made when it does not exist. */
  readonly targetDir: string;
  /** For profiles.yml. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface DbtWorker {
  /**
   * Carries out one order; `onMessage` gets its progress. A second order at the same time is a bug of the caller.
   * @throws CdpError `dbt.no_python`, `dbt.no_dbt` or `dbt.crashed`.
   */
  run(order: Order, onMessage?: (message: RunMessage) => void): Promise<Outcome>;
  /** Asks dbt to stop the order in progress, as Ctrl-C would. dbt waits for its running queries, so kill those too. */
  interrupt(): void;
  /** Ends the process at once. The order in progress fails with `dbt.crashed`. */
  kill(): void;
  readonly isBusy: boolean;
  /** Undefined while no process runs. */
  readonly pid: number | undefined;
  close(): Promise<void>;
}

interface Pending {
  readonly id: number;
  readonly onMessage: ((message: RunMessage) => void) | undefined;
  resolve(outcome: Outcome): void;
  reject(error: Error): void;
}

export function createDbtWorker(options: WorkerOptions): DbtWorker {
  let child: ChildProcessByStdio<Writable, Readable, Readable> | undefined;
  let exited: Promise<void> = Promise.resolve();
  let pending: Pending | undefined;
  let lastId = 0;

  function start() {
    const profile = options.profile();
    const process_ = spawn(options.python, [WORKER_FILE, options.projectDir, profile.DBT_PROFILES_DIR, options.targetDir], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...profile, ...options.variables, SLUICE_BUILD_OWNER: 'service' },
      // A process group of its own: Ctrl-C on the terminal reaches only the service, which then stops the run properly.
      detached: true,
    });
    child = process_;
    let stderr = '';
    let reason: Error | undefined;
    process_.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = `${stderr}${text}`.slice(-STDERR_TAIL_CHARACTERS);
    });
    // The pipe of a process that has just died: its exit is reported instead.
    process_.stdin.on('error', (error) => {
      reason ??= error;
    });
    // Nothing more can be read. The process exits, or is ended here, and the exit is reported.
    const unreadable = (error: Error) => {
      reason ??= error;
      process_.kill('SIGKILL');
    };
    process_.stderr.on('error', unreadable);
    const lines = createInterface({ input: process_.stdout }).on('error', unreadable);
    lines.on('line', (line) => {
      const message = parseLine(line);
      if (!message) {
        // A process that writes other lines on this channel is not our worker any more.
        stderr += `not a message: ${line.slice(0, 200)}`;
        process_.kill('SIGKILL');
      } else if (message.type === 'unusable') {
        reason = errors.no_dbt(`dbt cannot be loaded: ${message.message}`);
      } else if (message.type !== 'ready') {
        settle(message);
      }
    });
    exited = new Promise((resolve) => {
      const end = (error: Error) => {
        if (child === process_) child = undefined;
        pending?.reject(error);
        pending = undefined;
        resolve();
      };
      process_.once('error', (cause) => end(errors.no_python(`${options.python} cannot be started: ${cause.message}`, { cause })));
      // 'close', not 'exit': by then all that the process wrote has been read.
      process_.once('close', (code, signal) => {
        const how = signal ? `was ended by ${signal}` : `ended with status ${code}`;
        const tail = stderr.trim() === '' ? '' : `\n${stderr.trim()}`;
        end(reason instanceof CdpError ? reason : errors.crashed(`The dbt worker ${how}.${tail}`, { cause: reason }));
      });
    });
  }

  function settle(message: Exclude<Message, { type: 'ready' | 'unusable' }>) {
    if (message.id !== pending?.id) return; // of an order that was given up
    if (message.type === 'done' || message.type === 'failed') {
      const { resolve } = pending;
      pending = undefined;
      resolve(message);
    } else {
      pending.onMessage?.(message);
    }
  }

  return {
    async run(order, onMessage) {
      if (pending) throw new Error('the dbt worker was given a second order before the first was done');
      if (!child) start();
      lastId += 1;
      const id = lastId;
      return new Promise<Outcome>((resolve, reject) => {
        pending = { id, onMessage, resolve, reject };
        child?.stdin.write(`${JSON.stringify({ id, ...order })}\n`);
      });
    },
    interrupt() {
      if (pending) child?.stdin.write(`${JSON.stringify({ op: 'cancel', id: pending.id })}\n`);
    },
    kill() {
      child?.kill('SIGKILL');
    },
    get isBusy() {
      return pending !== undefined;
    },
    get pid() {
      return child?.pid;
    },
    async close() {
      // Force loses nothing: dbt publishes by exchanging tables, and closing during a run is the caller's decision.
      child?.kill('SIGKILL');
      await exited;
    },
  };
}

function parseLine(line: string): Message | undefined {
  try {
    return Message.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
