/** Where clients put the write key. Pure. */

/** The parts of a request, besides its body, that may hold a key. */
export interface KeyPlaces {
  /** `Authorization: Basic`, with the key as the user name and an empty password. */
  readonly authorization?: string | undefined;
  /** `X-Write-Key`, as Jitsu's clients send it: `key` or `key:secret`. */
  readonly writeKeyHeader?: string | undefined;
  /** `?writeKey=`: a beacon, which a page sends while it closes, cannot set headers. */
  readonly query?: string | undefined;
}

/** The key outside of the body: headers take precedence over the address. Undefined when there is none. */
export function outerKey({ authorization, writeKeyHeader, query }: KeyPlaces): string | undefined {
  return fromBasic(authorization) ?? beforeColon(writeKeyHeader) ?? beforeColon(query);
}

/** The key in the body. It counts only when there is no other: one client masks the copy in its body. */
export function bodyKey(body: unknown): string | undefined {
  const key = typeof body === 'object' && body !== null && 'writeKey' in body ? body.writeKey : undefined;
  return typeof key === 'string' && key !== '' ? key : undefined;
}

/** How many different keys of one body are looked up: an honest body holds one, and perhaps a copy of another tool's key. */
const MAX_KEYS_IN_BODY = 4;

/**
 * The values of `writeKey` anywhere in JSON text: keys of ours, and other texts only when there is no key of ours. Searching the text costs
 * nothing; parsing a stranger's body would. A message may name dozens of other tools' keys, which must not crowd out the one that counts.
 */
export function keysIn(json: string): readonly string[] {
  const own = someOf(json.matchAll(/"writeKey"\s*:\s*"(slk_[A-Za-z0-9_-]{43})"/g));
  return own.length > 0 ? own : someOf(json.matchAll(/"writeKey"\s*:\s*"([^"\\]{1,512})"/g));
}

function someOf(found: Iterable<RegExpExecArray>): readonly string[] {
  const keys = new Set<string>();
  for (const [, key] of found) {
    if (key !== undefined) keys.add(key);
    if (keys.size === MAX_KEYS_IN_BODY) break;
  }
  return [...keys];
}

/** A key of ours, and the start of one in base64 as Basic authentication writes it: there three bytes become four characters. */
const OWN_KEY = /(slk_[A-Za-z0-9_-]{6})[A-Za-z0-9_-]{37}/g;
const OWN_KEY_BASE64 = /c2xrX[A-Za-z0-9+/_-]{58,}={0,2}/g;
/** The same at the end of a text that was cut. */
const CUT_KEY = /(?:(slk_[A-Za-z0-9_-]{6})[A-Za-z0-9_-]{1,36}|c2xrX[A-Za-z0-9+/_-]{8,})$/;

/**
 * A text in which every write key is cut to the part that `keyPrefix` shows. A person who reads events must not be able to send events with
 * the key.
 */
export function maskKeys(text: string): string {
  const masked = text.includes('slk_') ? text.replace(OWN_KEY, '$1***') : text;
  return masked.includes('c2xrX') ? masked.replace(OWN_KEY_BASE64, (found) => (startsWithKey(found) ? 'c2xrX***' : found)) : masked;
}

/** Without this check, base64 that holds these five characters by chance, such as a picture, would lose its end. */
const startsWithKey = (base64: string) => /^slk_[A-Za-z0-9_-]{43}/.test(Buffer.from(base64, 'base64').toString('latin1'));

/**
 * As `maskKeys`, for a text that could not be parsed and whose end may be cut off. A value named write key is masked too, even when it is
 * not a key of ours.
 */
export function maskKeysOfBody(text: string): string {
  return maskKeys(text)
    .replace(CUT_KEY, (_, prefix: string | undefined) => `${prefix ?? 'c2xrX'}***`)
    .replace(/("writeKey"\s*:\s*")[^"]*/g, '$1***');
}

/** A message, or the shared part of a batch, without the write key that clients put beside its members or into its context. */
export function withoutWriteKey(message: unknown): unknown {
  if (!isMembers(message)) return message;
  const { writeKey, ...rest } = message;
  const { context } = rest;
  if (isMembers(context) && 'writeKey' in context) return { ...rest, context: withoutWriteKey(context) };
  return writeKey === undefined ? message : rest;
}

function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

function fromBasic(authorization: string | undefined): string | undefined {
  const encoded = /^Basic\s+([A-Za-z0-9+/_=-]+)$/i.exec(authorization ?? '')?.[1];
  return encoded === undefined ? undefined : beforeColon(Buffer.from(encoded, 'base64').toString('utf8'));
}

function beforeColon(text: string | undefined): string | undefined {
  const [key] = (text ?? '').trim().split(':');
  return key === '' ? undefined : key;
}

/** As many characters as `sluice keys list` shows of a key, which is far too few to use it. */
const OWN_PREFIX = /^slk_[A-Za-z0-9_-]{6}/;
const FOREIGN_PREFIX = /^[\w.-]{4}/;

/**
 * Enough of a key to recognise its owner, and too little to use it: the ten characters that `sluice keys list` shows. For a text that is
 * not a key of ours (another tool's key, a password in the wrong place): the first four of sixteen or more characters, else ''.
 */
export function keyPrefix(key: string | undefined): string {
  if (key === undefined) return '';
  return OWN_PREFIX.exec(key)?.[0] ?? (key.length >= 16 ? (FOREIGN_PREFIX.exec(key)?.[0] ?? '') : '');
}
