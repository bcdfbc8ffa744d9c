/** Brings the schema `sluice` up to date. Any number of processes may start at once: one migrates, the others wait and find it done. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { sql } from 'drizzle-orm';
import * as z from 'zod';
import type { Database, Transaction } from './connection.ts';
import { errors } from './errors.ts';

const folder = new URL('./migrations/', import.meta.url);

interface Migration {
  readonly name: string;
  readonly checksum: string;
  readonly statements: readonly string[];
}

/**
 * drizzle's own migrator reads what is applied outside of its transaction, so that two replicas that start together both apply the first
 * migration and one of them fails. Here the reading is behind a table lock; the embedded server, which runs one transaction at a time, needs
 * no lock but does not mind it.
 */
export async function migrate(database: Database): Promise<void> {
  const migrations = await readMigrations();
  await createBookkeeping(database);
  await database.transaction(async (transaction) => {
    await transaction.execute(sql`lock table sluice.migrations in exclusive mode`);
    const applied = await readApplied(transaction);
    checkApplied(applied, migrations);
    for (const migration of migrations) {
      if (applied.has(migration.name)) continue;
      for (const statement of migration.statements) await transaction.execute(sql.raw(statement));
      await transaction.execute(sql`insert into sluice.migrations (name, checksum) values (${migration.name}, ${migration.checksum})`);
    }
  });
}

/** Journal and files as drizzle-kit writes them, in the order of the journal. */
async function readMigrations(): Promise<Migration[]> {
  const journal = Journal.parse(JSON.parse(await readFile(new URL('meta/_journal.json', folder), 'utf8')));
  return Promise.all(
    journal.entries.map(async ({ tag }) => {
      const text = await readFile(new URL(`${tag}.sql`, folder), 'utf8');
      return { name: tag, checksum: createHash('sha256').update(text).digest('hex'), statements: text.split('--> statement-breakpoint') };
    }),
  );
}

const Journal = z.object({ entries: z.array(z.object({ tag: z.string() })) });

/**
 * `if not exists` does not help against a simultaneous creator: the loser still meets the winner's row in a system catalogue (unique
 * violation, or "already exists" of the schema, the table or its row type). By then the object is there, so trying again finds it.
 */
async function createBookkeeping(database: Database): Promise<void> {
  const exists = sql`select to_regclass('sluice.migrations') is not null as exists`;
  const { rows } = await database.attempt((db) => db.execute<{ exists: boolean }>(exists));
  // A user who may not create schemas is refused even when they exist: so it is not tried.
  if (rows[0]?.exists) return;

  const lostTheRace = new Set(['23505', '42710', '42P06', '42P07']);
  for (let attempts = 3; ; attempts--) {
    try {
      await database.attempt(async () => {
        await database.pool.query('create schema if not exists sluice');
        await database.pool.query(`
          create table if not exists sluice.migrations (
            name text primary key,
            checksum text not null,
            applied_at timestamptz not null default now()
          )`);
      });
      return;
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
      if (attempts === 0 || !lostTheRace.has(code)) throw error;
    }
  }
}

async function readApplied(transaction: Transaction): Promise<Map<string, string>> {
  const { rows } = await transaction.execute<{ name: string; checksum: string }>(sql`select name, checksum from sluice.migrations`);
  return new Map(rows.map((row) => [row.name, row.checksum]));
}

function checkApplied(applied: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration.checksum]));
  for (const [name, checksum] of applied) {
    const current = known.get(name);
    if (current === undefined) throw errors.newer_schema(`The control plane has the migration ${name}, which this version does not know`);
    if (current !== checksum) throw errors.migration_changed(`src/store/migrations/${name}.sql was edited after it had been applied`);
  }
}
