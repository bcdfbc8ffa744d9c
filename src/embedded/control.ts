/** The protocol between a command and the keeper: JSON lines over a loopback connection that stays open while the command lives. */
import type { Socket } from 'node:net';
import * as z from 'zod';
import type { EmbeddedErrorKey } from './errors.ts';

const record = z.record(z.string(), z.json());

const Failure = z.object({
  error: z.custom<EmbeddedErrorKey>((value) => typeof value === 'string'),
  message: z.string(),
  hint: z.string().optional(),
});

/** Messages of a command. */
export const Request = z.discriminatedUnion('type', [
  /** First line of every connection; answered by `ready`, `refused` or `retiring`. */
  z.object({ type: z.literal('hello'), token: z.string(), parameters: record }),
  /** Stops the server cleanly and ends the keeper, whoever is connected. Answered by `stopped`. */
  z.object({ type: z.literal('stop'), token: z.string() }),
]);
export type Request = z.output<typeof Request>;

/** Messages of the keeper. */
export const Reply = z.discriminatedUnion('type', [
  /** The server answers; also sent when it answers again after a crash. */
  z.object({ type: z.literal('ready'), endpoints: record }),
  /** The server died and is being started again. `tail` is the end of its output. */
  z.object({ type: z.literal('restarting'), tail: z.string() }),
  z.object({ type: z.literal('refused'), failure: Failure }),
  /** This keeper is about to end: start another. */
  z.object({ type: z.literal('retiring') }),
  z.object({ type: z.literal('stopped') }),
]);
export type Reply = z.output<typeof Reply>;

export const send = (socket: Socket, message: Request | Reply): void => {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
};

/** Twice the longest line: the last output of a server has 4,000 characters, each written as up to six. */
const MAX_LINE_CHARACTERS = 48_000;

/** Calls `onMessage` for each line that parses. Other input does not come from our programs: the connection is dropped. */
export function receive<M>(socket: Socket, schema: z.ZodType<M>, onMessage: (message: M) => void): void {
  let unfinished = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${unfinished}${text}`.split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines) {
      if (socket.destroyed) return;
      const message = schema.safeParse(parseJson(line));
      if (message.success) onMessage(message.data);
      else socket.destroy();
    }
    if (unfinished.length > MAX_LINE_CHARACTERS) socket.destroy();
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
