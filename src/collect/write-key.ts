/** Where clients put the write key. Pure. */

/**
 * The header goes before the body: one client masks the copy in its body. Basic carries the key as the user name, with an empty password.
 * Undefined when the request has none.
 */
export function writeKeyOf(authorization: string | undefined, body: unknown): string | undefined {
  return fromBasic(authorization) ?? fromBody(body);
}

export function fromBasic(authorization: string | undefined): string | undefined {
  const encoded = /^Basic\s+([A-Za-z0-9+/_=-]+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [user] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return user === '' ? undefined : user;
}

function fromBody(body: unknown): string | undefined {
  const key = typeof body === 'object' && body !== null && 'writeKey' in body ? body.writeKey : undefined;
  return typeof key === 'string' && key !== '' ? key : undefined;
}
