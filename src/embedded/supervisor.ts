/** Keeps one server process alive: starts it, waits until it answers, starts it again when it dies, and gives up when it keeps dying. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Failure } from './errors.ts';
import type { Launch } from './service.ts';

/** A large data directory is read before the server listens. 2 s per 10,000 parts were measured, so this is far above what laptops need. */
const START_TIMEOUT_MS = 120_000;
/** For queries that run when the server is told to stop; ClickHouse itself waits 5 s for connections that are still open. */
const FINISH_TIMEOUT_MS = 15_000;
const TERMINATE_TIMEOUT_MS = 5_000;
const HEALTH_INTERVAL_MS = 50;
/** Five deaths within a minute are not a coincidence. */
const MAX_DEATHS = 5;
const DEATHS_WINDOW_MS = 60_000;
const TAIL_CHARACTERS = 4_000;
const LISTENER_INTERVAL_MS = 2_000;
/** In a row: a single one may be a server that is about to end by itself. */
const MAX_REFUSALS = 2;

export interface SupervisorEvents {
  onSpawn(pid: number): Promise<void>;
  onRestarting(tail: string): void;
  onReady(): void;
  onGaveUp(failure: Failure): void;
}

export class Supervisor {
  readonly #launch: Launch;
  readonly #events: SupervisorEvents;
  #child: ChildProcess | undefined;
  #tail = '';
  #isStopping = false;
  #deaths: number[] = [];
  readonly #pauseMs: (deaths: number) => number;

  /** @param pauseMs pause before the start that follows so many deaths. */
  constructor(launch: Launch, events: SupervisorEvents, pauseMs = (deaths: number) => 100 * 2 ** deaths) {
    this.#launch = launch;
    this.#events = events;
    this.#pauseMs = pauseMs;
  }

  /**
   * Starts the server. Returns undefined when it answers, else why it does not. A first start is not retried: its reason rarely goes away.
   */
  async start(): Promise<Failure | undefined> {
    const failure = await this.#spawnAndWait();
    if (failure === undefined) this.#watch();
    return failure;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    const ended = once(child, 'exit');
    const timers = [
      setTimeout(() => child.kill('SIGTERM'), this.#launch.askToStop === undefined ? 0 : FINISH_TIMEOUT_MS),
      setTimeout(() => child.kill('SIGKILL'), FINISH_TIMEOUT_MS + TERMINATE_TIMEOUT_MS),
    ];
    // Refused or unanswered: the timers handle it.
    await this.#launch.askToStop?.().catch((error: unknown) => this.#remember(String(error)));
    await ended;
    for (const timer of timers) clearTimeout(timer);
  }

  async #spawnAndWait(): Promise<Failure | undefined> {
    this.#tail = '';
    // A process group of its own: ClickHouse signals its whole group on SYSTEM SHUTDOWN. Its stdin stays open and silent: see parent.ts.
    const child = spawn(process.execPath, [...this.#launch.args], { detached: true, stdio: ['pipe', 'ignore', 'pipe'] });
    this.#child = child;
    child.on('error', (error) => this.#remember(error.message));
    child.stdin.on('error', (error) => this.#remember(error.message));
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#remember(text));
    try {
      if (child.pid !== undefined) await this.#events.onSpawn(child.pid);
    } catch (error) {
      // Usually the disk is full. A server that is not recorded must not run; the next start tries again.
      child.kill('SIGKILL');
      return this.#failure(`The server could not be recorded: ${String(error)}`);
    }

    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!hasEnded(child)) {
      if (await this.#launch.isHealthy()) return undefined;
      if (Date.now() > deadline) {
        child.kill('SIGKILL');
        return this.#failure(`The server did not answer within ${START_TIMEOUT_MS / 1000} s.`);
      }
      await sleep(HEALTH_INTERVAL_MS);
    }
    return this.#failure('The server ended while it was starting.');
  }

  #watch(): void {
    const child = this.#child;
    if (child === undefined) return;
    const onExit = () => {
      if (!this.#isStopping) void this.#restart();
    };
    if (hasEnded(child)) onExit();
    else {
      child.once('exit', onExit);
      if (this.#launch.isListening !== undefined) void this.#watchListener(child, this.#launch.isListening);
    }
  }

  /** A server that lives but no longer listens is useless: it is ended, and started again like one that died. */
  async #watchListener(child: ChildProcess, isListening: () => Promise<boolean>): Promise<void> {
    for (let refusals = 0; refusals < MAX_REFUSALS; ) {
      await sleep(LISTENER_INTERVAL_MS, undefined, { ref: false });
      refusals = (await isListening()) ? 0 : refusals + 1;
      if (hasEnded(child) || this.#isStopping) return;
    }
    this.#remember('Nothing listens on its port any more.\n');
    child.kill('SIGKILL');
  }

  async #restart(): Promise<void> {
    for (;;) {
      this.#events.onRestarting(this.#tail);
      const now = Date.now();
      this.#deaths = [...this.#deaths.filter((at) => now - at < DEATHS_WINDOW_MS), now];
      if (this.#deaths.length > MAX_DEATHS) {
        const failure = this.#failure(`The server died ${this.#deaths.length} times within ${DEATHS_WINDOW_MS / 1000} s.`);
        this.#events.onGaveUp({ ...failure, error: 'gave_up' });
        return;
      }
      await sleep(this.#pauseMs(this.#deaths.length));
      if (this.#isStopping) return;
      if ((await this.#spawnAndWait()) === undefined) break;
    }
    this.#events.onReady();
    this.#watch();
  }

  #failure(what: string): Failure {
    const known = this.#launch.explain(this.#tail);
    if (known !== undefined) return known;
    const lines = this.#tail.trim().split('\n').slice(-8).join('\n');
    return { error: 'start_failed', message: lines === '' ? what : `${what} It wrote:\n${lines}` };
  }

  #remember(text: string): void {
    this.#tail = `${this.#tail}${text}`.slice(-TAIL_CHARACTERS);
  }
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
