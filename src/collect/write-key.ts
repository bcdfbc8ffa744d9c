/** Where clients put the write key. Pure. */

/** What of a request, besides its body, may hold a key. */
export interface KeyPlaces {
  /** `Authorization: Basic`, with the key as the user name and an empty password. */
  readonly authorization?: string | undefined;
  /** `X-Write-Key`, as Jitsu's clients send it: `key` or `key:secret`. */
  readonly writeKeyHeader?: string | undefined;
  /** `?writeKey=`: a beacon, which a page sends while it closes, can set no header. */
  readonly query?: string | undefined;
}

/** The key outside of the body: headers go before the address. Undefined when there is none. */
export function outerKey({ authorization, writeKeyHeader, query }: KeyPlaces): string | undefined {
  return fromBasic(authorization) ?? beforeColon(writeKeyHeader) ?? beforeColon(query);
}

/** The key in the body. It counts only where there is no other: one client masks the copy in its body. */
export function bodyKey(body: unknown): string | undefined {
  const key = typeof body === 'object' && body !== null && 'writeKey' in body ? body.writeKey : undefined;
  return typeof key === 'string' && key !== '' ? key : undefined;
}

/** How many different keys of one body are looked up: an honest one holds one, and perhaps a copy of another tool's. */
const MAX_KEYS_IN_BODY = 4;

/**
 * What stands as `writeKey` anywhere in JSON text: keys of ours, and only where there is none, others. To look for it costs nothing, to parse
 * what a stranger sends does. Messages may name keys of other tools by the dozen, which must not crowd out the one that counts.
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

/** A key of ours, and the start of one as Basic authentication writes it: three bytes become four characters. */
const OWN_KEY = /(slk_[A-Za-z0-9_-]{6})[A-Za-z0-9_-]{37}/g;
const OWN_KEY_BASE64 = /c2xrX[A-Za-z0-9+/_-]{58,}={0,2}/g;
/** The same where a text was cut. */
const CUT_KEY = /(?:(slk_[A-Za-z0-9_-]{6})[A-Za-z0-9_-]{1,36}|c2xrX[A-Za-z0-9+/_-]{8,})$/;

/** A text in which every write key is cut to what `keyPrefix` shows of it. Whoever reads events must not be able to send some. */
export function maskKeys(text: string): string {
  const masked = text.includes('slk_') ? text.replace(OWN_KEY, '$1***') : text;
  return masked.includes('c2xrX') ? masked.replace(OWN_KEY_BASE64, (found) => (startsWithKey(found) ? 'c2xrX***' : found)) : masked;
}

/** Else the end of any picture in base64 would be cut off that holds these five characters by chance. */
const startsWithKey = (base64: string) => /^slk_[A-Za-z0-9_-]{43}/.test(Buffer.from(base64, 'base64').toString('latin1'));

/** As `maskKeys`, of a text that could not be parsed and whose end may be cut off. What it calls a write key is none of ours, perhaps. */
export function maskKeysOfBody(text: string): string {
  return maskKeys(text)
    .replace(CUT_KEY, (_, prefix: string | undefined) => `${prefix ?? 'c2xrX'}***`)
    .replace(/("writeKey"\s*:\s*")[^"]*/g, '$1***');
}

/** A message, or what a batch says for all, without the write key that clients put beside its members or into its context. */
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
 * Enough of a key to recognise whose it is, and too little to use it: the ten characters that `sluice keys list` shows; of what is no key of
 * ours (another tool's key, a password in the wrong place) the first four of sixteen or more. Else ''.
 */
export function keyPrefix(key: string | undefined): string {
  if (key === undefined) return '';
  return OWN_PREFIX.exec(key)?.[0] ?? (key.length >= 16 ? (FOREIGN_PREFIX.exec(key)?.[0] ?? '') : '');
}
