/**
 * Serves one PGlite to many clients over the PostgreSQL protocol.
 *
 * PGlite is a single backend. A client owns it from the first message of a request until the backend reports itself idle again (the end of
 * the transaction, if there is one), so that no client ever meets another's unnamed statement, open transaction or half-sent request.
 * `@electric-sql/pglite-socket` shares message by message instead: a client whose request arrives in two packets can get another client's
 * rows, and one failing message stops its queue for good (seen in 0.2.17). It also requires no password.
 *
 * Clients still share the session: `set`, `listen`, temporary tables, advisory locks and named prepared statements.
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import { createDoor } from '../door.ts';
import {
  abandon,
  askForPassword,
  createMessageReader,
  expectsAnswer,
  fatal,
  isIdle,
  type Message,
  passwordMessage,
  readPassword,
  terminate,
} from './wire.ts';

export interface SharingOptions {
  readonly pglite: PGlite;
  /** 0 takes a free port. */
  readonly port: number;
  readonly password: string;
  /** How long a client may keep a transaction open without sending anything, while all others wait. Default 10 s. */
  readonly maxHoldMs?: number;
  /** Called when the backend is broken and must be started again; no client is served any more. */
  readonly onCrash: (error: unknown) => void;
}

export interface SharedPglite {
  readonly port: number;
  /** Disconnects all clients and leaves the PGlite to its owner. */
  close(): Promise<void>;
}

interface Client {
  readonly socket: Socket;
  isAdmitted: boolean;
  isRefused: boolean;
  /** Bytes that the client has sent; used until it is admitted. */
  heardBytes: number;
  startup?: Buffer;
  /** Whole messages not yet given to the backend. */
  messages: Buffer[];
  /** Number of messages that expect an answer: only then is there something to do. */
  requests: number;
}

const defaultMaxHoldMs = 10_000;
/** PostgreSQL's own limit of a startup packet; the password comes after it. */
const maxStrangerBytes = 10_000;

export async function sharePglite({
  pglite,
  port,
  password,
  maxHoldMs = defaultMaxHoldMs,
  onCrash,
}: SharingOptions): Promise<SharedPglite> {
  const clients = new Set<Client>();
  /** Clients with a request, in the order of arrival. */
  const waiting: Client[] = [];
  let owner: Client | undefined;
  let ownerTimer: NodeJS.Timeout | undefined;
  let isWorking = false;
  let isClosed = false;

  const door = createDoor();
  const server = createServer({ noDelay: true }, (socket) => {
    const client: Client = { socket, isAdmitted: false, isRefused: false, heardBytes: 0, messages: [], requests: 0 };
    clients.add(client);
    const read = createMessageReader();
    const letIn = door.knock(socket, () => refuse(client, '08P01', 'no password in time'));
    socket.on('data', (chunk) => {
      if (client.isRefused) return;
      try {
        for (const message of read(chunk)) receive(client, message);
      } catch (error) {
        refuse(client, '08P01', error instanceof Error ? error.message : 'unreadable message');
      }
      client.heardBytes += chunk.length;
      if (client.isAdmitted) letIn();
      else if (client.heardBytes > maxStrangerBytes) refuse(client, '08P01', 'too much before the password');
    });
    // A reset connection is also closed: the close handler does the work.
    socket.on('error', () => undefined);
    socket.on('close', () => leave(client));
  });

  function receive(client: Client, { type, letter, bytes }: Message): void {
    if (client.isRefused) return;
    if (type === 'ssl_request') client.socket.write('N');
    else if (type === 'cancel_request') client.socket.end();
    else if (type === 'startup') {
      client.startup = bytes;
      client.socket.write(askForPassword);
    } else if (letter === terminate) client.socket.end();
    else if (client.isAdmitted) enqueue(client, bytes, expectsAnswer(letter));
    else if (letter === passwordMessage && client.startup && isSame(readPassword(bytes), password)) {
      client.isAdmitted = true;
      enqueue(client, client.startup, true);
    } else refuse(client, '28P01', 'password authentication failed');
  }

  function enqueue(client: Client, bytes: Buffer, isRequest: boolean): void {
    client.messages.push(bytes);
    if (!isRequest) return;
    client.requests++;
    if (client !== owner && !waiting.includes(client)) waiting.push(client);
    void work();
  }

  /** Gives the backend one client's messages at a time, until no client has a request or the owner of the backend has none. */
  async function work(): Promise<void> {
    if (isWorking) return;
    isWorking = true;
    try {
      while (!isClosed) {
        const client = owner ?? waiting.shift();
        if (!client || client.requests === 0) break;
        clearTimeout(ownerTimer);
        owner = client;
        const request = Buffer.concat(client.messages);
        client.messages = [];
        client.requests = 0;
        const isFree = await execute(request, client.socket);
        if (!clients.has(client)) await release(client);
        else if (isFree) await release(client, { isClean: true });
        else ownerTimer = setTimeout(() => refuse(client, '25P03', `a transaction was left idle for ${maxHoldMs} ms`), maxHoldMs);
      }
    } catch (error) {
      isClosed = true;
      for (const { socket } of clients) socket.destroy();
      onCrash(error);
    } finally {
      isWorking = false;
    }
  }

  /** @returns whether the backend is idle afterwards. */
  async function execute(request: Buffer, answerTo?: Socket): Promise<boolean> {
    let tail: Buffer = Buffer.alloc(0);
    await pglite.runExclusive(() =>
      pglite.execProtocolRawStream(request, {
        onRawData: (data) => {
          // The bytes are PGlite's own memory, which the next message overwrites, so they are copied.
          const answer = Buffer.from(data);
          tail = Buffer.concat([tail, answer]).subarray(-6);
          if (answerTo?.writable) answerTo.write(answer);
        },
      }),
    );
    return isIdle(tail);
  }

  async function release(client: Client, { isClean = false } = {}): Promise<void> {
    if (!isClean) await execute(abandon);
    owner = undefined;
    if (client.requests > 0) waiting.push(client);
  }

  function leave(client: Client): void {
    clients.delete(client);
    const place = waiting.indexOf(client);
    if (place >= 0) waiting.splice(place, 1);
    if (client !== owner || isWorking || isClosed) return;
    clearTimeout(ownerTimer);
    isWorking = true;
    release(client)
      .catch(onCrash)
      .finally(() => {
        isWorking = false;
        void work();
      });
  }

  function refuse(client: Client, sqlState: string, why: string): void {
    client.isRefused = true;
    client.socket.end(fatal(sqlState, why), () => client.socket.destroy());
  }

  await new Promise<void>((resolve, reject) => {
    // The listener stays: a connection that cannot be accepted later (no file handle is left) must not end the server.
    server.on('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => resolve());
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async close() {
      isClosed = true;
      clearTimeout(ownerTimer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const { socket } of clients) socket.destroy();
      await closed;
    },
  };
}

/** Compares in constant time for equal lengths; the length is no secret. */
function isSame(given: Buffer, expected: string): boolean {
  const wanted = Buffer.from(expected);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
