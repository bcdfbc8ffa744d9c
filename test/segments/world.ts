/**
 * A small published warehouse for segment tests: people with nulls and empty values, three tables of traits (one of them lacks people, has some twice
 * and knows strangers) and three streams of events; as catalogue and as rows.
 */
import { Readable } from 'node:stream';
import * as z from 'zod';
import { type Catalogue, catalogueOf, type PublishedColumn, type PublishedModel } from '../../src/catalogue/catalogue.ts';
import { defineStatement } from '../../src/warehouse/query.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { runSql } from '../warehouse.ts';
import { audienceModel, UNIQUE_TRAITS } from './set-world.ts';

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
  /** Has no row in profile_traits: everything from `order_count` on but `is_member`, `ledger_id` and `flags` is missing. */
  readonly lacks_traits?: boolean;
  /** Any number of rows in a table that nobody tests. */
  readonly loyalty?: readonly Loyalty[];
}

/** A person of whom nothing is known but what is given. */
export const somebody = (profile_id: string, known: Partial<Person> = {}): Person => ({
  profile_id,
  country_code: null,
  city: '',
  email: null,
  consent_email: null,
  first_seen_at: '2026-01-01T00:00:00.000Z',
  birthday_on: null,
  order_count: 0,
  lifetime_value: '0',
  score: null,
  last_order_at: null,
  tags: [],
  sizes: [],
  nickname: '',
  ...known,
});

export interface Loyalty {
  readonly points: number;
  readonly tier: 'none' | 'silver' | 'gold';
  readonly badges: readonly string[];
  readonly joined_on: string | null;
}

/** Name of the events in the stream of returns. */
export const RETURNED = 'Item Returned';

/** A row of a stream of its own. */
export interface Return {
  /** Null for a guest. */
  readonly customer_id: string | null;
  readonly returned_on: string | null;
  readonly revenue: string | null;
  readonly reason: string | null;
  readonly is_damaged: boolean | null;
  readonly items: number;
  readonly due_on: string | null;
}

export interface Happening {
  readonly profile_id: string;
  readonly event_name: string;
  readonly occurred_at: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Empty when left out. */
  readonly source?: string;
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

export const TRAIT_NAMES: ReadonlySet<string> = new Set(Object.keys(TRAITS));

const LOYALTY: Readonly<Record<string, string>> = {
  points: 'UInt32',
  tier: "Enum8('none' = 0, 'silver' = 1, 'gold' = 2)",
  badges: 'Array(String)',
  joined_on: 'Nullable(Date32)',
};

const RETURNS: Readonly<Record<string, string>> = {
  customer_id: 'Nullable(UUID)',
  returned_on: 'Nullable(Date)',
  revenue: 'Nullable(Decimal(18, 2))',
  reason: 'LowCardinality(Nullable(String))',
  is_damaged: 'Nullable(Bool)',
  items: 'UInt32',
  due_on: 'Nullable(Date32)',
};

const APP_EVENTS: Readonly<Record<string, string>> = {
  person_id: 'Nullable(UUID)',
  kind: "Enum8('Page Viewed' = 1, 'Order Completed' = 2, 'App Opened' = 3)",
  at: "DateTime64(3, 'UTC')",
  payload: 'JSON(max_dynamic_paths = 0)',
  source: 'LowCardinality(String)',
};

const columnsOf = (types: Readonly<Record<string, string>>): PublishedColumn[] =>
  Object.entries(types).map(([name, dataType]) => ({
    name,
    dataType,
    description: `Test trait ${name}.`,
    meta: { sluice: { trait: true, pii: name === 'email' } },
  }));

/** The catalogue of this world in databases of `prefix`. `hasApp`: with a second stream that names its events, some as the first one does. */
export const worldCatalogue = (prefix = 'sluice', options: { readonly hasApp?: boolean } = {}): Catalogue =>
  catalogueOf(worldModels(prefix, options));

export function worldModels(prefix = 'sluice', { hasApp = false }: { readonly hasApp?: boolean } = {}): PublishedModel[] {
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
  const untyped = (types: Readonly<Record<string, string>>) => columnsOf(types).map((column) => ({ ...column, meta: {} }));
  return [
    model('profile_traits', person, columnsOf(TRAITS), [unique, within, ...UNIQUE_TRAITS]),
    audienceModel(prefix),
    model('profiles', { ...person, label: 'Person' }, columnsOf(PROFILES), [unique, ...UNIQUE_TRAITS]),
    model(
      'events',
      { events: { ...person, time: 'occurred_at', name: 'event_name', properties: 'properties', columns: ['source'] } },
      untyped({
        event_name: 'LowCardinality(String)',
        occurred_at: "DateTime64(3, 'UTC')",
        properties: 'JSON(max_dynamic_paths = 0)',
        source: 'LowCardinality(String)',
      }),
      [within],
    ),
    model('loyalty', person, columnsOf(LOYALTY)),
    model(
      'returns',
      {
        events: {
          entity: 'person',
          key: 'customer_id',
          time: 'returned_on',
          name: RETURNED,
          properties: ['revenue', 'reason', 'is_damaged', 'items', 'due_on'],
        },
      },
      untyped(RETURNS),
    ),
    ...(hasApp
      ? [
          model(
            'app_events',
            { events: { entity: 'person', key: 'person_id', time: 'at', name: 'kind', properties: 'payload', columns: ['source'] } },
            untyped(APP_EVENTS),
          ),
        ]
      : []),
  ];
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
    `create table sluice.events (profile_id UUID, event_name LowCardinality(String), occurred_at DateTime64(3, 'UTC'), properties JSON(max_dynamic_paths = 0), source LowCardinality(String))
     engine = MergeTree order by (event_name, profile_id, occurred_at)`,
    `create table sluice.loyalty (profile_id UUID${ddl(LOYALTY)}) engine = MergeTree order by tuple()`,
    `create table sluice.returns (${ddl(RETURNS).slice(2)}) engine = MergeTree order by tuple()`,
    `create table sluice.app_events (${ddl(APP_EVENTS).slice(2)}) engine = MergeTree order by tuple()`,
  ];
  for (const sql of statements) await runSql(owner, sql);
}

