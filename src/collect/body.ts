/** The body of a collection request: bytes → JSON, whatever its headers say. Pure but for zlib. */
import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { errors } from './errors.ts';
import { type ParsedJson, parseJson } from './exact-numbers.ts';

/** Segment's documented limit for a batch, as bytes of JSON. It bounds what a gzip bomb can unpack to as well. */
export const MAX_BODY_BYTES = 500 * 1024;

export interface Body {
  readonly json: unknown;
  /** As `parseJson` says. */
  readonly hasOddNumbers: boolean;
  /**
   * Only where the bytes are not UTF-8: the same JSON, read as windows-1252, in which every byte is a character. In `json` each
   * byte that is not UTF-8 has become U+FFFD.
   */
  readonly asLatin: unknown;
}

const unpack = promisify(gunzip);

/**
 * Clients send JSON as text/plain (no preflight), as a form, and gzip with and without saying so: the first bytes tell, headers do not.
 * @throws CdpError `collect.body_too_large`, `collect.malformed_json` (no JSON, or gzip that does not unpack).
 */
export async function readBody(bytes: Uint8Array): Promise<Body> {
  if (bytes.byteLength > MAX_BODY_BYTES) throw errors.body_too_large('The body is larger than 500 KiB');
  const plain = isGzip(bytes) ? await unpacked(bytes) : bytes;
  const isText = isUtf8(plain);
  const refusal = isText ? 'The body is not JSON' : 'The body is not JSON in UTF-8';
  const { value, hasOddNumbers } = parsed(new TextDecoder().decode(plain), refusal);
  return { json: value, hasOddNumbers, asLatin: isText ? undefined : parsed(new TextDecoder('windows-1252').decode(plain), refusal).value };
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function parsed(text: string, refusal: string): ParsedJson {
  try {
    return parseJson(text);
  } catch (cause) {
    throw errors.malformed_json(refusal, { cause });
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
