/** The part of the PostgreSQL frontend protocol that a server needs to share one backend among clients. No I/O. */

/** One message of a client, header included. `startup` messages have no type byte: they are recognised by their position or their code. */
export interface Message {
  readonly type: 'startup' | 'ssl_request' | 'cancel_request' | 'typed';
  /** The type byte of a typed message (`Q` query, `P` parse, `S` sync, …); empty for the others. */
  readonly letter: string;
  readonly bytes: Buffer;
}

/** A client that announces more than this is broken or hostile: our control-plane documents have kilobytes. */
export const maxMessageBytes = 64 * 1024 * 1024;

const sslRequestCode = 80_877_103;
const gssRequestCode = 80_877_104;
const cancelRequestCode = 80_877_102;

/** Cuts the byte stream of one client into messages; keeps an unfinished one for the next chunk. */
export function createMessageReader(): (chunk: Buffer) => Message[] {
  let pending: Buffer = Buffer.alloc(0);
  let isStarted = false;

  function next(): Message | undefined {
    const headerBytes = isStarted ? 1 : 0;
    if (pending.length < headerBytes + 8 && !(isStarted && pending.length >= 5)) return undefined;
    const length = pending.readInt32BE(headerBytes) + headerBytes;
    if (length < headerBytes + 4 || length > maxMessageBytes) throw new RangeError(`a message of ${length} bytes`);
    if (pending.length < length) return undefined;
    const bytes = pending.subarray(0, length);
    pending = pending.subarray(length);
    if (isStarted) return { type: 'typed', letter: String.fromCharCode(bytes[0] ?? 0), bytes };
    const code = bytes.readInt32BE(4);
    if (code === sslRequestCode || code === gssRequestCode) return { type: 'ssl_request', letter: '', bytes };
    if (code === cancelRequestCode) return { type: 'cancel_request', letter: '', bytes };
    isStarted = true;
    return { type: 'startup', letter: '', bytes };
  }

  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const messages: Message[] = [];
    for (let message = next(); message; message = next()) messages.push(message);
    return messages;
  };
}

/** Messages after which the client waits for an answer: query, sync, flush, function call, and the two ends of a COPY. */
export const expectsAnswer = (letter: string) => 'QSHFcf'.includes(letter);

export const terminate = 'X';
export const passwordMessage = 'p';

/** The text of a password message: between the header and the closing zero. */
export const readPassword = (bytes: Buffer) => bytes.subarray(5, -1);

/**
 * Whether the backend is free for another client. It is when its last bytes, `tail`, are ReadyForQuery with the status "idle". Within a
 * transaction, a failed one, a COPY or an unfinished group of messages it is not free.
 */
export const isIdle = (tail: Buffer) => tail.length >= 6 && tail.subarray(-6).equals(readyIdle);
const readyIdle = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

export const askForPassword = message('R', Buffer.from([0, 0, 0, 3]));
/** Messages that end a group which its client left unfinished, then the transaction that it left open. */
export const abandon = Buffer.concat([message('S', Buffer.alloc(0)), message('Q', text('rollback'))]);

export function fatal(sqlState: string, what: string): Buffer {
  const fields = [`SFATAL`, `VFATAL`, `C${sqlState}`, `M${what}`].map(text);
  return message('E', Buffer.concat([...fields, Buffer.from([0])]));
}

function message(letter: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write(letter, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
