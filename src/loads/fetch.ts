/** Downloads one file, from where it is allowed to come from. */
import { lookup } from 'node:dns';
import { createWriteStream } from 'node:fs';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Agent, request } from 'undici';
import { errors } from './errors.ts';

export interface FetchOptions {
  readonly allowPrivateNetwork: boolean;
  readonly signal: AbortSignal;
}

const MAX_BYTES = 20 * 1024 ** 3;
const CONNECT_TIMEOUT_MS = 10_000;
/** Between two pieces of the answer, not for the whole of it. */
const SILENCE_TIMEOUT_MS = 60_000;

/** Loopback, private, link-local (cloud metadata lives there), carrier-grade NAT, documentation, multicast and reserved ranges. */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv6');

/** @returns the file's name, from the end of the address. @throws CdpError `loads.address`, `loads.unreadable`. */
export async function fetchTo(address: string, path: string, { allowPrivateNetwork, signal }: FetchOptions): Promise<string> {
  const url = new URL(address);
  const name = decodeURIComponent(url.pathname.split('/').at(-1) ?? '') || 'download';
  if (url.username !== '' || url.password !== '') throw errors.address('An address with a password in it would end up in logs');
  const bare = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivateNetwork && isIP(bare) !== 0 && isPrivate(bare)) throw privateAddress(url.hostname);
  const agent = new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MS, ...(allowPrivateNetwork ? {} : { lookup: publicLookup }) },
    headersTimeout: SILENCE_TIMEOUT_MS,
    bodyTimeout: SILENCE_TIMEOUT_MS,
  });
  try {
    const { statusCode, body } = await request(url, { dispatcher: agent, signal });
    if (statusCode !== 200) {
      await body.dump();
      // A redirect could lead to where the check above forbids.
      throw errors.address(
        `${url.hostname} answered ${statusCode}${statusCode >= 300 && statusCode < 400 ? ': redirects are not followed, give the final address' : ''}`,
      );
    }
    await pipeline(body, cappedAt(MAX_BYTES), createWriteStream(path, { mode: 0o600 }), { signal });
    return name;
  } catch (cause) {
    if (signal.aborted || (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('loads.'))) throw cause;
    throw errors.unreadable(`${url.hostname} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  } finally {
    await agent.close();
  }
}

/** The address that was checked is the one that is connected to: a name that answers differently the second time gains nothing. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const refused = addresses.find(({ address }) => isPrivate(address));
    if (refused) return callback(privateAddress(hostname), []);
    return callback(null, addresses);
  });
};

function isPrivate(address: string): boolean {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  return PRIVATE.check(mapped ?? address, isIP(mapped ?? address) === 6 ? 'ipv6' : 'ipv4');
}

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
