/**
 * One message of the Segment HTTP API: what is accepted, and the row it becomes. Pure.
 * Source of the rules: the published Segment HTTP Tracking API, and recordings of what SDKs really send (they differ in many small ways).
 */
import { hasLongNumbers } from './exact-numbers.ts';
import { idOf, storedMessageId } from './ids.ts';
import { type EventTime, isoTime, occurrence } from './time.ts';
import { wellFormedJson } from './well-formed.ts';

export const MESSAGE_TYPES = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** A row of `sluice_raw.events`; times as ISO 8601 in UTC. */
export interface EventRow extends EventTime {
  readonly message_id: string;
  readonly type: MessageType;
  readonly event: string;
  readonly source: string;
  readonly anonymous_id: string;
  readonly user_id: string;
  readonly previous_id: string;
  readonly group_id: string;
  readonly received_at: string;
  readonly message: string;
  /** Whether a number in `message` fits neither a 64-bit integer nor a double. */
  readonly has_long_numbers: boolean;
}

export type RejectionReason =
  | 'malformed_json'
  | 'body_too_large'
  | 'not_an_object'
  | 'not_utf8'
  | 'nested_too_deep'
  | 'unknown_type'
  | 'missing_id'
  | 'invalid_id'
  | 'missing_event'
  | 'missing_group_id'
  | 'missing_previous_id'
  | 'message_too_large'
  | 'too_many_members';

export interface Rejection {
  readonly reason: RejectionReason;
  /** A sentence that says what would have been accepted. Never quotes values. */
  readonly detail: string;
}

export type MessageResult =
  | { readonly ok: true; readonly row: EventRow }
  | ({ readonly ok: false; readonly messageId: string } & Rejection);

/** What is known about a message besides its content. */
export interface MessageContext {
  readonly source: string;
  readonly receivedAt: Date;
  /** False when bytes of the request were not UTF-8: messages with such bytes hold U+FFFD in their place. */
  readonly isUtf8?: boolean;
  /** Whether a number of the request is written in a way that JavaScript would not write it. Only then a number may be too long. */
  readonly hasOddNumbers?: boolean;
  /** Type from the path of a single call; in a batch each message states its own. */
  readonly type?: MessageType;
  /** What a batch says once for all of its messages. */
  readonly batch?: { readonly context?: unknown; readonly sentAt?: unknown };
}

/** Segment's documented limit for one message. */
export const MAX_MESSAGE_BYTES = 32 * 1024;

/** ClickHouse reads JSON of at most 1,024 levels; of a deeper message it would store nothing. */
const MAX_DEPTH = 1_000;

/**
 * Limit for the members of all objects of one message. Each name is a path in a column of the warehouse. Real messages, an order of a
 * hundred lines included, have 20 bytes to a member or more, so they meet the limit for bytes first.
 */
export const MAX_MEMBERS = 2_000;

