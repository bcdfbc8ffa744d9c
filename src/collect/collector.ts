/** One collection request from its bytes to its acknowledgement. Knows nothing of HTTP but the words that clients send. */
import { CdpError } from '../errors.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { type Body, readBody } from './body.ts';
import { errors } from './errors.ts';
import type { Landing, RejectedRow } from './landing.ts';
import { type Accepted, type Arrival, acceptMessage, type MessageType, type Rejection } from './message.ts';
import type { Refusals } from './refusals.ts';
import { MAX_KEPT_BYTES, readable } from './refused-body.ts';
import { bodyKey, keyPrefix } from './write-key.ts';

export interface CollectRequest {
  /** From the path; `batch` for a list. */
  readonly call: MessageType | 'batch';
  /** The key that the headers or the address hold (`outerKey`); it goes before the one in the body. */
  readonly key: string | undefined;
  readonly body: Uint8Array;
  readonly requestId: string;
}

export interface CollectReply {
  readonly accepted: number;
  /** By place in the batch; each is in `sluice_raw.rejected_events` too. */
  readonly rejected: readonly ({ readonly index: number } & Rejection)[];
}

export interface Collector {
  /**
   * Resolves when everything that came is stored: the good messages among the events, the others, with the reason, among the rejected.
   * @throws CdpError `collect.*`: nothing was acknowledged, except that a body which cannot be read is kept among the rejected when its key is valid.
   */
  collect(request: CollectRequest): Promise<CollectReply>;
  /**
   * For the settings that browser SDKs ask for before they send anything. While the control plane is away every key passes: without
   * settings a page sends nothing at all, and they hold nothing secret.
   * @throws CdpError `collect.write_key`.
   */
  assertKey(key: string | undefined): Promise<void>;
  /** Counts a request that was refused before it came here, for its size. */
  countRefusal(key: string | undefined, error: CdpError): Promise<void>;
}

/** The smallest message that is accepted has some fifty bytes, so that no honest body holds more of them. */
const MAX_MESSAGES = 10_000;

export function createCollector(deps: {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  readonly landing: Landing;
  readonly refusals: Pick<Refusals, 'count'>;
  readonly now?: () => Date;
}): Collector {
  const { landing, apiKeys, refusals, now = () => new Date() } = deps;

  async function sourceOf(key: string | undefined): Promise<string> {
    const verified = key === undefined ? null : await apiKeys.verify(key);
    if (verified?.source && verified.scopes.includes('collect')) return verified.source;
    throw errors.write_key(key === undefined ? 'The request has no write key' : 'The write key is not valid');
  }

  /** What a body says that can be read; else the reason is recorded for whoever owns the key in the header. */
  async function read(request: CollectRequest, receivedAt: Date): Promise<Body> {
    try {
      return await readBody(request.body);
    } catch (error) {
      // Whoever gives the key in the body cannot be known when the body cannot be read.
      if (!(error instanceof CdpError) || request.key === undefined) throw error;
      const source = await sourceOf(request.key);
      const reason = error.code === 'collect.body_too_large' ? 'body_too_large' : 'malformed_json';
      const { text, note } = await readable(request.body);
      const detail = note === '' ? error.message : `${error.message}. ${note}`;
      const rejected = rejection({ reason, detail }, '', text, { source, receivedAt, requestId: request.requestId });
      await landing.land({ events: [], rejected: [{ ...rejected, message_bytes: request.body.byteLength }] });
      throw error;
    }
  }

  async function landAll(request: CollectRequest, body: Body, receivedAt: Date): Promise<CollectReply> {
    const source = await sourceOf(request.key);
    const messages = messagesOf(request.call, body.json);
    const isUtf8 = body.asLatin === undefined;
    const asArrived = isUtf8 ? messages : messagesOf(request.call, body.asLatin);
    const arrival: Arrival = {
      source,
      receivedAt,
      isUtf8,
      hasOddNumbers: body.hasOddNumbers,
      ...(request.call === 'batch' ? { batch: body.json as NonNullable<Arrival['batch']> } : { type: request.call }),
    };

    const results = messages.map((message): Accepted => acceptMessage(message, arrival));
    const events = results.flatMap((result) => (result.ok ? [result.row] : []));
    const refused = results.flatMap((result, index) => (result.ok ? [] : [{ index, message: asArrived[index], result }]));
    await landing.land({
      events,
      rejected: refused.map(({ message, result }) =>
        rejection(result, result.messageId, shown(message), { source, receivedAt, requestId: request.requestId }),
      ),
    });
    return {
      accepted: events.length,
      rejected: refused.map(({ index, result }) => ({ index, reason: result.reason, detail: result.detail })),
    };
  }

  /** What cannot be known about a refusal must not hide it: then it is counted without its source. */
  async function count(key: string | undefined, error: unknown): Promise<void> {
    if (!(error instanceof CdpError)) return;
    const verified = key === undefined ? null : await apiKeys.verify(key).catch(() => null);
    const isCollecting = verified?.scopes.includes('collect') ?? false;
    refusals.count({ source: isCollecting ? (verified?.source ?? '') : '', keyPrefix: keyPrefix(key), reason: error.code });
  }

  return {
    async assertKey(key) {
      try {
        await sourceOf(key);
      } catch (error) {
        if (error instanceof CdpError && error.fault === 'transient') return;
        await count(key, error);
        throw error;
      }
    },
    countRefusal: count,
    async collect(request) {
      let key = request.key;
      try {
        const receivedAt = now();
        const body = await read(request, receivedAt);
        key ??= bodyKey(body.json);
        return await landAll({ ...request, key }, body, receivedAt);
      } catch (error) {
        await count(key, error);
        throw error;
      }
    },
  };
}

function messagesOf(call: CollectRequest['call'], body: unknown): readonly unknown[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw errors.not_a_batch('The body is not a JSON object');
  if (call !== 'batch') return [body];
  const batch = 'batch' in body ? body.batch : undefined;
  if (!Array.isArray(batch)) throw errors.not_a_batch('The body has no list named batch');
  if (batch.length > MAX_MESSAGES) throw errors.body_too_large(`The batch has more than ${MAX_MESSAGES.toLocaleString('en')} messages`);
  return batch;
}

function rejection(
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
