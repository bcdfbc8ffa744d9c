/** Keeps the tokens of a login. No I/O: the service hands in a keeper whose tokens outlive the process, encrypted. */
import type { Fault } from './fault.ts';

export interface Tokens {
  readonly accessToken: string;
  /** Undefined when the vendor did not say. */
  readonly expiresAt: Date | undefined;
  /** The one to use next; undefined for logins without. */
  readonly refreshToken: string | undefined;
}

export interface TokenKeeper {
  read(): Promise<Tokens | undefined>;
  /**
   * Replaces the tokens that the caller has found useless. One caller at a time, in all processes: a vendor that is given an old refresh token
   * takes it for stolen and ends the login. When another caller has replaced `useless` meanwhile, `fetch` is not called.
   */
  replace(useless: Tokens | undefined, fetch: (newest: Tokens | undefined) => Promise<Tokens | Fault>): Promise<Tokens | Fault>;
}

/** For one process and as long as it lives. */
export function createTokenKeeper(): TokenKeeper {
  let kept: Tokens | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  return {
    read: async () => kept,
    replace(useless, fetch) {
      const mine = turn.then(async () => {
        if (kept && kept.accessToken !== useless?.accessToken) return kept;
        const fetched = await fetch(kept);
        if (!('kind' in fetched)) kept = fetched;
        return fetched;
      });
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}
