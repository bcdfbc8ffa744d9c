/** The body of a collection request: bytes → text → JSON, whatever its headers say. Pure but for zlib. */
import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { errors } from './errors.ts';
import { type ParsedJson, parseJson } from './exact-numbers.ts';
import { maskKeys } from './write-key.ts';

/** Segment's documented limit for a batch, as bytes of JSON. It also bounds what a gzip bomb can unpack to. */
export const MAX_BODY_BYTES = 500 * 1024;

export interface BodyText {
  readonly text: string;
  /**
   * Set only where the bytes are not UTF-8: the same bytes read as windows-1252, in which every byte is a character. In `text` each byte
   * that is not UTF-8 has become U+FFFD.
   */
  readonly latinText: string | undefined;
}

export interface Body {
  /** Without write keys: they are cut as `maskKeys` does. */
  readonly json: unknown;
  /** See `parseJson`. */
  readonly hasOddNumbers: boolean;
  /** `latinText`, parsed. */
  readonly asLatin: unknown;
}

const unpack = promisify(gunzip);

/**
 * Clients send JSON as text/plain (no preflight), as a form, and gzip with and without saying so: the first bytes tell, headers do not.
 * @param hold gets the number of bytes before they are allocated. An error that it throws ends the work.
 * @throws CdpError `collect.body_too_large`, `collect.malformed_json` (gzip that does not unpack).
 */
export async function readText(bytes: Uint8Array, hold: (unpackedBytes: number) => void): Promise<BodyText> {
  const plain = isGzip(bytes) ? await unpacked(bytes, hold) : bytes;
  return {
    text: new TextDecoder().decode(plain),
    latinText: isUtf8(plain) ? undefined : new TextDecoder('windows-1252').decode(plain),
  };
}

/**
 * Parses the text. 500 KiB of it become up to 40 MB of objects: keep none of them while waiting for anything else.
 * @throws CdpError `collect.malformed_json`.
 */
export function parseBody({ text, latinText }: BodyText): Body {
  const isText = latinText === undefined;
  const { value, hasOddNumbers } = parsed(text, isText ? 'The body is not JSON' : 'The body is not JSON in UTF-8');
  return { json: value, hasOddNumbers, asLatin: isText ? undefined : parsed(latinText, 'The body is not JSON in UTF-8').value };
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Keys are cut out of the text, so that nothing made from it holds one. */
function parsed(text: string, refusal: string): ParsedJson {
  try {
    return parseJson(maskKeys(text));
  } catch (cause) {
    throw errors.malformed_json(refusal, { cause });
  }
}

/**
 * gzip states at its end how long the content is. It may state too little (when it has several parts, or lies); then too little room was
 * held, and the content is unpacked again with room for the largest size.
 */
async function unpacked(bytes: Uint8Array, hold: (unpackedBytes: number) => void): Promise<Uint8Array> {
  const said = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt32LE(Math.max(0, bytes.byteLength - 4));
  const rooms = said > 0 && said < MAX_BODY_BYTES ? [said, MAX_BODY_BYTES] : [MAX_BODY_BYTES];
  for (const maxOutputLength of rooms) {
    hold(maxOutputLength);
    try {
      return await unpack(bytes, { maxOutputLength });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE')
        throw errors.malformed_json('The body starts like gzip but does not unpack', { cause });
    }
  }
  throw errors.body_too_large('The body unpacks to more than 500 KiB');
}
