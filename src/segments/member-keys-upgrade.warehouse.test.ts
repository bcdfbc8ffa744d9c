/** A warehouse whose members were written before their tables had the key of the entity (sql/warehouse/0016). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { segmentRoom } from '../../test/segments/deps.ts';
import { type OwnTable, ownCatalogue, ownTableSql } from '../../test/segments/household.ts';
import { rowsOf, runSql, testWarehouse } from '../../test/warehouse.ts';
import { MIGRATIONS_FOLDER, migrate, readMigrations } from '../warehouse/migrations.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { publishSegment } from './publish.ts';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await testWarehouse();
});
afterAll(async () => warehouse.close());

const run = (sql: string) => runSql(warehouse.owner, sql);
const rows = (sql: string) => rowsOf(warehouse.owner, sql);
const idOf = (index: number) => `00000000-0000-4000-8000-00000000000${index}`;

/**
 * The warehouse before the migration: tables and views of the files before 0016, with members of more segments than the number of
 * partitions that one insert allows.
 */
async function downgrade(): Promise<void> {
  for (const table of ['sluice_state.segment_members', 'sluice_audit.membership_history']) await run(`drop table ${table} sync`);
  const before = (await readMigrations(MIGRATIONS_FOLDER)).filter(({ name }) => /^(0004|0008)_/.test(name));
  for (const sql of before.flatMap(({ statements }) => statements)) await run(sql);
  await run("alter table sluice_state.migrations delete where name = '0016_member_keys.sql' settings mutations_sync = 2");
  await run(`
    insert into sluice_state.segment_members (segment_id, version, profile_id, entered_at)
    select 'dutch', 2, toUUID('${idOf(1)}'), '2026-01-01 00:00:00'
    union all
    select 'dutch', 2, toUUID('${idOf(2)}'), '2026-02-01 00:00:00'
    union all
    select concat('other-', toString(number)), 1, toUUID('${idOf(1)}'), '2026-02-01 00:00:00' from numbers(101)
    settings max_partitions_per_insert_block = 0`);
  await run(`
    insert into sluice_audit.membership_history (segment_id, version, profile_id, event, reason, occurred_at)
    select 'dutch', 1, toUUID('${idOf(1)}'), 'entered', 'data', now() - 86400
    union all
    select 'dutch', 2, toUUID('${idOf(2)}'), 'entered', 'merge', now()`);
  await run(`
    insert into sluice_state.segment_versions (segment_id, version, previous_version, entity, size, entered_count, published_at)
    values ('dutch', 2, 1, 'account', 2, 1, '2026-02-01 00:00:00')`);
  await run(`
    create or replace view sluice.audience_dutch (profile_id UUID, entered_at DateTime64(3, 'UTC'), version UInt64)
    definer = current_user sql security definer
    as
    select profile_id, entered_at, version
    from sluice_state.segment_members
    where segment_id = 'dutch'
      and version = (select max(version) from sluice_state.segment_versions where segment_id = 'dutch')`);
}

const members = async () =>
  rows(`
    select toString(profile_id) as id, entered_at, (select count() from sluice_state.segment_members) as of_all
    from sluice.audience_dutch
    order by id`);

test('keeps members, history and views through the migration, wherever it was cut off and however many run it; the next publication renames', async () => {
  await downgrade();
  const before = await members();
  expect(before).toEqual([
    { id: idOf(1), entered_at: '2026-01-01T00:00:00.000Z', of_all: '103' },
    { id: idOf(2), entered_at: '2026-02-01T00:00:00.000Z', of_all: '103' },
  ]);
  const migration = (await readMigrations(MIGRATIONS_FOLDER)).find(({ name }) => name === '0016_member_keys.sql');
  // The first four statements make the tables again; the rest only comments them.
  for (let done = 1; done <= 4; done += 1) {
    for (const sql of migration?.statements.slice(0, done) ?? []) await run(sql);
    expect(await members(), `after ${done} statements`).toEqual(before);
  }
  await Promise.all([1, 2, 3].map(() => migrate(warehouse.owner, warehouse.databases)));
  expect(await members()).toEqual(before);
  expect(await rows('select member_id, event, reason from sluice.segment_membership_events order by version')).toEqual([
    { member_id: idOf(1), event: 'entered', reason: 'data' },
    { member_id: idOf(2), event: 'entered', reason: 'merge' },
  ]);
  expect(await rows("select member_id from sluice.segment_members where segment_id = 'dutch' order by member_id")).toEqual([
    { member_id: idOf(1) },
    { member_id: idOf(2) },
  ]);

  const table: OwnTable = {
    entity: 'account',
    key: 'account_id',
    keyType: 'UUID',
    database: warehouse.databases.staging,
    table: 'accounts',
  };
  const keys = [1, 2, 3].map((index) => [`'${idOf(index)}'`, index === 2 ? 'BE' : 'NL'] as const);
  for (const sql of ownTableSql(table, keys)) await run(sql);
  const room = { ...segmentRoom(warehouse, warehouse.prefix), catalogue: async () => ownCatalogue(table) };
  room.apply({ dutch: { entity: 'account', where: { trait: 'city', is: 'NL' } } });
  expect(await publishSegment(room, 'dutch')).toMatchObject({ version: '3', size: 2, entered: 1, left: 1 });
  expect(await rows('select toString(account_id) as id, entered_at from sluice.audience_dutch order by id')).toEqual([
    { id: idOf(1), entered_at: '2026-01-01T00:00:00.000Z' },
    { id: idOf(3), entered_at: '2026-03-30T12:00:00.000Z' },
  ]);
});
