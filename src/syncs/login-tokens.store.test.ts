import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StackServer, storeStacks } from '../../test/store-stacks.ts';
import type { Tokens } from '../connector-kit/token-keeper.ts';
import { openStore, type Store } from '../store/store.ts';
import { defaultDelivery } from './deps.ts';
import { loginTokens } from './login-tokens.ts';

describe.each(await storeStacks())('the tokens of a login on $name', (stack) => {
  describe.skipIf(stack.unavailable !== undefined)(stack.unavailable ?? 'are kept', () => {
    let server: StackServer;
    let stores: readonly Store[] = [];

    beforeAll(async () => {
      server = await stack.start();
      const config = { ...(await server.emptyConfig()), SLUICE_SECRET_KEY: Buffer.alloc(32, 7).toString('base64') };
      stores = await Promise.all([openStore(config), openStore(config)]);
    });
    afterAll(async () => {
      await Promise.all(stores.map((store) => store.close()));
      await server?.stop();
    });

    const keepers = (destination: string, config: object) =>
      stores.map(({ secrets, leases }) => loginTokens({ secrets, leases, delivery: defaultDelivery }, destination, { ...config }));

    test('one refresh token is used once, however many processes want a new access token at the same moment', async () => {
      const used: (string | undefined)[] = [];
      const fetch = async (newest: Tokens | undefined): Promise<Tokens> => {
        used.push(newest?.refreshToken);
        await sleep(20);
        return { accessToken: `a${used.length}`, expiresAt: new Date('2030-01-01T00:00:00Z'), refreshToken: `r${used.length}` };
      };
      const wanted = await Promise.all(
        [...keepers('crm', { id: 1 }), ...keepers('crm', { id: 1 })].map((keeper) => keeper.replace(undefined, fetch)),
      );
      expect(new Set(wanted.map((tokens) => 'accessToken' in tokens && tokens.accessToken))).toEqual(new Set(['a1']));
      const [useless] = wanted as Tokens[];
      const renewed = await Promise.all(keepers('crm', { id: 1 }).map((keeper) => keeper.replace(useless, fetch)));
      expect(renewed).toEqual([renewed[0], renewed[0]]);
      expect(used).toEqual([undefined, 'r1']);
      expect(await keepers('crm', { id: 1 })[1]?.read()).toEqual({
        accessToken: 'a2',
        expiresAt: new Date('2030-01-01T00:00:00Z'),
        refreshToken: 'r2',
      });
      // Other settings, or another destination.
      expect(await keepers('crm', { id: 2 })[0]?.read()).toBeUndefined();
      expect(await keepers('shop', { id: 1 })[0]?.read()).toBeUndefined();
    });

    test('a login that fails leaves what was kept', async () => {
      const [keeper] = keepers('crm', { id: 1 });
      const before = await keeper?.read();
      expect(await keeper?.replace(before, async () => ({ kind: 'auth', message: 'no' }))).toEqual({ kind: 'auth', message: 'no' });
      expect(await keeper?.read()).toEqual(before);
    });
  });
});
