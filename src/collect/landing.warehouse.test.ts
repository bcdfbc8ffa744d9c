/** The migration that made (source, message id) the key of the landing table loses no message, on a warehouse that had some. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { runSql, testWarehouse } from '../../test/warehouse.ts';
import { MIGRATIONS_FOLDER, migrate, readMigrations } from '../warehouse/migrations.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await testWarehouse();
});
afterAll(() => warehouse?.close());

const FILE = '0009_messages_by_source.sql';
const run = (sql: string) => runSql(warehouse.owner, sql);
const rows = (sql: string) =>
  warehouse.owner.ask(
    defineQuery({
      name: 'test.landing',
      sql,
      params: z.object({}),
      row: z.object({ message_id: z.string(), source: z.string(), event: z.string(), has_long_numbers: z.boolean() }),
    }),
    {},
  );
const statementsOf = async (name: string) =>
  (await readMigrations(MIGRATIONS_FOLDER)).find((migration) => migration.name === name)?.statements ?? [];

/** @param days after the first of the month; they decide which delivery was first. */
const insert = (message_id: string, source: string, event: string, days: number, message = '{}') =>
  warehouse.owner.insert('sluice_raw.events', [
    { message_id, source, event, type: 'track', user_id: 'u', received_at: `2026-01-0${1 + days} 00:00:00`, message },
  ]);

/** The table as it was before the migration, with messages in merged and in unmerged parts. */
async function before(): Promise<void> {
  await run('drop table if exists sluice_raw.events sync');
  await run(`alter table sluice_state.migrations delete where name = '${FILE}' settings mutations_sync = 1`);
  for (const statement of await statementsOf('0002_landing.sql')) await run(statement);
  await insert('shared', 'web', 'First', 0);
  await insert('old', 'web', 'First', 0, '{"a":123456789012345678901234567890}');
  await run('optimize table sluice_raw.events final');
  await insert('old', 'web', 'Retried', 1);
  await insert('other', 'app', 'First', 0);
}

const kept = [
  { message_id: 'old', source: 'web', event: 'First', has_long_numbers: true },
  { message_id: 'other', source: 'app', event: 'First', has_long_numbers: false },
  { message_id: 'shared', source: 'app', event: 'First', has_long_numbers: false },
  { message_id: 'shared', source: 'web', event: 'First', has_long_numbers: false },
];
const readFinal = 'select message_id, source, event, has_long_numbers from sluice_raw.events final order by message_id, source';

test('messages that were stored before a message id was unique per source stay, their late retries count once, and a crash half-way does no harm', async () => {
  const statements = await statementsOf(FILE);
  expect(statements.length).toBeGreaterThan(3);
  for (let applied = 0; applied <= statements.length; applied += 1) {
    await before();
    for (const statement of statements.slice(0, applied)) await run(statement);
    expect(await migrate(warehouse.owner, warehouse.databases)).toEqual([FILE]);
    // A retry of a message that was stored before, and a message of another source with the same id.
    await insert('old', 'web', 'Retried', 2);
    await insert('shared', 'app', 'First', 2);
    expect(await rows(readFinal)).toEqual(kept);
    await run('optimize table sluice_raw.events final');
    expect(await rows(readFinal.replace(' final', ''))).toEqual(kept);
  }
});

test('services that start together while a third one writes lose no message', async () => {
  await before();
  const ids = Array.from({ length: 40 }, (_, index) => `live-${String(index).padStart(2, '0')}`);
  const writing = (async () => {
    for (const id of ids) await insert(id, 'web', 'First', 0);
  })();
  await Promise.all([0, 1, 2].map(() => migrate(warehouse.owner, warehouse.databases)));
  await writing;
  expect((await rows(readFinal)).map(({ message_id }) => message_id)).toEqual([...ids, 'old', 'other', 'shared']);
});
