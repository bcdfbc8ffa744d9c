/**
 * Takes one collection request from its bytes to its acknowledgement. Of HTTP it knows only the headers and parameters that clients send.
 */

import { CdpError } from '../errors.ts';
import type { ApiKeys } from '../store/api-keys.ts';
import { type Admission, type AdmittedRequest, createAdmission } from './admission.ts';
import { type BodyText, MAX_BODY_BYTES, parseBody, readText } from './body.ts';
import type { CollectRequest, Sender } from './collect-request.ts';
import { errors } from './errors.ts';
import type { Landing } from './landing.ts';
import type { Rejection } from './message.ts';
import type { Refusals } from './refusals.ts';
import { MAX_KEPT_BYTES, readable } from './refused-body.ts';
import { type RequestRows, rejection, rowsOf } from './rows.ts';
import { bodyKey, keyPrefix, keysIn, maskKeys } from './write-key.ts';

export interface CollectReply {
  readonly accepted: number;
  /** By position in the batch, at most 1,000. Each is in `sluice_raw.rejected_events` too, unless its key went past its rate. */
  readonly rejected: readonly ({ readonly index: number } & Rejection)[];
  /** How many more were rejected than are listed. */
  readonly unlisted: number;
}

export interface Collector {
  /**
   * Resolves when everything in the request is stored: good messages as events, the others as rejected events with the reason. The body is
   * read once there is room for it and the key was found valid (unless the key is in the body).
   * @throws CdpError `collect.*`: nothing was acknowledged. One exception: a body that cannot be read is kept as a rejected event when its
   * key is valid.
   */
  collect(request: CollectRequest): Promise<CollectReply>;
  /**
   * For the settings that browser SDKs ask for before they send anything. While the control plane is away every key passes: a page without
   * settings sends nothing at all, and the settings hold no secret.
   * @throws CdpError `collect.write_key`.
   */
  assertKey(key: string | undefined): Promise<void>;
}

export function createCollector(deps: {
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
  readonly landing: Landing;
  readonly refusals: Pick<Refusals, 'count'>;
  readonly admission?: Admission;
  readonly now?: () => Date;
  /** Set when the models read another installation's database in place of the one that messages land in: then every message is refused. */
  readonly foreignRaw?: string | undefined;
}): Collector {
  const { landing, apiKeys, refusals, admission = createAdmission(), now = () => new Date(), foreignRaw } = deps;

  async function senderOf(key: string | undefined): Promise<Sender> {
    const sender = key === undefined ? undefined : await find(key);
    return sender ?? refuseKey(key);
  }

  async function find(key: string): Promise<Sender | undefined> {
    const verified = await apiKeys.verify(key).catch((cause: unknown): never => {
      // The cause is not answered: it names hosts and ports, and the caller is not known.
      throw errors.key_unchecked('The write key cannot be checked at the moment', { cause });
    });
    if (!verified?.source || !verified.scopes.includes('collect')) return undefined;
    return { id: verified.id, source: verified.source, keyPrefix: keyPrefix(key), maxMessagesPerSecond: verified.maxMessagesPerSecond };
  }

  /**
   * The sender whose key is in the body. The key is found in the text, so that a stranger's body is not parsed. Only a small body is
   * parsed, so that its sender can be told what is wrong with it.
   */
  async function senderIn(body: BodyText): Promise<{ sender: Sender; key: string }> {
    const keys = keysIn(body.text);
    const senders = new Map<string, Sender>();
    for (const key of keys) {
      const sender = await find(key);
      if (sender !== undefined) senders.set(key, sender);
    }
    if (senders.size === 0 && body.text.length > MAX_PARSED_OF_STRANGERS) return refuseKey(keys[0]);
    const [first, second] = senders;
    const key = first !== undefined && second === undefined ? first[0] : keyNamed(bodyKey(parseBody(body).json), keys);
    const sender = key === undefined ? undefined : senders.get(key);
    return key === undefined || sender === undefined ? refuseKey(key) : { sender, key };
  }

  /** Reads, unpacks and parses the body. Only the rows stay in memory afterwards. */
  async function receive(request: CollectRequest, headerSender: Sender | undefined, stay: AdmittedRequest, receivedAt: Date) {
    const { length } = request.body;
    const isTooLong = length !== undefined && length > MAX_BODY_BYTES;
    if (isTooLong && headerSender === undefined) throw errors.body_too_large(TOO_LARGE);
    const { bytes, isWhole } = await request.body.read(isTooLong ? MAX_KEPT_BYTES : MAX_BODY_BYTES, (arrived, isSlow) => {
      // Without this, a few clients that announce much and send little would fill the room for nothing.
      if (isSlow || headerSender === undefined) stay.hold(roomToRead({ length: arrived + AHEAD_BYTES, isPacked: request.body.isPacked }));
    });
    try {
      if (!isWhole) throw errors.body_too_large(TOO_LARGE);
      stay.hold(roomFor(0, bytes.byteLength));
      const text = await readText(bytes, (unpackedBytes) => stay.hold(roomFor(bytes.byteLength, unpackedBytes)));
      const found = headerSender === undefined ? await senderIn(text) : { sender: headerSender, key: undefined };
      if (headerSender === undefined) await stay.moveTo(found.sender);
      const body = parseBody(text);
      if (found.key !== undefined && keyNamed(bodyKey(body.json), [found.key]) === undefined) refuseKey(undefined);
      return {
        sender: found.sender,
        rows: rowsOf(body, { call: request.call, sender: found.sender, receivedAt, requestId: request.requestId }),
      };
    } catch (error) {
      // When the key is in the body and the body cannot be read, the sender is unknown.
      if (error instanceof CdpError && headerSender !== undefined) await keepBody(error, bytes, length, headerSender, request, receivedAt);
      throw error;
    }
  }

  /** Keeps a body that cannot be read, as far as it is text, for the owner of the key. */
  async function keepBody(
    error: CdpError,
    bytes: Uint8Array,
    length: number | undefined,
    sender: Sender,
    { requestId }: CollectRequest,
    receivedAt: Date,
  ): Promise<void> {
    const reason = REASONS[error.code];
    if (reason === undefined) return;
    if (!admission.mayKeep(sender, Math.min(bytes.byteLength, MAX_KEPT_BYTES))) return countUnkept(sender, 1);
    const { text, note } = await readable(bytes);
    const detail = note === '' ? error.message : `${error.message}. ${note}`;
    const kept = rejection({ reason, detail }, '', text, { source: sender.source, receivedAt, requestId });
    await landing.land({ events: [], rejected: [{ ...kept, message_bytes: length ?? bytes.byteLength }] });
  }

  function countUnkept({ source, keyPrefix }: Sender, count: number): void {
    if (count > 0) refusals.count({ source, keyPrefix, reason: 'rejected_not_kept', count });
  }

  async function store({ events, rejected, unlisted }: RequestRows, sender: Sender): Promise<void> {
    const kept = rejected.filter(({ row }) => admission.mayKeep(sender, row.message.length + ROW_BYTES));
    countUnkept(sender, rejected.length + unlisted - kept.length);
    await landing.land({ events, rejected: kept.map(({ row }) => row) });
  }

  function count(key: string | undefined, sender: Sender | undefined, error: unknown): void {
    if (!(error instanceof CdpError)) return;
    const prefix = sender?.keyPrefix ?? String(error.context.key_prefix ?? keyPrefix(key));
    refusals.count({ source: sender?.source ?? '', keyPrefix: prefix, reason: error.code });
  }

  return {
    async assertKey(key) {
      try {
        await senderOf(key);
      } catch (error) {
        if (error instanceof CdpError && error.fault === 'transient') return;
        count(key, undefined, error);
        throw error;
      }
    },
    async collect(request) {
      let sender: Sender | undefined;
      let stay: AdmittedRequest | undefined;
      try {
        if (foreignRaw !== undefined)
          throw errors.foreign_raw(`The models of this service read ${foreignRaw}, and no messages are taken here`);
        const receivedAt = now();
        if (request.key !== undefined) sender = await senderOf(request.key);
        const { length = MAX_BODY_BYTES, isPacked } = request.body;
        stay = await admission.enter(
          sender,
          roomToRead({ length: sender === undefined ? Math.min(length, AHEAD_BYTES) : length, isPacked }),
        );
        const received = await receive(request, sender, stay, receivedAt);
        sender = received.sender;
        const { events, rejected, unlisted } = received.rows;
        stay.hold(roomOf(received.rows));
        // Counted here and not earlier: a request that was refused for lack of room has used nothing of the rate.
        admission.countMessages(sender, events.length + rejected.length + unlisted);
        await store(received.rows, sender);
        return {
          accepted: events.length,
          rejected: rejected.map(({ index, row }) => ({ index, reason: row.reason, detail: row.detail })),
          unlisted,
        };
      } catch (error) {
        count(request.key, sender, error);
        throw error;
      } finally {
        stay?.leave();
      }
    },
  };
}

