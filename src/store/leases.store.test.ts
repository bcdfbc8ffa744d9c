import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type StackServer, storeStacks } from '../../test/store-stacks.ts';
import { openStore, type Store, type StoreConfig } from './store.ts';

const holdLease = fileURLToPath(new URL('../../test/hold-lease.ts', import.meta.url));

describe.each(await storeStacks())('leases on $name', (stack) => {
  describe.skipIf(stack.unavailable !== undefined)(stack.unavailable ?? 'keep their promises', () => {
    let server: StackServer;
    let config: StoreConfig;
    let store: Store;
    let other: Store;

    beforeAll(async () => {
      server = await stack.start();
      config = await server.emptyConfig();
      [store, other] = await Promise.all([openStore(config), openStore(config)]);
    });
    afterAll(async () => {
      await store?.close();
      await other?.close();
      await server?.stop();
    });

    test('one holder at a time; given back it is free at once, and the token has risen', async () => {
      const first = await store.leases.acquire('one', 10_000);
      expect(await other.leases.acquire('one', 10_000)).toBeNull();
      expect((await other.leases.holder('one'))?.holder).toContain(`:${process.pid}:`);
      await first?.release();
      expect(await other.leases.holder('one')).toBeUndefined();
      const second = await other.leases.acquire('one', 10_000);
      expect(second?.fencingToken).toBe((first?.fencingToken ?? 0) + 1);
    });

    test('of twenty who reach for it at once exactly one gets it', async () => {
      const leases = await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 ? store : other).leases.acquire('rush', 10_000)),
      );
      expect(leases.filter(Boolean)).toHaveLength(1);
    });

    test('one that ran out goes to the next, and its former holder can neither renew nor release it', async () => {
      const first = await store.leases.acquire('expired', 50);
      await sleep(100);
      const second = await other.leases.acquire('expired', 10_000);
      expect(second?.fencingToken).toBe((first?.fencingToken ?? 0) + 1);
      expect(await first?.renew()).toBe(false);
      await first?.release();
      expect(await store.leases.acquire('expired', 50)).toBeNull();
      expect(await second?.renew()).toBe(true);
    });

    test('work that takes longer than the time to live keeps its lease, and gives it back even when it fails', async () => {
      const work = store.leases.withLease('long', { ttlMs: 600 }, async (signal) => {
        await sleep(1_500);
        expect(signal.aborted).toBe(false);
        expect(await other.leases.acquire('long', 100)).toBeNull();
        throw new Error('failed');
      });
      await expect(work).rejects.toThrow('failed');
      expect(await other.leases.acquire('long', 100)).not.toBeNull();
    });

    test('who comes second is told who holds it', async () => {
      const lease = await store.leases.acquire('held', 10_000);
      const second = other.leases.withLease('held', {}, async () => undefined);
      await expect(second).rejects.toMatchObject({
        code: 'store.lease_held',
        fault: 'conflict',
        message: expect.stringContaining(`:${process.pid}:`),
      });
      await lease?.release();
    });

    test('work is told when its lease was taken from it', async () => {
      const work = store.leases.withLease('taken', { ttlMs: 300 }, async (signal) => {
        await store.pool.query(`update sluice.leases set holder = 'thief', fencing_token = fencing_token + 1 where name = 'taken'`);
        await vi.waitFor(() => expect(signal.aborted).toBe(true), { timeout: 2_000 });
        return signal.reason;
      });
      expect(await work).toMatchObject({ code: 'store.lease_held', message: expect.stringContaining('another process has taken it') });
    });

    test('the caller’s own signal reaches the work', async () => {
      const stop = new AbortController();
      const work = store.leases.withLease('stopped', { signal: stop.signal }, async (signal) => {
        stop.abort(new Error('enough'));
        return signal.reason;
      });
      expect(await work).toMatchObject({ message: 'enough' });
    });

    test('after kill -9 of its holder another process gets it when it runs out, not before', async () => {
      const holder = spawn(process.execPath, [holdLease, JSON.stringify(config), 'killed', '1500'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = await once(holder.stdout, 'data');
      const { fencingToken } = JSON.parse(String(line));
      expect(await store.leases.acquire('killed', 10_000)).toBeNull();

      holder.kill('SIGKILL');
      await once(holder, 'exit');
      expect(await store.leases.acquire('killed', 10_000)).toBeNull();
      const lease = await vi.waitFor(
        async () => {
          const acquired = await store.leases.acquire('killed', 10_000);
          expect(acquired).not.toBeNull();
          return acquired;
        },
        { timeout: 5_000, interval: 100 },
      );
      expect(lease?.fencingToken).toBe(fencingToken + 1);
    });

    test('a restart of the database within the time to live goes unnoticed', async () => {
      const work = store.leases.withLease('restart', { ttlMs: 15_000 }, async (signal, lease) => {
        await server.crashAndRestart();
        await vi.waitFor(async () => expect(await lease.renew()).toBe(true), { timeout: 30_000 });
        return signal.aborted;
      });
      expect(await work).toBe(false);
    });
  });
});
