import { afterAll, beforeAll, expect, test } from 'vitest';
import { klaviyo } from '../../connectors/klaviyo/index.ts';
import { emails, person, setUp } from '../../test/sync-trial.ts';
import { openSyncWorld, type SyncWorld } from '../../test/sync-world.ts';
import { startVendorServer } from '../../test/vendor-server.ts';
import { ACCOUNT, API_KEY, createKlaviyo } from '../../test/vendors/klaviyo.ts';
import type { SyncDeps } from './deps.ts';
import { runSync } from './run-sync.ts';

let world: SyncWorld;
beforeAll(async () => {
  world = await openSyncWorld();
});
afterAll(() => world.close());

/** Simulates a process that died after everything was sent and before anything was recorded. */
function dying({ warehouse, ...deps }: SyncDeps): SyncDeps {
  const { owner } = warehouse;
  const run: typeof owner.run = async (statement, ...rest) => {
    if (statement.name.startsWith('syncs.record_')) throw new Error('killed');
    return owner.run(statement, ...rest);
  };
  const get = (of: typeof owner, name: string | symbol): unknown => {
    const value: unknown = Reflect.get(of, name);
    if (name === 'run') return run;
    return typeof value === 'function' ? value.bind(of) : value;
  };
  return { ...deps, warehouse: { ...warehouse, owner: new Proxy(owner, { get }) } };
}

test('a recovery that is broken off forgets no row that may have arrived: what leaves the source meanwhile is removed', async () => {
  const { destination, deps, id, run } = setUp(world, {}, { maxRows: 2 });
  await world.people(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => person(name)));
  await expect(runSync(dying(deps), id)).rejects.toThrow('killed');
  expect(destination.held.size).toBe(8);
  // Four batches in one window, two of which are tried at once.
  destination.react(() => ({ fault: { kind: 'transient', message: 'down' } }));
  await expect(run()).rejects.toMatchObject({ code: 'syncs.destination_failed' });
  destination.react(() => undefined);
  await world.people([person('a')]);
  expect(await run()).toMatchObject({ status: 'succeeded', changes: 1, removes: 7, accepted: 8 });
  expect(emails(destination)).toEqual(['a@example.com']);
});

test.each([true, false])(
  'a batch that the destination works on when the process dies is asked about, and not sent again (idempotent: %s)',
  async (isIdempotent) => {
    const vendor = createKlaviyo();
    const server = await startVendorServer();
    server.behave((request) => vendor.answer(request));
    try {
      const { profile } = klaviyo.objects;
      const connector = { ...klaviyo, objects: { profile: { ...profile, isIdempotent } as NonNullable<typeof profile> } };
      const delivery = { ...world.deps.delivery, clock: { ...world.deps.delivery.clock, sleep: async () => undefined } };
      const deps: SyncDeps = { ...world.deps, delivery, connectors: { klaviyo: connector }, environment: { KEY: API_KEY } };
      const id = `to-klaviyo-${isIdempotent}`;
      const config = { account: ACCOUNT, api_key: 'env:KEY', url: new URL(server.url).origin, allow_private_network: true };
      world.put('destination', { id: 'klaviyo', title: 'Klaviyo', connector: 'klaviyo', config });
      world.put('sync', {
        id,
        title: 'People',
        source: { table: 'people' },
        destination: 'klaviyo',
        object: 'profile',
        mode: 'upsert',
        key: { email: 'email' },
        fields: { first_name: 'first_name' },
      });
      await world.people([person('ada'), person('bob')]);
      vendor.jobsTake(3);
      await expect(runSync(dying(deps), id)).rejects.toThrow('killed');
      const made = () => server.requests.filter(({ method }) => method === 'POST').length;
      expect(made()).toBe(1);
      expect(await runSync(deps, id)).toMatchObject({ status: 'succeeded', planned: 0 });
      expect(made()).toBe(1);
      expect(server.requests.at(-1)?.method).toBe('GET');
      expect(vendor.profiles.size).toBe(2);
    } finally {
      await server.stop();
    }
  },
);
