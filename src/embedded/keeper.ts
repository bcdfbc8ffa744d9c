/**
 * The keeper: a process of its own, one per data directory and service, that starts the server, restarts it after a crash and stops it
 * some time after the last command has gone. Started by join.ts: `node keeper.ts <service> <dataDir> <parameters as JSON> <lingerMs>`.
 *
 * A command shows that it lives by keeping its control connection open; the kernel closes it even when the command is killed.
 */

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { CdpError } from '../errors.ts';
import { type Reply, Request, receive, send } from './control.ts';
import { createDoor } from './door.ts';
import type { EmbeddedErrorKey, Failure } from './errors.ts';
import { endOrphan, recordServer, removeRunFile, writeRunFile } from './run-file.ts';
import type { Parameters, ServiceName } from './service.ts';
import { loadService } from './services.ts';
import { Supervisor } from './supervisor.ts';

const START_ATTEMPTS = 3;
const TELL_FAILURE_MS = 5_000;

const [name, dataDir, parametersJson, lingerText] = process.argv.slice(2) as [ServiceName, string, string, string];
await keep(name, dataDir, JSON.parse(parametersJson) as Parameters, Number(lingerText));

async function keep(name: ServiceName, dataDir: string, parameters: Parameters, lingerMs: number): Promise<void> {
  const token = randomBytes(24).toString('base64url');
  const clients = new Set<Socket>();
  let isRetiring = false;
  let linger: NodeJS.Timeout | undefined;
  let supervisor: Supervisor | undefined;

  const started = start(name, dataDir, parameters, {
    onRestarting: (tail) => broadcast({ type: 'restarting', tail }),
    onReady: async () => broadcast(await standing()),
    onGaveUp: (failure) => {
      broadcast({ type: 'refused', failure });
      void retire();
    },
  });

  const standing = async (): Promise<Reply> => {
    const result = await started;
    return 'failure' in result ? { type: 'refused', failure: result.failure } : { type: 'ready', endpoints: result.endpoints };
  };

  const broadcast = (reply: Reply) => {
    for (const client of clients) send(client, reply);
  };

  const lingerWhenAlone = () => {
    clearTimeout(linger);
    if (clients.size === 0) linger = setTimeout(() => void retire(), lingerMs);
  };

  const door = createDoor();
  const control = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    const letIn = door.knock(socket, () => socket.destroy());
    socket.once('close', () => {
      if (clients.delete(socket)) lingerWhenAlone();
    });
    receive(socket, Request, (request) => {
      if (!isSame(request.token, token)) {
        socket.destroy();
        return;
      }
      letIn();
      void answer(socket, request);
    });
  });
  // A connection that could not be accepted (no file handle is left) is tried again by its client.
  control.on('error', (error) => console.error('The control port:', error.message));

  async function answer(socket: Socket, request: Request): Promise<void> {
    if (request.type === 'stop') {
      const message = `The embedded ${name} server of ${dataDir} was stopped.`;
      broadcast({ type: 'refused', failure: { error: 'stopped', message } });
      await retire(() => send(socket, { type: 'stopped' }));
    } else if (isRetiring) {
      send(socket, { type: 'retiring' });
    } else if (isDeepStrictEqual(request.parameters, parameters)) {
      clients.add(socket);
      clearTimeout(linger);
      const reply = await standing();
      send(socket, reply);
      // The next command shall try again: the reason may be gone.
      if (reply.type === 'refused') await retire();
    } else if (clients.size > 0) {
      send(socket, { type: 'refused', failure: inUse(dataDir, parameters, request.parameters) });
    } else {
      // No other client is connected: make room for a keeper with the requested settings.
      await retire(() => send(socket, { type: 'retiring' }));
    }
  }

  /** Stops the server, sends `stopped` to `after`, then ends this process. */
  async function retire(after?: () => void): Promise<void> {
    isRetiring = true;
    clearTimeout(linger);
    await started;
    await supervisor?.stop();
    await removeRunFile(dataDir, name, process.pid);
    after?.();
    control.close();
    // Other clients notice by their closed connection. The reply above must be sent first.
    setTimeout(() => process.exit(0), 50);
  }

  process.once('SIGTERM', () => void retire()).once('SIGINT', () => void retire());

  control.listen(0, '127.0.0.1');
  await once(control, 'listening');
  const address = control.address();
  if (address === null || typeof address === 'string') throw new Error('the control port has no address');
  // Written before the server is up, so that a second starter finds this keeper and waits with it.
  await writeRunFile(dataDir, name, { pid: process.pid, controlPort: address.port, token });
  process.send?.('listening');
  process.disconnect?.();

  const result = await started;
  if ('failure' in result) {
    // The process that started this keeper is about to ask for the reason; its request ends the keeper (see answer).
    linger = setTimeout(() => void retire(), TELL_FAILURE_MS);
  } else {
    supervisor = result.supervisor;
    lingerWhenAlone();
  }
}

type Started = { endpoints: Extract<Reply, { type: 'ready' }>['endpoints']; supervisor: Supervisor } | { failure: Failure };

async function start(
  name: ServiceName,
  dataDir: string,
  parameters: Parameters,
  events: { onRestarting(tail: string): void; onReady(): void; onGaveUp(failure: Failure): void },
): Promise<Started> {
  try {
    await endOrphan(dataDir, name);
    const service = await loadService(name);
    for (let attempt = 1; ; attempt += 1) {
      const launch = await service.prepare({ dataDir, parameters });
      const supervisor = new Supervisor(launch, {
        ...events,
        onSpawn: (pid) => recordServer(dataDir, name, pid, launch.args.at(-1) ?? dataDir),
      });
      const failure = await supervisor.start();
      if (failure === undefined) return { endpoints: { ...launch.endpoints }, supervisor };
      // A port may be taken between choosing and listening; then another port is chosen. Other reasons would only repeat.
      if (failure.error !== 'port_taken' || attempt === START_ATTEMPTS) return { failure };
    }
  } catch (error) {
    return { failure: asFailure(error) };
  }
}

function asFailure(error: unknown): Failure {
  if (error instanceof CdpError && error.code.startsWith('embedded.')) {
    return { error: error.code.slice('embedded.'.length) as EmbeddedErrorKey, message: error.message, hint: error.hint };
  }
  return { error: 'start_failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function inUse(dataDir: string, running: Parameters, asked: Parameters): Failure {
  const different = Object.keys({ ...running, ...asked }).filter((key) => !isDeepStrictEqual(running[key], asked[key]));
  return {
    error: 'in_use',
    message: `Another command serves ${dataDir} with other settings (${different.map((key) => `${key}: ${JSON.stringify(running[key])}, not ${JSON.stringify(asked[key])}`).join('; ')}).`,
  };
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
