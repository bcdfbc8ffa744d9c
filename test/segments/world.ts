/** A small published warehouse for segment tests: people with nulls and empty values, events, two trait tables; as catalogue and as rows. */
import * as z from 'zod';
import { type Catalogue, catalogueOf, type PublishedColumn } from '../../src/catalogue/catalogue.ts';
import { defineStatement } from '../../src/warehouse/query.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';

/** One row per person over both tables; undefined stands for NULL. */
export interface Person {
  readonly profile_id: string;
  readonly country_code: string | null;
  readonly city: string;
  readonly email: string | null;
  readonly consent_email: boolean | null;
  readonly first_seen_at: string;
  readonly birthday_on: string | null;
  readonly order_count: number;
  readonly lifetime_value: string;
  readonly score: number | null;
  readonly last_order_at: string | null;
  readonly tags: readonly string[];
  readonly sizes: readonly number[];
  readonly nickname: string;
}

export interface Happening {
  readonly profile_id: string;
  readonly event_name: string;
  readonly occurred_at: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

const PROFILES: Readonly<Record<string, string>> = {
  country_code: 'LowCardinality(Nullable(String))',
  city: 'String',
  email: 'Nullable(String)',
  consent_email: 'Nullable(Bool)',
  first_seen_at: "DateTime64(3, 'UTC')",
  birthday_on: 'Nullable(Date32)',
};

const TRAITS: Readonly<Record<string, string>> = {
  order_count: 'UInt32',
  lifetime_value: 'Decimal(18, 2)',
  score: 'Nullable(Float64)',
  last_order_at: "Nullable(DateTime64(3, 'UTC'))",
  tags: 'Array(LowCardinality(String))',
  sizes: 'Array(UInt16)',
  nickname: 'String',
};

const columnsOf = (types: Readonly<Record<string, string>>): PublishedColumn[] =>
  Object.entries(types).map(([name, dataType]) => ({
    name,
    dataType,
    description: `Test trait ${name}.`,
    meta: { sluice: { trait: true, pii: name === 'email' } },
  }));

/** The catalogue of this world in databases of `prefix`. */
export function worldCatalogue(prefix = 'sluice'): Catalogue {
  const model = (name: string, meta: object, columns: PublishedColumn[] = []) => ({
    name,
    schema: prefix,
    alias: name,
    description: name,
    meta: { sluice: meta },
    columns,
  });
  return catalogueOf([
    model('profile_traits', { role: 'traits', entity: 'person', key: 'profile_id' }, columnsOf(TRAITS)),
    model('profiles', { role: 'traits', entity: 'person', key: 'profile_id' }, columnsOf(PROFILES)),
    model('events', { role: 'events', entity: 'person' }),
  ]);
}

/** Creates the world's empty tables. */
export async function createWorld({ owner }: Warehouse): Promise<void> {
  const ddl = (types: Readonly<Record<string, string>>) =>
    Object.entries(types)
      .map(([name, type]) => `, ${name} ${type}`)
      .join('');
  const statements = [
    `create table sluice.profiles (profile_id UUID${ddl(PROFILES)}) engine = MergeTree order by profile_id`,
    `create table sluice.profile_traits (profile_id UUID${ddl(TRAITS)}) engine = MergeTree order by profile_id`,
    `create table sluice.events (profile_id UUID, event_name LowCardinality(String), occurred_at DateTime64(3, 'UTC'), properties JSON)
     engine = MergeTree order by (event_name, profile_id, occurred_at)`,
  ];
  for (const sql of statements) await owner.run(defineStatement({ name: 'test.create', sql, params: z.object({}) }), {});
}

/** Replaces everything in the world. */
export async function fillWorld({ owner }: Warehouse, people: readonly Person[], happenings: readonly Happening[]): Promise<void> {
  for (const table of ['profiles', 'profile_traits', 'events']) {
    await owner.run(defineStatement({ name: 'test.truncate', sql: `truncate table sluice.${table}`, params: z.object({}) }), {});
  }
  const pick = (types: Readonly<Record<string, string>>) =>
    people.map((person) => Object.fromEntries(['profile_id', ...Object.keys(types)].map((name) => [name, person[name as keyof Person]])));
  await owner.insert('sluice.profiles', pick(PROFILES));
  await owner.insert('sluice.profile_traits', pick(TRAITS));
  await owner.insert('sluice.events', happenings);
}
