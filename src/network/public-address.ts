/** Which addresses a destination may have. Stops a configured URL from reaching this machine, its network or a cloud's metadata service. */
import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Everything that is not the public internet: https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6- (2026-11). */
const forbidden = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // carrier-grade NAT; also 100.100.100.200, a cloud's metadata service
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // link-local; 169.254.169.254 is the metadata service of most clouds
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  forbidden.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 96], // unspecified, loopback, and IPv4 addresses as they were once written in IPv6 (::7f00:1)
  ['::ffff:0:0:0', 96], // IPv4 as translators write it (::ffff:0:7f00:1)
  ['64:ff9b::', 96], // NAT64: reaches IPv4 addresses that the list above forbids
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4, the same way round
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10], // site-local, the private networks of old
  ['ff00::', 8],
] as const) {
  forbidden.addSubnet(network, prefix, 'ipv6');
}

/** False for loopback, private, link-local, metadata, multicast and reserved addresses, IPv4-mapped ones included. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').split('%')[0] ?? '';
  const version = isIP(bare);
  if (version === 0) return false;
  // BlockList checks ::ffff:a.b.c.d against the IPv4 rules by itself.
  return !forbidden.check(bare, version === 4 ? 'ipv4' : 'ipv6');
}

export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';
  readonly code = 'FORBIDDEN_ADDRESS';
}

/**
 * A `lookup` for `net.connect` that answers with checked addresses only. The socket then connects to exactly these, so a name that changes
 * its answer between the check and the connection (DNS rebinding) gains nothing. One bad address among several refuses the name.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) return callback(error, '');
    const bad = addresses.find(({ address }) => !isPublicAddress(address));
    const [first] = addresses;
    if (bad || !first) return callback(new ForbiddenAddressError(`${hostname} is an address of a private network`), '');
    return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};

/**
 * The address to connect to, for client libraries that take no `lookup`: resolved once, checked, and handed to them in place of the name.
 * @throws ForbiddenAddressError, or the resolver's error.
 */
export async function publicAddressOf(hostname: string): Promise<string> {
  const addresses = isIP(hostname) === 0 ? await lookup(hostname, { all: true }) : [{ address: hostname }];
  const [first] = addresses;
  if (!first || addresses.some(({ address }) => !isPublicAddress(address))) {
    throw new ForbiddenAddressError(`${hostname} is an address of a private network`);
  }
  return first.address;
}

/**
 * Whether a name or address leads outside this machine and its private networks, so that what is sent must be encrypted.
 * @throws the resolver's error for a name that it cannot resolve now. It may resolve a moment later, to any address, so neither answer
 * would be safe.
 */
export async function isPublicHost(hostname: string): Promise<boolean> {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0) return isPublicAddress(bare);
  const addresses = await lookup(bare, { all: true });
  return addresses.some(({ address }) => isPublicAddress(address));
}
