/** From a parsed body to the rows that are stored of it. Pure, and in one go, so that the parsed objects can be freed at once. */

import type { Body } from './body.ts';
import type { CollectRequest, Sender } from './collect-request.ts';
import { errors } from './errors.ts';
import type { RejectedRow } from './landing.ts';
import { acceptMessage, type EventRow, type MessageContext, type Rejection } from './message.ts';
import { MAX_KEPT_BYTES } from './refused-body.ts';
import { withoutWriteKey } from './write-key.ts';

export interface RequestRows {
  readonly events: readonly EventRow[];
  /** By position in the batch; the first thousand. */
  readonly rejected: readonly { readonly index: number; readonly row: RejectedRow }[];
  /** How many more were rejected. */
  readonly unlisted: number;
}

/** The smallest accepted message has some fifty bytes, so no honest body holds more messages than this. */
const MAX_MESSAGES = 10_000;
/** A rejected message may be two bytes of a body; 500 bytes of it would be kept and 80 answered. */
const MAX_LISTED = 1_000;
/**
 * Bytes of all messages of a batch, with the context that the batch gives to each: eight times the largest body. Contexts from Java have
 * some hundred bytes.
 */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

interface Circumstances extends Pick<CollectRequest, 'call' | 'requestId'> {
  readonly sender: Sender;
  readonly receivedAt: Date;
}

/** @throws CdpError `collect.not_a_batch`, `collect.body_too_large`. */
export function rowsOf(body: Body, { call, sender, receivedAt, requestId }: Circumstances): RequestRows {
  const messages = messagesOf(call, body.json);
  const isUtf8 = body.asLatin === undefined;
  const asArrived = isUtf8 ? messages : messagesOf(call, body.asLatin);
  const batch = call === 'batch' ? (withoutWriteKey(body.json) as NonNullable<MessageContext['batch']>) : undefined;
  assertSize(messages.length, batch?.context);
  const arrival: MessageContext = {
    source: sender.source,
    receivedAt,
    isUtf8,
    hasOddNumbers: body.hasOddNumbers,
    ...(call === 'batch' ? { batch: batch ?? {} } : { type: call }),
  };

  const events: EventRow[] = [];
  const rejected: { index: number; row: RejectedRow }[] = [];
  let unlisted = 0;
  for (const [index, message] of messages.entries()) {
    const result = acceptMessage(withoutWriteKey(message), arrival);
    if (result.ok) events.push(result.row);
    else if (rejected.length === MAX_LISTED) unlisted += 1;
    else {
      const text = shown(withoutWriteKey(asArrived[index]));
      rejected.push({ index, row: rejection(result, result.messageId, text, { source: sender.source, receivedAt, requestId }) });
    }
  }
  return { events, rejected, unlisted };
}

/** A few bytes of a batch become many when each message takes over the context of the batch, so this is counted first. */
function assertSize(messages: number, context: unknown): void {
  if (context === undefined || messages < 2) return;
  if (shown(context).length * messages > MAX_BATCH_BYTES) {
    throw errors.body_too_large('The messages of the batch are larger than 4 MiB with the context that the batch gives to each');
  }
}

function messagesOf(call: CollectRequest['call'], body: unknown): readonly unknown[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw errors.not_a_batch('The body is not a JSON object');
  if (call !== 'batch') return [body];
  const batch = 'batch' in body ? body.batch : undefined;
  if (!Array.isArray(batch)) throw errors.not_a_batch('The body has no list named batch');
  if (batch.length > MAX_MESSAGES) throw errors.body_too_large(`The batch has more than ${MAX_MESSAGES.toLocaleString('en')} messages`);
  return batch;
}

export function rejection(
  { reason, detail }: Rejection,
  messageId: string,
  text: string,
  request: { readonly source: string; readonly receivedAt: Date; readonly requestId: string },
): RejectedRow {
  const bytes = Buffer.from(text.toWellFormed());
  return {
    received_at: request.receivedAt.toISOString(),
    source: request.source,
    message_id: messageId,
    reason,
    detail,
    // A cut in the middle of a character becomes U+FFFD, which is well-formed again.
    message: bytes.byteLength > MAX_KEPT_BYTES ? new TextDecoder().decode(bytes.subarray(0, MAX_KEPT_BYTES)) : bytes.toString('utf8'),
    message_bytes: bytes.byteLength,
    request_id: request.requestId,
  };
}

function shown(message: unknown): string {
  try {
    return JSON.stringify(message) ?? '';
  } catch {
    return '[nested too deeply to be shown]';
  }
}
