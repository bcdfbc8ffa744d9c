/** Applies sql/warehouse/NNNN_name.sql: in order, each once, recorded with its checksum. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { PRODUCT } from '../product.ts';
import type { Databases } from '../sql/databases.ts';
import type { WarehouseClient } from './client.ts';
import { errors } from './errors.ts';
import { inTurn } from './migration-turn.ts';
import { defineQuery, defineStatement } from './query.ts';
import { splitStatements } from './statements.ts';

export const MIGRATIONS_FOLDER = join(PRODUCT.root, 'sql', 'warehouse');

export interface Migration {
  /** File name. */
  readonly name: string;
  readonly checksum: string;
  readonly statements: readonly string[];
}

const hasRecord = defineQuery({
  name: 'migrations.has_record',
  sql: `select count() > 0 as has_record from system.tables where database = {database:String} and name = 'migrations'`,
  params: z.object({ database: z.string() }),
  row: z.object({ has_record: z.coerce.boolean() }),
});

const applied = defineQuery({
  name: 'migrations.applied',
  sql: `
    select
        name,
        argMin(checksum, applied_at) as checksum
    from sluice_state.migrations
    group by name
  `,
  params: z.object({}),
  row: z.object({ name: z.string(), checksum: z.string() }),
});

/**
 * Brings the databases up to date. Safe to run from several processes at once, which take turns, and to repeat after a crash: every
 * statement is idempotent (`if not exists`), and a file is recorded only after its last statement.
 *
 * @returns names of the files that were applied now.
 * @throws CdpError `warehouse.migration_edited` or `warehouse.migration_invalid`, before anything is changed.
 */
export async function migrate(owner: WarehouseClient, databases: Databases, folder = MIGRATIONS_FOLDER): Promise<string[]> {
  const migrations = await readMigrations(folder);
  const done = await readApplied(owner, databases);
  assertUnedited(migrations, done);
  const pending = migrations.filter((migration) => !done.has(migration.name));
  if (pending.length === 0) return [];

  // The lock needs the state database. The first file makes it, and is safe to run without the lock.
  const before = done.size === 0 ? pending.slice(0, 1) : [];
  for (const migration of before) await apply(owner, migration);
  const then = await inTurn(owner, databases, async () => {
    const doneSince = await readApplied(owner, databases);
    const rest = pending.filter((migration) => !doneSince.has(migration.name));
    for (const migration of rest) await apply(owner, migration);
    return rest;
  });
  return [...before, ...then].map((migration) => migration.name);
}

async function apply(owner: WarehouseClient, { name, checksum, statements }: Migration): Promise<void> {
  for (const sql of statements) await owner.run(defineStatement({ name: `migrations.${name}`, sql, params: z.object({}) }), {});
  await owner.insert('sluice_state.migrations', [{ name, checksum }], { columns: ['name', 'checksum'] });
}

/** Names of the files that `migrate` would apply, and of applied files that this version does not have. */
export async function migrationState(
  owner: WarehouseClient,
  databases: Databases,
  folder = MIGRATIONS_FOLDER,
): Promise<{ readonly pending: readonly string[]; readonly unknown: readonly string[] }> {
  const names = (await readMigrations(folder)).map(({ name }) => name);
  const done = [...(await readApplied(owner, databases)).keys()];
  return { pending: names.filter((name) => !done.includes(name)), unknown: done.filter((name) => !names.includes(name)).sort() };
}

async function readApplied(owner: WarehouseClient, databases: Databases): Promise<ReadonlyMap<string, string>> {
  const [record] = await owner.ask(hasRecord, { database: databases.state });
  return new Map(record?.has_record ? (await owner.ask(applied, {})).map((row) => [row.name, row.checksum]) : []);
}

/**
 * @returns the files of `folder` in the order of their numbers.
 * @throws CdpError `warehouse.migration_invalid` when a name is malformed, a number is used twice or a file is empty. A gap in the numbers
 * is found by a test (migrations.test.ts) and is no error here: an installation that was shipped with a gap would gain nothing from a
 * refusal.
 */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const migrations = [];
  const numbers = new Map<string, string>();
  for (const name of names) {
    const number = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1];
    if (number === undefined) throw errors.migration_invalid(`${join(folder, name)} is not named NNNN_name.sql.`);
    const other = numbers.get(number);
    if (other !== undefined) throw errors.migration_invalid(`${name} and ${other} of ${folder} have the same number.`);
    numbers.set(number, name);
    migrations.push(await readMigration(folder, name));
  }
  return migrations;
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  // A checkout on Windows may have other line ends; it is the same migration.
  const text = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n');
  const statements = splitStatements(text);
  if (statements.length === 0) throw errors.migration_invalid(`${join(folder, name)} holds no statement.`);
  return { name, checksum: createHash('sha256').update(text).digest('hex'), statements };
}

function assertUnedited(migrations: readonly Migration[], done: ReadonlyMap<string, string>): void {
  for (const { name, checksum } of migrations) {
    const recorded = done.get(name);
    if (recorded !== undefined && recorded !== checksum) {
      throw errors.migration_edited(`sql/warehouse/${name} was edited after it had been applied to this warehouse.`);
    }
  }
}
