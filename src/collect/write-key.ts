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