const TOO_LARGE = 'The body is larger than 500 KiB';

/** A body that cannot be read is kept when it was refused for one of these reasons, and for no other. */
const REASONS: Readonly<Record<string, Rejection['reason']>> = {
  'collect.body_too_large': 'body_too_large',
  'collect.malformed_json': 'malformed_json',
};

/** Length of a text; parsed, it takes two megabytes at most, for an instant. */
const MAX_PARSED_OF_STRANGERS = 32 * 1024;

/** Which of `keys` the parsed body names. Keys are masked in that body. */
function keyNamed(masked: string | undefined, keys: readonly string[]): string | undefined {
  return masked === undefined ? undefined : keys.find((key) => maskKeys(key) === masked);
}

function refuseKey(key: string | undefined): never {
  const message = key === undefined ? 'The request has no write key' : 'The write key is not valid';
  throw errors.write_key(message, { context: { key_prefix: keyPrefix(key) } });
}

/** The cost of a request besides its bytes: its socket, headers and promises. Measured with 2,000 idle requests. */
const REQUEST_BYTES = 4 * 1024;
/** The bytes, and the text made of them, in which a character may take two bytes. */
const BYTES_AND_TEXT = 3;
/** JSON of events shrinks to a fifth to an eighth. */
const USUAL_PACKING = 8;

/** Room taken ahead of what has arrived, for a body that is paid for as it arrives: a single message is rarely larger. */
const AHEAD_BYTES = 16 * 1024;

/** The memory of a body while it is read, as far as its headers tell. */
function roomToRead({ length, isPacked }: { readonly length: number; readonly isPacked: boolean }): number {
  const sent = Math.min(length, MAX_BODY_BYTES);
  return isPacked ? roomFor(sent, Math.min(USUAL_PACKING * sent, MAX_BODY_BYTES)) : roomFor(0, sent);
}

const roomFor = (packedBytes: number, unpackedBytes: number) => REQUEST_BYTES + packedBytes + BYTES_AND_TEXT * unpackedBytes;

/** The cost of a row besides its message: its columns as texts, and the object. */
const ROW_BYTES = 1024;

/** The memory of rows until they are stored: each message, and the row that is written for it. */
function roomOf({ events, rejected }: RequestRows): number {
  let bytes = REQUEST_BYTES;
  for (const { message } of events) bytes += 2 * message.length + ROW_BYTES;
  for (const { row } of rejected) bytes += 2 * row.message.length + ROW_BYTES;
  return bytes;
}
