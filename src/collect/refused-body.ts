/** A refused body, as a text that a person can read. Pure but for zlib. */
import { isUtf8 } from 'node:buffer';
import { createGunzip } from 'node:zlib';
import { isGzip } from './body.ts';
import { maskKeysOfBody } from './write-key.ts';

/** Enough to see what a client did wrong; a body is at most ten times as long. */
export const MAX_KEPT_BYTES = 64 * 1024;

export interface KeptBody {
  /** At most 64 KiB: the text with its write keys cut, or `base64:` and the bytes in base64. */
  readonly text: string;
  /** A sentence that says how the body was changed; '' when it was not. */
  readonly note: string;
}

/** Packed bytes are unpacked as far as possible; what is not UTF-8 is written in base64. */
export async function readable(body: Uint8Array): Promise<KeptBody> {
  const start = isGzip(body) ? await unpackedStart(body) : body.subarray(0, MAX_KEPT_BYTES);
  if (start.byteLength === 0 && body.byteLength > 0)
    return { text: base64(body), note: 'It is kept as base64, because nothing of it unpacks.' };
  const note = isGzip(body) ? 'It is kept unpacked, as far as it unpacks.' : '';
  const text = asText(start);
  return text === undefined
    ? { text: base64(start), note: `${note} It is kept as base64, because it is not UTF-8.`.trim() }
    : { text: maskKeysOfBody(text), note };
}

/** The cut may be in the middle of a character, which has at most four bytes: that character is left out. */
function asText(start: Uint8Array): string | undefined {
  const isCut = start.byteLength >= MAX_KEPT_BYTES;
  for (const left of isCut ? [0, 1, 2, 3] : [0]) {
    const whole = start.subarray(0, start.byteLength - left);
    if (isUtf8(whole)) return new TextDecoder().decode(whole);
  }
  return undefined;
}

const PREFIX = 'base64:';

/** base64 writes three bytes as four characters. */
function base64(bytes: Uint8Array): string {
  const most = Math.floor((MAX_KEPT_BYTES - PREFIX.length) / 4) * 3;
  // Read as latin1, every byte is a character and is written back as the same byte.
  const masked = maskKeysOfBody(Buffer.from(bytes.subarray(0, most)).toString('latin1'));
  return PREFIX + Buffer.from(masked, 'latin1').toString('base64');
}

/** The bytes that unpack before the first fault, at most 64 KiB. */
async function unpackedStart(packed: Uint8Array): Promise<Uint8Array> {
  const gunzip = createGunzip();
  const chunks: Uint8Array[] = [];
  let length = 0;
  gunzip.end(packed);
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      length += chunk.byteLength;
      if (length >= MAX_KEPT_BYTES) break;
    }
  } catch {
    // The bytes before the fault are kept; the refusal says that the rest is broken.
  }
  return Buffer.concat(chunks).subarray(0, MAX_KEPT_BYTES);
}
