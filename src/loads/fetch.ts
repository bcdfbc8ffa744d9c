/** Downloads one file, from public addresses only unless private ones are allowed. */
import { createWriteStream } from 'node:fs';
import { isIP } from 'node:net';
import { unescape as decode } from 'node:querystring';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Agent, request } from 'undici';
import { ForbiddenAddressError, isPublicAddress, publicLookup } from '../network/public-address.ts';
import { errors } from './errors.ts';

export interface FetchOptions {
  readonly allowPrivateNetwork: boolean;
  readonly signal: AbortSignal;
}

const MAX_BYTES = 20 * 1024 ** 3;
const CONNECT_TIMEOUT_MS = 10_000;
/** Longest wait between two pieces of the answer, not for the whole of it. */
const SILENCE_TIMEOUT_MS = 60_000;
/** Longest time for the whole answer: 20 GiB at 3 MB/s. It stops a server that sends a byte a minute and so never falls silent. */
const MAX_DURATION_MS = 2 * 3_600_000;

/** @returns the file's name, from the end of the address. @throws CdpError `loads.address`, `loads.unreadable`. */
export async function fetchTo(address: string, path: string, { allowPrivateNetwork, signal }: FetchOptions): Promise<string> {
  if (!URL.canParse(address)) throw errors.address(`${address} is no address`);
  const url = new URL(address);
  const name = decode(url.pathname.split('/').at(-1) ?? '') || 'download';
  if (url.username !== '' || url.password !== '') throw errors.address('An address with a password in it would end up in logs');
  const bare = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivateNetwork && isIP(bare) !== 0 && !isPublicAddress(bare)) throw privateAddress(url.hostname);
  const deadline = AbortSignal.timeout(MAX_DURATION_MS);
  const limits = AbortSignal.any([signal, deadline]);
  const agent = new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MS, ...(allowPrivateNetwork ? {} : { lookup: publicLookup }) },
    headersTimeout: SILENCE_TIMEOUT_MS,
    bodyTimeout: SILENCE_TIMEOUT_MS,
  });
  try {
    const { statusCode, body } = await request(url, { dispatcher: agent, signal: limits });
    if (statusCode !== 200) {
      await body.dump();
      // A redirect could lead to an address that the check above forbids.
      throw errors.address(
        `${url.hostname} answered ${statusCode}${statusCode >= 300 && statusCode < 400 ? ': redirects are not followed, give the final address' : ''}`,
      );
    }
    await pipeline(body, cappedAt(MAX_BYTES), createWriteStream(path, { mode: 0o600 }), { signal: limits });
    return name;
  } catch (cause) {
    if (isForbidden(cause)) throw privateAddress(url.hostname);
    if (deadline.aborted) throw errors.unreadable(`${url.hostname} took more than two hours`, { cause });
    if (signal.aborted || (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('loads.'))) throw cause;
    throw errors.unreadable(`${url.hostname} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  } finally {
    await agent.destroy();
  }
}

/** undici wraps the error of its connection. */
const isForbidden = (error: unknown): boolean =>
  error instanceof ForbiddenAddressError || (error instanceof Error && error.cause instanceof ForbiddenAddressError);

const privateAddress = (host: string) => errors.address(`${host} is on a private network`);

function cappedAt(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(errors.address('The answer is larger than 20 GiB'));
      else done(null, chunk);
    },
  });
}
