/**
 * The commands' side of the embedded servers: connects to the keeper of the data directory, or starts one.
 *
 * Joining again is automatic when the keeper was killed under a running command: ports and passwords are kept in the data directory,
 * so the endpoints stay what they were.
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
/** Long enough for the next command of a person who is trying things out; short enough not to hold memory for nothing. */
const LINGER_MS = 20_000;
const JOIN_ATTEMPTS = 5;
/** Before a keeper is started again that has given up or cannot start: doubled each time, until it has been well for STABLE_MS. */
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
   * Resolves when the server answers: at once, or after the restart that is under way. While it is not there (its keeper gave up, the disk is
   * full) it is tried again after growing pauses, of a minute at most. @throws CdpError why it is not there.
   */
  whenReady(): Promise<void>;
  /** Resolves, with the reason, when it will never be there again for this process: `sluice stop`, other settings, another port. */
  readonly gaveUp: Promise<Error>;
  /** Lets go. The server stops when it was the last client's. */
  close(): Promise<void>;
}

/** @throws CdpError `embedded.*` with what to do. */
export async function joinService(options: JoinOptions): Promise<JoinedService> {
  let socket: Socket;
  /** What whoever needs the server waits for. */
  let state: Promise<void> = Promise.resolve();
  /** Set while a restart is waited for that its keeper has announced. */
  let restart: PromiseWithResolvers<void> | undefined;
  let isClosed = false;
  let pauseMs = 0;
  const gaveUp = Promise.withResolvers<Error>();

  async function enter(): Promise<Endpoints> {
    const session = await enterKeeper(options);
    const enteredAtMs = Date.now();
    let isLost = false;
    socket = session.socket;

    /** Once for each session: its keeper has said why it leaves, or is gone without a word (kill -9). */
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

  /** Those who wait, and those who ask from now on, hear of `error`, until the server is there again. */
  function fail(error: Error): void {
    restart?.reject(error);
    restart = undefined;
    state = settleLater(Promise.reject(error));
  }

  /** Nothing brings the server back for this process: a person ended it, or it is somewhere else now. */
  function giveUp(error: Error): void {
    isClosed = true;
    fail(error);
    gaveUp.resolve(error);
  }

  /** Whoever needs the server waits for this attempt. */
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

  /** A server that keeps dying, or a full disk, may be well again later; until then whoever needs it hears at once why it is not there. */
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
      // Unlike a command that is done, one that waits must be kept alive by what it waits for.
      // (Of a socket that is gone, `ref` would wait for a connection that never comes, with one listener more each time.)
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

/** Stops the server of `name` and its keeper, whoever uses it. @returns false when none was running. */
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

/** One starter at a time: the others wait here and then find the keeper running. */
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

/** @returns undefined when no keeper answers, or the one that does is on its way out. */
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
    // Must never be what keeps a finished command alive.
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

/** A rejection that nobody has asked about yet must not end the process; whoever awaits `whenReady` still gets it. */
function settleLater(promise: Promise<void>): Promise<void> {
  promise.catch(() => undefined);
  return promise;
}
