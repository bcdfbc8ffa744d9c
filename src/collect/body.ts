/** The body of a collection request: bytes → JSON, whatever its headers say. Pure but for zlib. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { errors } from './errors.ts';

/** Segment's documented limit for a batch, as bytes of JSON. It bounds what a gzip bomb can unpack to as well. */
export const MAX_BODY_BYTES = 500 * 1024;

const unpack = promisify(gunzip);

/**
 * Clients send JSON as text/plain (no preflight), as a form, and gzip with and without saying so: the first bytes tell, headers do not.
 * @throws CdpError `collect.body_too_large`, `collect.malformed_json` (gzip that does not unpack).
 */
export async function bodyText(bytes: Uint8Array): Promise<string> {
  if (bytes.byteLength > MAX_BODY_BYTES) throw errors.body_too_large('The body is larger than 500 KiB');
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return new TextDecoder().decode(isGzip ? await unpacked(bytes) : bytes);
}

/** @throws CdpError `collect.malformed_json`. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw errors.malformed_json('The body is not JSON', { cause });
  }
}

async function unpacked(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await unpack(bytes, { maxOutputLength: MAX_BODY_BYTES });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw errors.body_too_large('The body unpacks to more than 500 KiB', { cause });
    throw errors.malformed_json('The body starts like gzip and does not unpack', { cause });
  }
}
