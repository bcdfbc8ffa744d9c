/** Keeps the tokens of a destination's login between runs and for all processes: encrypted, as a secret that the service writes itself. */
import * as z from 'zod';
import { createTokenKeeper, type TokenKeeper, type Tokens } from '../connector-kit/token-keeper.ts';
import { CdpError } from '../errors.ts';
import { hashOf } from './address.ts';
import type { SyncDeps } from './deps.ts';

/** `settings`: of other settings, another client or account, the tokens say nothing. */
const Kept = z.object({
  settings: z.string(),
  access_token: z.string(),
  expires_at: z.iso.datetime().nullable(),
  refresh_token: z.string().nullable(),
});

const LEASE_TTL_MS = 60_000;
const TURN_MS = 30_000;
const STEP_MS = 200;

/** @param config the destination's settings with their secrets: they are kept as a hash only. */
export function loginTokens(
  { secrets, leases, delivery }: Pick<SyncDeps, 'secrets' | 'leases' | 'delivery'>,
  destination: string,
  config: Readonly<Record<string, unknown>>,
): TokenKeeper {
  const name = `login.${destination}`;
  const settings = hashOf(config);
  /** Of this process: one of its runs asks the store, the others wait for it here. */
  const near = createTokenKeeper();

  async function read(): Promise<Tokens | undefined> {
    const text = await secrets.get(name).catch((error: unknown) => {
      if (error instanceof CdpError && error.code === 'store.secret_missing') return undefined;
      throw error;
    });
    const kept = text === undefined ? undefined : Kept.safeParse(JSON.parse(text)).data;
    if (kept?.settings !== settings) return undefined;
    return {
      accessToken: kept.access_token,
      expiresAt: kept.expires_at === null ? undefined : new Date(kept.expires_at),
      refreshToken: kept.refresh_token ?? undefined,
    };
  }

  async function write({ accessToken, expiresAt, refreshToken }: Tokens): Promise<void> {
    const kept = { settings, access_token: accessToken, expires_at: expiresAt?.toISOString() ?? null, refresh_token: refreshToken ?? null };
    await secrets.put(name, JSON.stringify(kept satisfies z.output<typeof Kept>));
  }

  return {
    read,
    replace: (useless, fetch) =>
      near.replace(useless, async () => {
        const until = delivery.clock.now().getTime() + TURN_MS;
        for (;;) {
          try {
            return await leases.withLease(`login:${destination}`, { ttlMs: LEASE_TTL_MS }, async () => {
              const newest = await read();
              if (newest && newest.accessToken !== useless?.accessToken) return newest;
              const fetched = await fetch(newest);
              if (!('kind' in fetched)) await write(fetched);
              return fetched;
            });
          } catch (error) {
            const isTaken = error instanceof CdpError && error.code === 'store.lease_held';
            if (!isTaken || delivery.clock.now().getTime() > until) throw error;
            await delivery.clock.sleep(STEP_MS, new AbortController().signal);
          }
        }
      }),
  };
}
