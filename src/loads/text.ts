/** The text of a file in pieces: unpacked, decoded, without its byte order mark. */
import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';
import { errors } from './errors.ts';

export interface EncodedFile {
  readonly path: string;
  /** Name for messages. */
  readonly name: string;
  readonly isGzip: boolean;
  /** A label of the WHATWG Encoding Standard. When undefined: UTF-16 if the file begins with its byte order mark, else UTF-8. */
  readonly encoding?: string;
}

const CHUNK_BYTES = 256 * 1024;
/** A longer line means that a quote is never closed, or that the file is not text. */
export const MAX_LINE_CHARACTERS = 32 * 1024 * 1024;

export interface TextReadOptions {
  /** Called with the number of bytes that were read from disk. */
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** @throws CdpError `loads.encoding`, `loads.format` (gzip that is cut off); the reason of `signal`. */
export async function* textOf(file: EncodedFile, { onBytes, signal }: TextReadOptions = {}): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  const raw = createReadStream(file.path, { highWaterMark: CHUNK_BYTES });
  if (onBytes) raw.on('data', (chunk) => onBytes(chunk.length));
  const bytes: Readable = file.isGzip ? pipeline(raw, createGunzip({ chunkSize: CHUNK_BYTES }), ignoreLateError) : raw;
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      decoder ??= decoderOf(file, chunk);
      yield decoder.decode(chunk, { stream: true });
    }
    yield decoder?.decode() ?? '';
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw errors.encoding(`${file.name} is not ${decoder?.encoding}`, { cause });
    if (code.startsWith('Z_')) throw errors.format(`${file.name}: is gzip that is cut off or damaged`, { cause });
    throw cause;
  } finally {
    raw.destroy();
  }
}

export const ENDS_IN_CR =
  "has lines that end in a carriage return alone (CR). Write them with LF or CRLF, for instance with tr '\\r' '\\n'";

/** The lines of `text`, without their ends (LF or CRLF). @throws CdpError `loads.format` for a line that is too long. */
export async function* linesOf(text: AsyncIterable<string>, name: string): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of text) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARACTERS)
      throw errors.format(`${name}: ${rest.includes('\r') ? ENDS_IN_CR : 'has a line of more than 32 million characters'}`);
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}

/** The text without its first lines. */
export async function* withoutLines(text: AsyncIterable<string>, count: number): AsyncGenerator<string> {
  let left = count;
  for await (const piece of text) {
    let start = 0;
    for (; left > 0; left -= 1) {
      const end = piece.indexOf('\n', start);
      if (end === -1) break;
      start = end + 1;
    }
    if (left === 0) yield piece.slice(start);
  }
}

/** The label's name in the standard. @throws CdpError `loads.encoding`. */
export const encodingNamed = ({ name }: Pick<EncodedFile, 'name'>, encoding: string): string =>
  decoderOf({ name, encoding }, new Uint8Array()).encoding;

function decoderOf({ name, encoding }: Omit<EncodedFile, 'path' | 'isGzip'>, start: Uint8Array): TextDecoder {
  try {
    return new TextDecoder(encoding ?? markedEncoding(start), { fatal: true });
  } catch (cause) {
    throw errors.encoding(`${name} cannot be read: there is no encoding "${encoding}"`, { cause });
  }
}

/** UTF-16 is recognised by its byte order mark; without the mark it cannot be told from other encodings. */
export function markedEncoding(start: Uint8Array): string {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

/** The consumer of the stream gets the error too; this only keeps Node from raising it a second time. */
const ignoreLateError = () => undefined;