/** What a decoder writes for bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

type Members = Readonly<Record<string, unknown>>;

export function acceptMessage(raw: unknown, arrival: MessageContext): MessageResult {
  if (!isMembers(raw)) return refuse('', 'not_an_object', 'A message is a JSON object.');
  const text = textOf(raw, arrival.batch?.context);
  if (text === undefined || isDeep(text)) return refuse('', 'nested_too_deep', `A message is nested at most ${MAX_DEPTH} levels deep.`);
  if (arrival.isUtf8 === false && text.includes(REPLACEMENT)) {
    return refuse('', 'not_utf8', 'A message is written in UTF-8. This one is kept as windows-1252, in which every byte is a character.');
  }
  const messageId = idOf(raw.messageId);
  if (messageId === undefined) return refuse('', 'invalid_id', 'messageId is a text or a number of at most 512 characters.');
  const no = (reason: RejectionReason, detail: string) => refuse(messageId, reason, detail);

  const type = arrival.type ?? MESSAGE_TYPES.find((known) => known === raw.type);
  if (type === undefined) return no('unknown_type', `type is one of ${MESSAGE_TYPES.join(', ')}.`);
  if (text.length > MAX_MESSAGE_BYTES / 3 && Buffer.byteLength(text) > MAX_MESSAGE_BYTES)
    return no('message_too_large', 'One message has at most 32 KiB.');
  if (hasManyMembers(text))
    return no(
      'too_many_members',
      'One message has at most 2,000 members, those of its context and of all objects and lists in it counted.',
    );

  const ids = { user: idOf(raw.userId), anonymous: idOf(raw.anonymousId), previous: idOf(raw.previousId), group: idOf(raw.groupId) };
  const [user, anonymous, previous, group] = [ids.user, ids.anonymous, ids.previous, ids.group];
  if (user === undefined || anonymous === undefined || previous === undefined || group === undefined) {
    return no('invalid_id', 'userId, anonymousId, previousId and groupId are texts or numbers of at most 512 characters.');
  }
  if (user === '' && anonymous === '') return no('missing_id', 'A message needs a userId or an anonymousId.');
  const event = nameOf(type, raw);
  const lack = whatLacks(type, { previous, group, event });
  if (lack) return refuse(messageId, lack.reason, lack.detail);

  const time = occurrence({
    timestamp: raw.timestamp,
    originalTimestamp: raw.originalTimestamp,
    sentAt: raw.sentAt ?? arrival.batch?.sentAt,
    receivedAt: arrival.receivedAt,
  });
  return {
    ok: true,
    row: {
      message_id: storedMessageId(raw.messageId, messageId, arrival.source, text),
      type,
      event: event ?? '',
      source: arrival.source,
      anonymous_id: anonymous,
      user_id: user,
      previous_id: type === 'alias' ? previous : '',
      group_id: type === 'group' ? group : '',
      ...time,
      received_at: isoTime(arrival.receivedAt.getTime()),
      message: text,
      has_long_numbers: arrival.hasOddNumbers === true && hasLongNumbers(text),
    },
  };
}

/** What a call of this type cannot do without. */
function whatLacks(type: MessageType, has: { previous: string; group: string; event: string | undefined }): Rejection | undefined {
  if (has.event === undefined || (type === 'track' && has.event === '')) {
    return { reason: 'missing_event', detail: 'track needs the name of its event as a text; the name of a page or screen is a text too.' };
  }
  if (type === 'group' && has.group === '') return { reason: 'missing_group_id', detail: 'group needs a groupId.' };
  if (type === 'alias' && has.previous === '') return { reason: 'missing_previous_id', detail: 'alias needs a previousId.' };
  return undefined;
}

/** Whether JSON text is nested deeper than ClickHouse reads it. Few texts have that many brackets, so few are searched. */
function isDeep(json: string): boolean {
  if (json.length < 2 * MAX_DEPTH || occurrences(json, '{') + occurrences(json, '[') <= MAX_DEPTH) return false;
  let depth = 0;
  for (const [token] of json.matchAll(BRACKETS_AND_STRINGS)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** Whether JSON text, as JSON.stringify writes it, has too many members. Few texts have that many colons, so few are searched. */
function hasManyMembers(json: string): boolean {
  if (json.length < MAX_MEMBERS * '"":1'.length || occurrences(json, ':') <= MAX_MEMBERS) return false;
  let count = 0;
  for (const [token] of json.matchAll(STRINGS)) if (token.endsWith(':')) count += 1;
  return count > MAX_MEMBERS;
}

function occurrences(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count += 1;
  return count;
}

/** Matches a string with the colon that makes it the name of a member. */
const STRINGS = /"[^"\\]*(?:\\.[^"\\]*)*":?/g;

const BRACKETS_AND_STRINGS = /[[\]{}]|"[^"\\]*(?:\\.[^"\\]*)*"/g;

/** Name of the event, page or screen; '' for a message without one; undefined for what cannot be a name. */
function nameOf(type: MessageType, raw: Members): string | undefined {
  if (type !== 'track' && type !== 'page' && type !== 'screen') return '';
  const name = type === 'track' ? raw.event : (raw.name ?? '');
  return typeof name === 'string' ? name.trim().toWellFormed() : undefined;
}

/**
 * The message as JSON text that every parser takes. Java sends the context once per batch: it is merged in, and members of the message's
 * own context win. Undefined when the message is nested so deeply that it cannot be written.
 */
function textOf(raw: Members, batchContext: unknown): string | undefined {
  const whole = isMembers(batchContext) ? { ...raw, context: { ...batchContext, ...(isMembers(raw.context) ? raw.context : {}) } } : raw;
  try {
    return wellFormedJson(whole);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

function refuse(messageId: string, reason: RejectionReason, detail: string): MessageResult {
  return { ok: false, messageId, reason, detail };
}
