import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { announce, type StackServer, storeStacks } from '../../test/store-stacks.ts';
import { createApiKeys } from './api-keys.ts';
import { connect } from './connection.ts';
import { errors } from './errors.ts';
import { openStore, type Store, type StoreConfig } from './store.ts';

const stacks = await storeStacks();
console.log(announce(stacks));

describe.each(stacks)('the control plane on $name', (stack) => {
  describe.skipIf(stack.unavailable !== undefined)(stack.unavailable ?? 'keeps its promises', () => {
    let server: StackServer;
    let config: StoreConfig;
    let store: Store;

    beforeAll(async () => {
      server = await stack.start();
      config = await server.emptyConfig();
      store = await openStore(config);
    });
    afterAll(async () => {
      await store?.close();
      await server?.stop();
    });

    describe('migrations', () => {
      test('five processes that start at once on an empty database all find it migrated', async () => {
        const empty = await server.emptyConfig();
        const stores = await Promise.all(Array.from({ length: 5 }, () => openStore(empty)));
        for (const each of stores) expect(await each.resources.list('segment')).toEqual([]);
        await Promise.all(stores.map((each) => each.close()));
      });

      test('an applied migration that was edited is an error that names the file', async () => {
        await store.pool.query(`update sluice.migrations set checksum = 'x' || checksum`);
        await expect(openStore(config)).rejects.toMatchObject({
          code: 'store.migration_changed',
          message: expect.stringContaining('0000_'),
        });
        await store.pool.query('update sluice.migrations set checksum = substr(checksum, 2)');
      });

      test('a control plane of a newer version is left alone', async () => {
        await store.pool.query(`insert into sluice.migrations (name, checksum) values ('9999_future', '')`);
        await expect(openStore(config)).rejects.toMatchObject({ code: 'store.newer_schema' });
        await store.pool.query(`delete from sluice.migrations where name = '9999_future'`);
      });
    });

    describe('the installation', () => {
      test('a control plane belongs to the prefix that opened it first: another is refused, and is told which one', async () => {
        const empty = await server.emptyConfig();
        const open = (prefix: string) => openStore({ ...empty, SLUICE_DATABASE_PREFIX: prefix });
        const both = await Promise.all([open('shop'), open('shop')]);
        await expect(open('shop_dev')).rejects.toMatchObject({
          code: 'store.other_installation',
          message: 'The control plane belongs to the installation with the databases shop*, and SLUICE_DATABASE_PREFIX is shop_dev',
        });
        for (const { close } of both) await close();
      });
    });

    describe('resources', () => {
      beforeEach(async () => {
        await store.pool.query('truncate sluice.resources, sluice.resource_revisions');
      });
      const put = (document: object, expectedRevision?: number) =>
        store.resources.put(
          { kind: 'segment', id: 'regulars', document: { ...document }, ...(expectedRevision !== undefined && { expectedRevision }) },
          'ann',
        );

      test('a document comes back as it was put, and each change is a revision', async () => {
        await put({ title: 'Regulars', list: [1, { deep: null }] });
        await put({ title: 'Lapsing regulars' });
        expect(await store.resources.get('segment', 'regulars')).toMatchObject({
          revision: 2,
          document: { title: 'Lapsing regulars' },
          appliedBy: 'ann',
        });
        const history = await store.resources.history('segment', 'regulars');
        expect(history.map(({ revision }) => revision)).toEqual([2, 1]);
        expect(history[1]?.document).toEqual({ title: 'Regulars', list: [1, { deep: null }] });
      });

      test('the same document again, its keys in another order, is no change', async () => {
        await put({ a: 1, b: { c: 2, d: 3 } });
        expect(await put({ b: { d: 3, c: 2 }, a: 1 })).toMatchObject({ revision: 1 });
        expect(await store.resources.history('segment', 'regulars')).toHaveLength(1);
      });

      test('a write from an old revision is refused as a conflict, and nothing is written', async () => {
        await put({ title: 'one' }, 0);
        await put({ title: 'two' }, 1);
        await expect(put({ title: 'three' }, 1)).rejects.toMatchObject({ code: 'store.revision_conflict', status: 409 });
        await expect(put({ title: 'new' }, 0)).rejects.toMatchObject({ code: 'store.revision_conflict' });
        expect((await store.resources.get('segment', 'regulars'))?.document).toEqual({ title: 'two' });
      });

      test('a removed document is gone from the list, stays in the history, and counts on when it comes back', async () => {
        await put({ title: 'one' });
        await store.resources.remove({ kind: 'segment', id: 'regulars' }, 'bob');
        expect(await store.resources.list('segment')).toEqual([]);
        expect(await store.resources.get('segment', 'regulars')).toBeUndefined();
        expect(await put({ title: 'one' }, 0)).toMatchObject({ revision: 3 });
        expect((await store.resources.history('segment', 'regulars')).map(({ document }) => document)).toEqual([
          { title: 'one' },
          null,
          { title: 'one' },
        ]);
        await expect(store.resources.remove({ kind: 'segment', id: 'nobody' }, 'bob')).rejects.toMatchObject({
          code: 'store.resource_missing',
        });
      });

      test('changes are applied all or none', async () => {
        const changes = [
          { kind: 'segment', id: 'a', document: {} },
          { kind: 'sync', id: 'b', document: {}, expectedRevision: 7 },
        ] as const;
        await expect(store.resources.apply(changes, 'ann')).rejects.toMatchObject({ code: 'store.revision_conflict' });
        expect(await store.resources.list('segment')).toEqual([]);
      });

      test('of ten who write from the same revision at once exactly one wins', async () => {
        await put({ count: 0 });
        const writes = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => put({ count: index + 1 }, 1)));
        expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(await store.resources.history('segment', 'regulars')).toHaveLength(2);
      });

      test('ten who create the same document at once make one', async () => {
        const writes = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => put({ count: index }, 0)));
        expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const write of writes)
          if (write.status === 'rejected') expect(write.reason).toMatchObject({ code: 'store.revision_conflict' });
      });
    });

    describe('secrets', () => {
      test('a secret comes back, and nowhere in the database does it stand in clear', async () => {
        const value = `value-${randomBytes(8).toString('hex')}`;
        await store.secrets.put('crm_token', value);
        expect(await store.secrets.get('crm_token')).toBe(value);
        const { rows } = await store.pool.query('select secrets::text as row from sluice.secrets');
        expect(JSON.stringify(rows)).not.toContain(value);
        expect(JSON.stringify(await store.secrets.list())).not.toContain(value);
      });

      test('putting again replaces; removing says whether there was one', async () => {
        await store.secrets.put('twice', 'one');
        await store.secrets.put('twice', 'two');
        expect(await store.secrets.get('twice')).toBe('two');
        expect(await store.secrets.remove('twice')).toBe(true);
        expect(await store.secrets.remove('twice')).toBe(false);
        await expect(store.secrets.get('twice')).rejects.toMatchObject({
          code: 'store.secret_missing',
          message: expect.stringContaining('twice'),
        });
      });

      test('under another key the error names the secret and both keys, and never the value', async () => {
        await store.secrets.put('moved', 'hush');
        const other = await openStore({ ...config, SLUICE_SECRET_KEY: randomBytes(32).toString('base64') });
        const error = await other.secrets.get('moved').catch((thrown) => thrown);
        expect(error).toMatchObject({
          code: 'store.secret_key_wrong',
          message: expect.stringMatching(/moved.*key [0-9a-f]{16}.*current one is [0-9a-f]{16}/),
        });
        expect(JSON.stringify(error)).not.toContain('hush');
        expect((await other.secrets.list()).find(({ name }) => name === 'moved')).toMatchObject({ isReadable: false });
        await other.close();
      });

      test('a sealed value copied into another row does not open there', async () => {
        await store.secrets.put('source', 'one');
        await store.secrets.put('target', 'two');
        await store.pool.query(
          `update sluice.secrets set sealed = (select sealed from sluice.secrets where name = 'source') where name = 'target'`,
        );
        await expect(store.secrets.get('target')).rejects.toMatchObject({
          code: 'store.secret_key_wrong',
          message: expect.stringContaining('altered'),
        });
      });

      test('all are encrypted with a new key, while a process that runs goes on', async () => {
        const dataDir = await mkdtemp(join(tmpdir(), 'sluice-rotate-'));
        onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
        const own = { ...config, dataDir, SLUICE_SECRET_KEY: undefined };
        const [running, changing] = [await openStore(own), await openStore(own)];
        await running.secrets.put('kept', 'hush');
        const stranger = await openStore({ ...own, SLUICE_SECRET_KEY: randomBytes(32).toString('base64') });
        await stranger.secrets.put('foreign', 'hush');
        const before = (await running.secrets.list()).find(({ name }) => name === 'kept');
        const { keyId, rotated, unreadable } = await changing.secrets.rotate();
        expect(rotated).toEqual(['kept']);
        expect(unreadable).toContain('foreign');
        expect(keyId).not.toBe(before?.keyId);
        expect(await running.secrets.get('kept')).toBe('hush');
        await running.secrets.put('later', 'hush');
        expect((await changing.secrets.list()).find(({ name }) => name === 'later')).toMatchObject({ keyId, isReadable: true });
        expect(await changing.secrets.rotate()).toMatchObject({ rotated: ['kept', 'later'] });
        await Promise.all([running, changing, stranger].map((each) => each.close()));
      });
    });

    describe('API keys', () => {
      test('a key is verified with its scopes and source, and is stored only as a hash', async () => {
        const { plain, id } = await store.apiKeys.create({ name: 'web', scopes: ['collect'], source: 'web' });
        expect(plain).toMatch(/^slk_[A-Za-z0-9_-]{43}$/);
        expect(await store.apiKeys.verify(plain)).toEqual({ id, scopes: ['collect'], source: 'web' });
        const { rows } = await store.pool.query('select api_keys::text as row from sluice.api_keys');
        expect(JSON.stringify(rows)).not.toContain(plain);
        expect((await store.apiKeys.list())[0]).toMatchObject({
          id,
          prefix: plain.slice(0, 10),
          lastUsedAt: expect.any(Date),
          revokedAt: null,
        });
      });

      test.each([
        ['web\u001b[2J', 'web'],
        ['', 'web'],
        ['web', 'web\u001b[2J'],
        ['web', 'a b'],
        ['web', ''],
        ['web', 'x'.repeat(65)],
      ])('%j with the source %j is refused', async (name, source) => {
        await expect(store.apiKeys.create({ name, scopes: ['collect'], source })).rejects.toMatchObject({
          code: 'store.key_name',
          exitCode: 2,
        });
      });

      test('a text that differs from every key is refused', async () => {
        const { plain } = await store.apiKeys.create({ name: 'x', scopes: ['read'] });
        const altered = plain.slice(0, -1) + (plain.endsWith('A') ? 'B' : 'A');
        for (const wrong of ['', 'slk_', altered, `${plain} `, `slk_${'A'.repeat(43)}`])
          expect(await store.apiKeys.verify(wrong)).toBeNull();
      });

      test('a revoked key is refused at once here, and within two seconds by another replica that had just accepted it', async () => {
        const replica = await openStore(config);
        const { plain, id } = await store.apiKeys.create({ name: 'x', scopes: ['admin'] });
        expect(await replica.apiKeys.verify(plain)).not.toBeNull();
        expect(await store.apiKeys.verify(plain)).not.toBeNull();
        await store.apiKeys.revoke(id);
        expect(await store.apiKeys.verify(plain)).toBeNull();
        await vi.waitFor(async () => expect(await replica.apiKeys.verify(plain)).toBeNull(), { timeout: 2_500, interval: 100 });
        await store.apiKeys.revoke(id);
        await expect(store.apiKeys.revoke('nobody')).rejects.toMatchObject({ code: 'store.api_key_missing' });
        await replica.close();
      });
    });

    describe('looking keys up', () => {
      /** The control plane as it answers, counted; or it refuses, or keeps silent. */
      function counted() {
        const state = { statements: 0, answers: 'yes' as 'yes' | 'no' | 'never' };
        const attempt: Store['attempt'] = (work) => {
          state.statements += 1;
          if (state.answers === 'no') return Promise.reject(errors.unreachable('The control plane does not answer'));
          return state.answers === 'never' ? new Promise(() => undefined) : store.attempt(work);
        };
        return { state, database: { ...store, attempt } };
      }
      const madeUp = () => `slk_${randomBytes(32).toString('base64url')}`;

      test('a thousand strangers at once cost a few statements, and one that comes again within seconds none', async () => {
        const { state, database } = counted();
        const apiKeys = createApiKeys(database);
        const { plain } = await store.apiKeys.create({ name: 'x', scopes: ['collect'], source: 'web' });
        const strangers = Array.from({ length: 900 }, madeUp);
        const answers = await Promise.all([plain, ...strangers].map((key) => apiKeys.verify(key)));
        expect(answers.filter((answer) => answer !== null)).toHaveLength(1);
        expect(state.statements).toBeLessThan(8);
        const before = state.statements;
        await Promise.all(strangers.map((key) => apiKeys.verify(key)));
        expect(state.statements).toBe(before);
      });

      test('a key that was verified passes for a day while the control plane is away or silent, and an unknown one does not', async () => {
        let nowMs = Date.now();
        const { state, database } = counted();
        const apiKeys = createApiKeys(database, { nowMs: () => nowMs });
        const { plain, id } = await store.apiKeys.create({ name: 'x', scopes: ['collect'], source: 'web' });
        await apiKeys.verify(plain);
        state.answers = 'never';
        const startedAt = performance.now();
        for (let hours = 0; hours < 20; hours += 1) {
          nowMs += 3_600_000;
          expect(await apiKeys.verify(plain)).toMatchObject({ id });
        }
        // Only the first waits for an answer.
        expect(performance.now() - startedAt).toBeLessThan(5_000);
        state.answers = 'no';
        const again = createApiKeys(database, { nowMs: () => nowMs });
        await expect(again.verify(plain)).rejects.toMatchObject({ code: 'store.unreachable' });
      });

      test('and no longer than it is trusted; when the control plane is back, a key that was revoked meanwhile is refused', async () => {
        let nowMs = Date.now();
        const { state, database } = counted();
        const apiKeys = createApiKeys(database, { trustMs: 3_600_000, nowMs: () => nowMs });
        const { plain, id } = await store.apiKeys.create({ name: 'x', scopes: ['collect'], source: 'web' });
        await apiKeys.verify(plain);
        state.answers = 'no';
        nowMs += 3_500_000;
        expect(await apiKeys.verify(plain)).not.toBeNull();
        await store.apiKeys.revoke(id);
        state.answers = 'yes';
        nowMs += 2_000;
        await vi.waitFor(async () => expect(await apiKeys.verify(plain)).toBeNull(), { timeout: 5_000, interval: 50 });

        const other = await store.apiKeys.create({ name: 'x', scopes: ['collect'], source: 'web' });
        await apiKeys.verify(other.plain);
        state.answers = 'no';
        nowMs += 3_600_000;
        await expect(apiKeys.verify(other.plain)).rejects.toMatchObject({ code: 'store.unreachable' });
      });

      test('a key carries its own limit', async () => {
        const { plain } = await store.apiKeys.create({ name: 'x', scopes: ['collect'], source: 'web', maxMessagesPerSecond: 20 });
        expect(await store.apiKeys.verify(plain)).toMatchObject({ maxMessagesPerSecond: 20 });
      });
    });

    describe('transactions', () => {
      test('ten concurrent read-modify-write transactions of two processes lose no write', async () => {
        const other = await openStore(config);
        await store.pool.query('create table if not exists sluice.counter (value int)');
        await store.pool.query('truncate sluice.counter');
        await store.pool.query('insert into sluice.counter values (0)');
        const increment = (on: Store) =>
          on.transaction(async (transaction) => {
            const { rows } = await transaction.execute<{ value: number }>(sql`select value from sluice.counter for update`);
            await new Promise((resolve) => setTimeout(resolve, 5));
            await transaction.execute(sql`update sluice.counter set value = ${(rows[0]?.value ?? 0) + 1}`);
          });
        await Promise.all(Array.from({ length: 10 }, (_, index) => increment(index % 2 ? store : other)));
        expect((await store.pool.query('select value from sluice.counter')).rows).toEqual([{ value: 10 }]);
        await store.pool.query('drop table sluice.counter');
        await other.close();
      });

      test('each of many concurrent statements gets its own answer, whatever its size', async () => {
        const large = 'x'.repeat(200_000);
        const answers = await Promise.all(
          Array.from({ length: 300 }, async (_, index) => {
            const parameters = index % 5 === 0 ? [index, large] : [index, ''];
            const { rows } = await store.pool.query('select $1::int as value, length($2::text) as length', parameters);
            return rows[0].value === index;
          }),
        );
        expect(answers).not.toContain(false);
      });
    });

    describe('when the server dies', () => {
      test('work in flight fails with an error that says to try again, and the next works, with everything that was written', async () => {
        await store.secrets.put('survivor', 'still here');
        const { plain } = await store.apiKeys.create({ name: 'x', scopes: ['collect'] });
        expect(await store.apiKeys.verify(plain)).not.toBeNull();

        const sleep = sql`select pg_sleep(20)`;
        const inFlight = store.attempt((db) => db.execute(sleep)).catch((error) => error);
        const inTransaction = store.transaction((transaction) => transaction.execute(sleep)).catch((error) => error);
        await new Promise((resolve) => setTimeout(resolve, 300));
        await server.crashAndRestart();
        for (const failed of [inFlight, inTransaction])
          expect(await failed).toMatchObject({ code: 'store.unreachable', fault: 'transient' });
        await vi.waitFor(async () => expect(await store.secrets.get('survivor')).toBe('still here'), { timeout: 30_000 });
        expect(await store.apiKeys.verify(plain)).not.toBeNull();
      });
    });
  });
});

test('an address where no server listens is an error that says so', async () => {
  const config = { DATABASE_URL: 'postgresql://sluice:hidden-word@127.0.0.1:1/sluice', SLUICE_SECRET_KEY: undefined, dataDir: '/nowhere' };
  const error = await openStore(config).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: 'store.unreachable', exitCode: 3, hint: expect.stringContaining('DATABASE_URL') });
  expect(`${error.message} ${error.cause}`).not.toContain('hidden-word');
});

test('a failing statement is explained without its parameters', async () => {
  const database = connect('postgresql://127.0.0.1:1/x');
  const failed = database.attempt((db) => db.execute(sql`select ${'personal data'}`));
  const error = await failed.catch((thrown) => thrown);
  expect(`${error.message} ${error.cause?.message}`).not.toContain('personal data');
  await database.close();
});
