import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openSyncWorld, putWebhookSync, type SyncWorld } from '../../test/sync-world.ts';
import { startVendorServer, type VendorServer } from '../../test/vendor-server.ts';
import { runSync } from './run-sync.ts';

let world: SyncWorld;
let server: VendorServer;

beforeAll(async () => {
  world = await openSyncWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  server = await startVendorServer();
  return () => server.stop();
});

describe('a mirror', () => {
  test('sends everything first, then only what differs, and removes what left', async () => {
    putWebhookSync(world, server.url);
    await world.people([
      { email: 'a@example.com', first_name: 'A' },
      { email: 'b@example.com', first_name: 'B', score: 3 },
    ]);
    const first = await runSync(world.deps, 'people-to-hook');
    expect(first).toMatchObject({ status: 'succeeded', planned: 2, accepted: 2, adds: 2, changes: 0, removes: 0 });
    await world.people([{ email: 'a@example.com', first_name: 'A2' }]);
    const second = await runSync(world.deps, 'people-to-hook');
    expect(second).toMatchObject({ status: 'succeeded', planned: 2, accepted: 2, adds: 0, changes: 1, removes: 1, removed: 1 });
    expect(await runSync(world.deps, 'people-to-hook')).toMatchObject({ planned: 0, status: 'succeeded' });
  });
});
