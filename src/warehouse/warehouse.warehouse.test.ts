import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { type TestDataDir, testDataDir } from '../../test/data-dir.ts';
import { readConfig } from '../config.ts';
import { biConnection, createBi } from './bi.ts';
import { defineStatement } from './query.ts';
import { biStatements } from './server-users.ts';
import { openWarehouse, type Warehouse } from './warehouse.ts';

// The embedded server plays a server that another company runs: its users come from a file.
let home: TestDataDir;
let embedded: Warehouse;
let server: Record<string, string>;

beforeAll(async () => {
  home = await testDataDir();
  embedded = await openWarehouse(home.config, { embedded: { lingerMs: 0 } });
  const secrets = z
    .object({ clickhouse: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(join(home.path, 'secrets.json'), 'utf8')));
  server = {
    CLICKHOUSE_URL: `http://127.0.0.1:${embedded.dbtConnection.port}`,
    CLICKHOUSE_USER: 'sluice_owner',
    CLICKHOUSE_PASSWORD: secrets.clickhouse.owner ?? '',
    CLICKHOUSE_READER_PASSWORD: secrets.clickhouse.reader ?? '',
    CLICKHOUSE_PUBLISHER_PASSWORD: secrets.clickhouse.publisher ?? '',
  };
});
afterAll(async () => {
  await embedded?.close();
  await home?.remove();
});

const open = (change: Record<string, string> = {}) => openWarehouse(readConfig({ ...server, ...change }));

describe('with CLICKHOUSE_URL', () => {
  test('a server whose users exist is used as it is', async () => {
    const warehouse = await open();
    expect(warehouse).toMatchObject({ isEmbedded: false, version: embedded.version, prefix: 'sluice' });
    expect(warehouse.dbtConnection).toMatchObject({
      host: '127.0.0.1',
      port: embedded.dbtConnection.port,
      user: 'sluice_owner',
      secure: false,
    });
    await warehouse.close();
  });

  test('a password that is not set is asked for by its variable', async () => {
    const expected = { code: 'warehouse.auth', message: 'CLICKHOUSE_URL is set, and CLICKHOUSE_READER_PASSWORD is not.' };
    await expect(open({ CLICKHOUSE_READER_PASSWORD: '' })).rejects.toMatchObject(expected);
  });

  test.each(['CLICKHOUSE_PASSWORD', 'CLICKHOUSE_READER_PASSWORD', 'CLICKHOUSE_PUBLISHER_PASSWORD'])(
    'a wrong %s is found at the start',
    async (name) => {
      await expect(open({ [name]: 'wrong' })).rejects.toMatchObject({ code: 'warehouse.auth', exitCode: 3 });
    },
  );

  test('users that are missing and may not be created come with the SQL that creates them, passwords left out', async () => {
    const error: Error & { code?: string } = await open({ CLICKHOUSE_READER_USER: 'our_reader' }).then(
      () => expect.unreachable('there is no such user'),
      (reason: Error) => reason,
    );
    expect(error.code).toBe('warehouse.users');
    expect(error.message).toContain("create user if not exists `our_reader` identified with sha256_password by '<password>'");
    expect(error.message).toContain('grant select, dictGet on sluice_raw.* to `our_reader`');
    expect(error.message).not.toContain(server.CLICKHOUSE_READER_PASSWORD);
  });

  test('the user of BI tools comes with its SQL, which parses, or is made by who may; its password is in no message', async () => {
    const config = readConfig({
      ...server,
      SLUICE_DATA_DIR: home.path,
      CLICKHOUSE_BI_USER: 'our_bi',
      SLUICE_BI_DATABASES: 'marts, analytics',
    });
    const warehouse = await openWarehouse(config);
    onTestFinished(() => warehouse.close());
    expect(await biConnection(warehouse, config)).toEqual({
      user: 'our_bi',
      exists: false,
      password: { file: join(home.path, 'secrets.json'), key: 'clickhouse.bi' },
      http: { host: '127.0.0.1', port: embedded.dbtConnection.port, secure: false },
      native: null,
      databases: ['sluice', 'sluice_audit', 'marts', 'analytics'],
    });

    const statements = await biStatements(warehouse.owner, config);
    expect(statements[0]).toContain("create user if not exists `our_bi` identified with sha256_password by '<password>'");
    expect(statements.slice(1)).toEqual([
      'grant select, dictGet on sluice.* to `our_bi`',
      'grant select, dictGet on sluice_audit.* to `our_bi`',
      'grant select on information_schema.* to `our_bi`',
      'grant select on INFORMATION_SCHEMA.* to `our_bi`',
      'grant select on system.parts to `our_bi`',
      'grant select on marts.* to `our_bi`',
      'grant select on analytics.* to `our_bi`',
    ]);
    for (const sql of statements) {
      const parse = defineStatement({ name: 'test.parse', sql: `explain ast ${sql}`, params: z.object({}) });
      expect(await warehouse.owner.lines(parse, {})).not.toBe('');
    }

    // This owner may not make users, as on a server where an administrator makes them.
    const secret = { ...config, CLICKHOUSE_BI_PASSWORD: 'not-to-be-seen' };
    const error: Error & { code?: string; context?: unknown } = await createBi(warehouse, secret).then(
      () => expect.unreachable('the owner may not create users'),
      (reason: Error) => reason,
    );
    expect(error.code).toBe('warehouse.users');
    expect(error.message).toContain('grant select on marts.* to `our_bi`');
    expect(JSON.stringify([error.message, error.context])).not.toContain('not-to-be-seen');
    expect((await biConnection(warehouse, secret)).password).toEqual({ variable: 'CLICKHOUSE_BI_PASSWORD' });
  });

  test('a server that does not answer is named', async () => {
    await expect(open({ CLICKHOUSE_URL: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'warehouse.unreachable', exitCode: 3 });
  });
});

test('the settings that this version needs are in force for every user, and are told to dbt', async () => {
  const ask = {
    name: 'test.setting',
    sql: `select value from system.settings where name = 'query_plan_top_k_through_join'`,
    params: z.object({}),
    row: z.object({ value: z.string() }),
  };
  for (const client of [embedded.owner, embedded.reader, embedded.publisher]) expect(await client.ask(ask, {})).toEqual([{ value: '0' }]);
  expect(embedded.dbtConnection.settings).toMatchObject({ query_plan_top_k_through_join: 0 });
});
