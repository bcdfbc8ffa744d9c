/** A small published warehouse for segment tests: people with nulls and empty values, events, two trait tables; as catalogue and as rows. */
import { Readable } from 'node:stream';
import * as z from 'zod';
import { type Catalogue, catalogueOf, type PublishedColumn, type PublishedModel } from '../../src/catalogue/catalogue.ts';
import { defineStatement } from '../../src/warehouse/query.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';

/** A number in JSON as it is written: `1.0`, `-0.0` and `9007199254740993` are others than what JavaScript would write for them. */
export class Written {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** One row per person over both tables; undefined stands for the default of the column. Numbers that JavaScript cannot hold are text. */
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
  readonly is_member?: boolean;
  readonly ledger_id?: string;
  readonly wide_id?: string | null;
  readonly fee?: string;
  readonly ratio?: number | null;
  readonly flags?: readonly boolean[];
  readonly amounts?: readonly string[];
  readonly ledgers?: readonly string[];
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
  is_member: 'Bool',
  ledger_id: 'UInt64',
  flags: 'Array(Bool)',
};

const TRAITS: Readonly<Record<string, string>> = {
  order_count: 'UInt32',
  lifetime_value: 'Decimal(18, 2)',
  score: 'Nullable(Float64)',
  last_order_at: "Nullable(DateTime64(3, 'UTC'))",
  tags: 'Array(LowCardinality(String))',
  sizes: 'Array(UInt16)',
  nickname: 'String',
  wide_id: 'Nullable(Int128)',
  fee: 'Decimal(38, 10)',
  ratio: 'Nullable(Float32)',
  amounts: 'Array(Decimal(18, 2))',
  ledgers: 'Array(UInt64)',
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
  const key: PublishedColumn = { name: 'profile_id', dataType: 'UUID', description: 'Key.', meta: {} };
  // As dbt tests them in the package.
  const unique = { is: 'unique', column: 'profile_id', isEnforced: true } as const;
  const within = { is: 'relationships', column: 'profile_id', to: 'profiles', field: 'profile_id', isEnforced: true, meta: {} } as const;
  const model = (name: string, meta: object, columns: PublishedColumn[], tests: PublishedModel['tests'] = []) => ({
    name,
    schema: prefix,
    alias: name,
    description: name,
    meta: { sluice: meta },
    columns: [key, ...columns],
    tests,
  });
  const person = { entity: 'person', key: 'profile_id' };
  return catalogueOf([
    model('profile_traits', person, columnsOf(TRAITS), [unique, within]),
    model('profiles', { ...person, label: 'Person' }, columnsOf(PROFILES), [unique]),
    model(
      'events',
      { events: { ...person, time: 'occurred_at', name: 'event_name', properties: 'properties' } },
      columnsOf({ event_name: 'LowCardinality(String)', occurred_at: "DateTime64(3, 'UTC')", properties: 'JSON(max_dynamic_paths = 0)' }),
      [within],
    ),
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
    `create table sluice.events (profile_id UUID, event_name LowCardinality(String), occurred_at DateTime64(3, 'UTC'), properties JSON(max_dynamic_paths = 0))
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
  const insert = (table: string, rows: readonly object[]) => {
    const lines = Readable.from(
      rows.map((row) => `${asJson(row)}\n`),
      { objectMode: false },
    );
    // As the models build it: a text that looks like a date stays a text.
    const settings = { input_format_try_infer_dates: 0, input_format_try_infer_datetimes: 0 } as const;
    return owner.insert(table, lines, { format: 'JSONEachRow', settings });
  };
  await insert('sluice.profiles', pick(PROFILES));
  await insert('sluice.profile_traits', pick(TRAITS));
  await insert('sluice.events', happenings);
}

function asJson(value: unknown): string | undefined {
  if (value instanceof Written) return value.text;
  if (Object.is(value, -0)) return '-0.0';
  if (Array.isArray(value)) return `[${value.map(asJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).flatMap(([name, inner]) => (inner === undefined ? [] : `${JSON.stringify(name)}:${asJson(inner)}`));
  return `{${members.join(',')}}`;
}
