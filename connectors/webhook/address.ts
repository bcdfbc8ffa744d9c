/** Which receiver addresses are the same place. Pure. */
import type { Address } from '../../src/connector-kit/connector.ts';

/** Parameters with credentials. They are renewed while the receiver stays the same. */
const credential = /token|key|secret|sig|pass|pwd|auth|credential|jwt|code/i;

/**
 * Host and port, path, and the parameters without credentials, in any order. http and https of one host are the same receiver. The path is
 * not shown to people: chat tools and automation services put a token there.
 */
export function addressOf(address: string): Address {
  const url = new URL(address);
  const host = url.host.replace(/\.(?=:|$)/, '');
  const parameters = [...url.searchParams].filter(([name]) => !credential.test(name)).map((pair) => JSON.stringify(pair));
  return { shown: { host }, hidden: { path: url.pathname, parameters: parameters.sort().join() } };
}
