/** Listens, and stops without losing anything. */
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { createHttpApp } from './app.ts';
import { errors } from './errors.ts';

export interface RunningServer {
  readonly url: string;
  /** Takes no more connections, answers what is under way (at most `graceMs`), then cuts the rest. */
  stop(graceMs?: number): Promise<void>;
}

/** A slow client may hold a connection for a limited time: the largest body takes half a minute on a bad mobile line. */
const REQUEST_TIMEOUT_MS = 60_000;
const HEADERS_TIMEOUT_MS = 15_000;
/** How often the two are looked after. By default it is half a minute, so that 15 s would be up to 45. */
const CHECK_EVERY_MS = 5_000;
/** Of one connection whose request waits to be read: with 2,000 of them the default of 64 KiB would be a quarter of a gigabyte. */
const BUFFERED_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 2_000;
/** The service ends within ten seconds of being told to, and must store what it took after the last answer. */
const GRACE_MS = 6_000;
/** How often connections are looked for that have become idle since the stop began. */
const SWEEP_MS = 200;

/**
 * @param onError is told of connections that could not be taken, because no file handle is left: the server goes on.
 * @throws CdpError `http.port_in_use`.
 */
export async function startServer(
  app: ReturnType<typeof createHttpApp>,
  address: { host: string; port: number; maxConnections?: number },
  onError: (error: Error) => void = () => undefined,
): Promise<RunningServer> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      highWaterMark: BUFFERED_BYTES,
    },
  }) as Server;
  server.maxConnections = address.maxConnections ?? MAX_CONNECTIONS;
  const answers = followAnswers(server);
  await listen(server, address);
  server.on('error', onError);
  const { port } = server.address() as AddressInfo;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return { url: `http://${host}:${port}`, stop: (graceMs = GRACE_MS) => stop(server, answers, graceMs) };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? errors.port_in_use(`Port ${port} of ${host} is in use`, { cause: error }) : error);
    });
    server.listen(port, host, resolve);
  });
}

interface Answers {
  /** From now on each answer, also of what is under way, is the last of its connection. */
  closeConnections(): void;
}

function followAnswers(server: Server): Answers {
  const underWay = new Set<ServerResponse>();
  let isStopping = false;
  const isLast = (answer: ServerResponse) => {
    if (!answer.headersSent) answer.setHeader('connection', 'close');
  };
  // Before the application's own listener, which may answer at once.
  server.prependListener('request', (_request, answer) => {
    if (isStopping) isLast(answer);
    underWay.add(answer);
    answer.once('close', () => underWay.delete(answer));
  });
  return {
    closeConnections() {
      isStopping = true;
      for (const answer of underWay) isLast(answer);
    },
  };
}

function stop(server: Server, answers: Answers, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    // An answer whose head had left before the stop leaves an idle connection behind.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    answers.closeConnections();
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
  });
}
