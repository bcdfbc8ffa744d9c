/** A destination played by a local HTTP server: keeps what it was sent, and misbehaves on request. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly atMs: number;
}

/** What the server does with one request instead of answering 200. */
export type Behaviour =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Takes the request and never answers. */
  | 'hang'
  /** Starts an answer of 200 and breaks the connection in the middle of its body. */
  | 'break_off'
  /** Closes the connection without a byte. */
  | 'reset'
  /** Answers bytes that are not HTTP. */
  | 'garbage';

/** While a promise is pending, the request has no answer, and others are answered. */
export type Decision = Behaviour | undefined | Promise<Behaviour | undefined>;

export interface VendorServer {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** Decides each request, at once or later; undefined answers 200 with an empty body. */
  behave(decide: (request: ReceivedRequest, count: number) => Decision): void;
  stop(): Promise<void>;
}

export async function startVendorServer(): Promise<VendorServer> {
  const requests: ReceivedRequest[] = [];
  let decide: (request: ReceivedRequest, count: number) => Decision = () => undefined;

  async function receive(message: IncomingMessage, reply: ServerResponse): Promise<void> {
    const request: ReceivedRequest = {
      method: message.method ?? '',
      path: message.url ?? '',
      headers: message.headers,
      body: await text(message),
      atMs: performance.now(),
    };
    requests.push(request);
    misbehave((await decide(request, requests.length)) ?? { status: 200 }, reply);
  }

  const server = createServer((message, reply) => {
    receive(message, reply).catch(() => reply.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    requests,
    behave(next) {
      decide = next;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function misbehave(behaviour: Behaviour, reply: ServerResponse): void {
  switch (behaviour) {
    case 'hang':
      return;
    case 'reset':
      reply.destroy();
      return;
    case 'garbage':
      reply.socket?.end('this is not HTTP\r\n\r\n');
      return;
    case 'break_off':
      reply.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      reply.write('{"rejected":[', () => reply.destroy());
      return;
    default:
      reply.writeHead(behaviour.status, behaviour.headers).end(behaviour.body ?? '');
  }
}