export interface OtherStreams {
  readonly returns: readonly Return[];
  readonly appEvents: readonly Happening[];
}

/** Of nobody whom the world has. */
const STRANGER = '00000000-0000-4000-8000-00000000ffff';

/** Replaces everything in the world. Tables that nobody tests get rows of a stranger as well, and streams those of guests. */
export async function fillWorld(
  { owner }: Warehouse,
  people: readonly Person[],
  happenings: readonly Happening[],
  others: OtherStreams = { returns: [], appEvents: [] },
): Promise<void> {
  for (const table of ['profiles', 'profile_traits', 'events', 'loyalty', 'returns', 'app_events']) {
    await owner.run(defineStatement({ name: 'test.truncate', sql: `truncate table sluice.${table}`, params: z.object({}) }), {});
  }
  const pick = (types: Readonly<Record<string, string>>, of = people) =>
    of.map((person) => Object.fromEntries(['profile_id', ...Object.keys(types)].map((name) => [name, person[name as keyof Person]])));
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
  const withTraits = people.filter((person) => !person.lacks_traits);
  await insert('sluice.profile_traits', pick(TRAITS, withTraits));
  await insert('sluice.events', happenings);
  const stranger: Loyalty = { points: 20, tier: 'gold', badges: ['NL'], joined_on: null };
  const loyalty = people.flatMap(({ profile_id, loyalty: rows = [] }) => rows.map((row) => ({ profile_id, ...row })));
  await insert('sluice.loyalty', [...loyalty, { profile_id: STRANGER, ...stranger }]);
  const [anyReturn] = others.returns;
  const guests = anyReturn ? [STRANGER, null].map((customer_id) => ({ ...anyReturn, customer_id })) : [];
  await insert('sluice.returns', [...others.returns, ...guests]);
  const app = others.appEvents.map(({ profile_id, event_name, occurred_at, properties, source }) => ({
    person_id: profile_id,
    kind: event_name,
    at: occurred_at,
    payload: properties,
    source,
  }));
  const [anyApp] = app;
  await insert('sluice.app_events', [...app, ...(anyApp ? [STRANGER, null].map((person_id) => ({ ...anyApp, person_id })) : [])]);
}

function asJson(value: unknown): string | undefined {
  if (value instanceof Written) return value.text;
  if (Object.is(value, -0)) return '-0.0';
  if (Array.isArray(value)) return `[${value.map(asJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).flatMap(([name, inner]) => (inner === undefined ? [] : `${JSON.stringify(name)}:${asJson(inner)}`));
  return `{${members.join(',')}}`;
}
