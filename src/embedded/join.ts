/**
 * The commands' side of the embedded servers: connects to the keeper of the data directory, or starts one.
 *
 * When the keeper was killed under a running command, the command joins again automatically: ports and passwords are kept in the data
 * directory, so the endpoints stay the same.
 */
import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { CdpError } from '../errors.ts';
import { programFile } from '../product.ts';
import { type Reply, Reply as ReplySchema, receive, send } from './control.ts';
import { errors, type Failure, raise } from './errors.ts';
import { assertFreeSpace, logFolder, privateFolder, runFolder, serialised } from './private-files.ts';
import { readRunFile } from './run-file.ts';
import type { Endpoints, Parameters, ServiceName } from './service.ts';

const KEEPER = programFile(new URL('./keeper.ts', import.meta.url));
/** Long enough for the next command of a person who is trying things out; short enough not to waste memory. */
const LINGER_MS = 20_000;
const JOIN_ATTEMPTS = 5;
/** Pause before a keeper that has given up or cannot start is started again. Doubled each time, until the keeper has run for STABLE_MS. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const STABLE_MS = 60_000;

export interface JoinOptions {
  readonly name: ServiceName;
  readonly dataDir: string;
  readonly parameters: Parameters;
  /** How long the server outlives its last client, in ms. */
  readonly lingerMs?: number;
  readonly onProgress?: (line: string) => void;
}

export interface JoinedService {
  readonly endpoints: Endpoints;
  /**
   * Resolves when the server answers: at once, or after the restart that is under way. While the server is down (its keeper gave up, the
   * disk is full) it is started again after growing pauses of a minute at most. @throws CdpError why it is down.
   */
  whenReady(): Promise<void>;
  /** Resolves, with the reason, when the server will not come back for this process: `sluice stop`, other settings, another port. */
  readonly gaveUp: Promise<Error>;
  /** Releases the server. It stops some time after its last client. */
  close(): Promise<void>;
}

