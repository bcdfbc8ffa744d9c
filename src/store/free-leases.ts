/** Leases where no other process can want them: in databases and folders that only the caller knows. */
import type { Leases } from './leases.ts';

/** Every lease is free, and each next one has a higher fencing token. */
export function freeLeases(): Pick<Leases, 'withLease'> {
  let fencingToken = 0;
  return {
    withLease(name, { signal = new AbortController().signal }, work) {
      fencingToken += 1;
      return work(signal, { name, fencingToken, renew: async () => true, release: async () => undefined });
    },
  };
}