/** @throws CdpError `embedded.*` with what to do. */
export async function joinService(options: JoinOptions): Promise<JoinedService> {
  let socket: Socket;
  /** What `whenReady` waits for. */
  let state: Promise<void> = Promise.resolve();
  /** Set during a restart that the keeper has announced. */
  let restart: PromiseWithResolvers<void> | undefined;
  let isClosed = false;
  let pauseMs = 0;
  const gaveUp = Promise.withResolvers<Error>();

  async function enter(): Promise<Endpoints> {
    const session = await enterKeeper(options);
    const enteredAtMs = Date.now();
    let isLost = false;
    socket = session.socket;

    /** Called once for each session, when its keeper has said why it leaves, or is gone without a message (kill -9). */
    function lose(failure?: Failure): void {
      if (isLost || isClosed) return;
      isLost = true;
      if (Date.now() - enteredAtMs > STABLE_MS) pauseMs = 0;
      if (failure === undefined) {
        void rejoin();
      } else if (failure.error === 'stopped') {
        giveUp(raise(failure));
      } else {
        fail(raise(failure));
        rejoinLater();
      }
    }

    session.onReply((reply) => {
      if (reply.type === 'restarting' && restart === undefined) {
        restart = Promise.withResolvers<void>();
        state = settleLater(restart.promise);
      } else if (reply.type === 'ready') {
        restart?.resolve();
        restart = undefined;
      } else if (reply.type === 'refused') {
        lose(reply.failure);
      }
    });
    socket.once('close', () => lose());
    return session.endpoints;
  }

  /** Present and future callers of `whenReady` get `error`, until the server is up again. */
  function fail(error: Error): void {
    restart?.reject(error);
    restart = undefined;
    state = settleLater(Promise.reject(error));
  }

  /** The server will not come back for this process: a person stopped it, or it has another address now. */
  function giveUp(error: Error): void {
    isClosed = true;
    fail(error);
    gaveUp.resolve(error);
  }

  /** Callers of `whenReady` wait for this attempt. */
  async function rejoin(): Promise<void> {
    restart ??= Promise.withResolvers<void>();
    state = settleLater(restart.promise);
    try {
      const again = await enter();
      if (isClosed) {
        socket.destroy();
        return;
      }
      if (!isDeepStrictEqual(again, endpoints)) {
        giveUp(errors.gave_up(`The embedded ${options.name} server came back on another port.`, { hint: 'Start this command again.' }));
        return;
      }
      restart?.resolve();
      restart = undefined;
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      if (reason instanceof CdpError && reason.code === 'embedded.in_use') {
        giveUp(reason);
      } else {
        fail(reason);
        rejoinLater();
      }
    }
  }

  /** A server that keeps dying, or a full disk, may recover later; until then callers of `whenReady` get the reason at once. */
  function rejoinLater(): void {
    pauseMs = Math.min(Math.max(2 * pauseMs, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    setTimeout(() => {
      if (!isClosed) void rejoin();
    }, pauseMs).unref();
  }

  const endpoints = await enter();
  return {
    endpoints,
    gaveUp: gaveUp.promise,
    async whenReady() {
      // A command that waits for the server must stay alive, unlike a command that is done. (On a closed socket, `ref` would wait for a
      // connection that never comes, and add a listener each time.)
      const waitedOn = socket.destroyed ? undefined : socket.ref();
      await state.finally(() => {
        if (waitedOn?.destroyed === false) waitedOn.unref();
      });
    },
    async close() {
      isClosed = true;
      socket.end();
      socket.destroy();
    },
  };
}

/** Stops the server of `name` and its keeper, even when others use it. @returns false when none was running. */
export async function stopService(name: ServiceName, dataDir: string): Promise<boolean> {
  const run = await readRunFile(dataDir, name);
  if (run === undefined) return false;
  const socket = await dial(run.controlPort);
  if (socket === undefined) return false;
  send(socket, { type: 'stop', token: run.token });
  await new Promise<void>((resolve) => socket.once('close', resolve).resume());
  return true;
}

interface Session {
  readonly socket: Socket;
  readonly endpoints: Endpoints;
  onReply(listener: (reply: Reply) => void): void;
}

/** One process starts the keeper; the others wait here and then find it running. */
async function enterKeeper(options: JoinOptions): Promise<Session> {
  await privateFolder(options.dataDir);
  const folder = await privateFolder(runFolder(options.dataDir));
  for (let attempt = 1; attempt <= JOIN_ATTEMPTS; attempt += 1) {
    const session =
      (await hello(options)) ?? (await serialised(folder, options.name, async () => (await hello(options)) ?? startKeeper(options)));
    if (session !== undefined) return session;
    await sleep(100 * attempt);
  }
  throw errors.start_failed(`The embedded ${options.name} server of ${options.dataDir} could not be joined.`);
}

/** @returns undefined when no keeper answers, or when the keeper is about to end. */
async function hello(options: JoinOptions): Promise<Session | undefined> {
  const run = await readRunFile(options.dataDir, options.name);
  const socket = run && (await dial(run.controlPort));
  if (run === undefined || socket === undefined) return undefined;

  const listeners: ((reply: Reply) => void)[] = [];
  const first = new Promise<Reply | undefined>((resolve) => {
    socket.once('close', () => resolve(undefined));
    listeners.push(resolve);
  });
  receive(socket, ReplySchema, (reply) => {
    for (const listener of listeners) listener(reply);
  });
  send(socket, { type: 'hello', token: run.token, parameters: options.parameters });

  const reply = await first;
  if (reply?.type === 'ready') {
    // The socket must not keep a finished command alive.
    socket.unref();
    return { socket, endpoints: reply.endpoints, onReply: (listener) => listeners.push(listener) };
  }
  socket.destroy();
  if (reply?.type === 'refused') throw raise(reply.failure);
  return undefined;
}

function dial(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(socket));
    socket.on('error', () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}

async function startKeeper(options: JoinOptions): Promise<Session | undefined> {
  await assertFreeSpace(options.dataDir);
  options.onProgress?.(`starting the embedded ${options.name} server in ${options.dataDir}`);
  const log = await open(join(await privateFolder(logFolder(options.dataDir)), `${options.name}-keeper.log`), 'a', 0o600);
  try {
    const keeper = spawn(
      process.execPath,
      [KEEPER, options.name, options.dataDir, JSON.stringify(options.parameters), String(options.lingerMs ?? LINGER_MS)],
      { detached: true, stdio: ['ignore', log.fd, log.fd, 'ipc'], cwd: options.dataDir },
    );
    await new Promise<void>((resolve, reject) => {
      keeper.once('message', () => resolve());
      keeper.once('error', reject);
      keeper.once('exit', () =>
        reject(errors.start_failed(`The keeper of the embedded ${options.name} server ended at once; see ${logFolder(options.dataDir)}.`)),
      );
    });
    keeper.unref();
  } finally {
    await log.close();
  }
  return hello(options);
}

/** A rejection that is not awaited yet must not end the process; callers of `whenReady` still get it. */
function settleLater(promise: Promise<void>): Promise<void> {
  promise.catch(() => undefined);
  return promise;
}
