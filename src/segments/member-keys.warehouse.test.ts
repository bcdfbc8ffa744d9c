/** Segments over entities whose key is not a UUID, in a warehouse without any table of the package's models. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { segmentRoom, type TestRoom } from '../../test/segments/deps.ts';
import { type OwnTable, ownCatalogue, ownTableSql } from '../../test/segments/household.ts';
import { rowsOf, runSql, testWarehouse } from '../../test/warehouse.ts';
import type { EventStream } from '../catalogue/catalogue.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { bucketOf, bucketPrefix } from './bucket.ts';
import { explainMember } from './explain.ts';
import { previewSegment } from './preview.ts';
import { publishSegment } from './publish.ts';
import { segmentSize } from './size.ts';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await testWarehouse();
});
afterAll(async () => warehouse.close());

const run = (sql: string) => runSql(warehouse.owner, sql);
const rows = (sql: string) => rowsOf(warehouse.owner, sql);
const values = async (sql: string) => (await rows(`select toString(v) as v from (${sql}) order by v`)).map(({ v }) => v);

type Keys = readonly (readonly [string, string])[];
const fill = async (table: OwnTable, keys: Keys) => {
  for (const sql of ownTableSql(table, keys)) await run(sql);
};
const roomOver = (...tables: readonly OwnTable[]): TestRoom => ({
  ...segmentRoom(warehouse, warehouse.prefix),
  catalogue: async () => ownCatalogue(...tables),
});
const inNl = { entity: 'household', where: { trait: 'city', is: 'NL' } };
const ID = '00000000-0000-4000-8000-00000000000';

interface Case {
  readonly keyType: string;
  /** Keys of the entities in NL, and their form in `member_id`. */
  readonly members: Readonly<Record<string, string>>;
  readonly others: readonly string[];
  /** Rows in NL without a key. */
  readonly nobody?: readonly string[];
  /** Type in the audience view, when it differs. */
  readonly published?: string;
}

const cases: readonly Case[] = [
  {
    keyType: 'UInt64',
    members: { '9007199254740993': '9007199254740993', '18446744073709551615': '18446744073709551615', '0': '0' },
    others: ['9007199254740992', '1'],
  },
  {
    keyType: 'Int64',
    members: { '-9007199254740993': '-9007199254740993', '9223372036854775807': '9223372036854775807' },
    others: ['-9007199254740992', '9223372036854775806'],
  },
  {
    keyType: 'Int256',
    members: { "'-170141183460469231731687303715884105729'": '-170141183460469231731687303715884105729' },
    others: ["'-170141183460469231731687303715884105728'"],
  },
  { keyType: 'Nullable(UInt32)', members: { '0': '0', '7': '7' }, others: ['8'], nobody: ['null'], published: 'UInt32' },
  {
    keyType: 'String',
    members: { "'ada'": 'ada', "'ada '": 'ada ', "'ada\\0'": 'ada\0', "'null'": 'null', "' '": ' ' },
    others: ["'Ada'", "'ada  '", "'ada\\0\\0'"],
    nobody: ["''"],
  },
  {
    keyType: 'LowCardinality(Nullable(String))',
    members: { "'e\u0301'": 'e\u0301', "'1'": '1' },
    others: ["'é'", "'01'"],
    nobody: ['null', "''"],
    published: 'LowCardinality(String)',
  },
  { keyType: 'FixedString(4)', members: { "'ab'": 'ab', "'a\\0b'": 'a\0b' }, others: ["'a'", "'AB'"], nobody: ["''"] },
  { keyType: 'Nullable(UUID)', members: { [`'${ID}1'`]: `${ID}1` }, others: [`'${ID}2'`], nobody: ['null'], published: 'UUID' },
  { keyType: 'Date', members: { "'1970-01-01'": '1970-01-01', "'2026-02-28'": '2026-02-28' }, others: ["'2026-03-01'"] },
];

describe.each(cases)('an entity with the key $keyType', ({ keyType, members, others, nobody = [], published = keyType }) => {
  const name = keyType.toLowerCase().replace(/[^a-z0-9]+/g, '');
  const texts = Object.values(members).sort();
  const all: Keys = [
    ...[...Object.keys(members), ...nobody].map((key) => [key, 'NL'] as const),
    ...others.map((key) => [key, 'BE'] as const),
  ];

  test('is held out by the bucket of the text of its key', async () => {
    const table: OwnTable = { keyType, database: warehouse.databases.staging, table: `held_${name}` };
    await fill(table, all);
    const room = roomOver(table);
    room.apply({
      [`held-${name}`]: { ...inNl, exclude: [`none-${name}`], holdout: { share: 0.5, salt: 'a' } },
      [`none-${name}`]: { ...inNl, where: { trait: 'city', is: 'zz' } },
    });
    await publishSegment(room, `none-${name}`);
    await publishSegment(room, `held-${name}`);
    const isHeldOut = (text: string) => bucketOf(bucketPrefix('holdout', 'a'), text) < 5_000;
    const of = (view: string) => values(`select member_id as v from sluice.${view} where segment_id = 'held-${name}'`);
    expect(await of('segment_members')).toEqual(texts.filter((text) => !isHeldOut(text)));
    expect(await of('segment_holdouts')).toEqual(texts.filter(isHeldOut));
    expect(await values(`select count() as v from sluice.audience_held_${name}_holdout`)).toEqual([String(texts.filter(isHeldOut).length)]);
    const { members, modifiers } = await previewSegment(room, { id: `held-${name}` });
    expect([members, modifiers.at(-1)?.members]).toEqual([texts.filter((text) => !isHeldOut(text)).length, texts.filter(isHeldOut).length]);
  });

  test('is segmented, previewed, counted and published by its own key', async () => {
    const table: OwnTable = { keyType, database: warehouse.databases.staging, table: `households_${name}` };
    await fill(table, all);
    const room = roomOver(table);
    room.apply({ [name]: inNl, [`rest-${name}`]: { entity: 'household', where: { not: { segment: name } } } });

    expect(await publishSegment(room, name)).toMatchObject({ size: texts.length, entered: texts.length, left: 0 });
    expect(await publishSegment(room, `rest-${name}`)).toMatchObject({ size: others.length });
    const audience = `sluice.audience_${name}`;
    expect(await values(`select toString(household_id) as v from ${audience}`)).toEqual(texts);
    expect(await values(`select household_id as v from ${audience} inner join sluice_staging.${table.table} using (household_id)`)).toEqual(
      texts,
    );
    expect(
      await rows(
        `select name, type from system.columns where table = 'audience_${name}' and database = '${warehouse.prefix}' and position = 1`,
      ),
    ).toEqual([{ name: 'household_id', type: published }]);
    expect(await values(`select member_id as v from sluice.segment_members where segment_id = '${name}'`)).toEqual(texts);

    expect(await segmentSize(room, { id: name })).toMatchObject({ members: texts.length });
    const otherSpellings = (text: string) => (/^\d+$/.test(text) && keyType.includes('Int') ? [`00${text}`] : []);
    for (const [text, asked] of texts.flatMap((text) => [text, ...otherSpellings(text)].map((asked) => [text, asked] as const)))
      expect(await explainMember(room, { id: name }, asked)).toMatchObject({
        member_id: text,
        holds: true,
        published_since: expect.any(String),
      });
    const preview = await previewSegment(room, { id: `rest-${name}` });
    expect(preview).toMatchObject({ members: others.length, people: texts.length + others.length, entering: 0, leaving: 0 });
    expect(preview.sample).toHaveLength(others.length);
    const { warnings } = await previewSegment(room, { id: name }, { sampleSize: 0 });
    expect(warnings.map(({ message }) => message)).toEqual(
      nobody.length === 0
        ? []
        : [
            expect.stringContaining(
              `${nobody.length === 1 ? '1 row' : `${nobody.length} rows`} of ${table.database}.${table.table} without household_id`,
            ),
          ],
    );
  });

  test('keeps who stays, and says who entered and who left', async () => {
    const table: OwnTable = { keyType, database: warehouse.databases.staging, table: `households_${name}` };
    // One of the others moves in, one of the members moves away.
    const [mover] = others;
    const [leaver] = Object.entries(members);
    await fill(table, [...all.filter(([key]) => key !== mover && key !== leaver?.[0]), [mover ?? '', 'NL'], [leaver?.[0] ?? '', 'BE']]);
    const room = roomOver(table);
    for (let minute = 0; minute < 5; minute += 1) room.tick();
    room.apply({ [name]: inNl });
    const { version, warnings } = await publishSegment(room, name, { isForced: true });
    expect(warnings).toHaveLength(nobody.length === 0 ? 0 : 1);
    const history = `from sluice.segment_membership_events where segment_id = '${name}' and version = ${version}`;
    expect(await values(`select member_id as v ${history} and event = 'left'`)).toEqual([leaver?.[1]]);
    expect(await values(`select count() as v ${history} and event = 'entered'`)).toEqual(['1']);
    const stayed = texts.filter((text) => text !== leaver?.[1]);
    expect(await values(`select household_id as v from sluice.audience_${name} where entered_at = '2026-03-30 12:00:00'`)).toEqual(stayed);
  });
});

test('a key that becomes a text, and a UUID again, stays the same key: no member enters or leaves, and readers still find all of them', async () => {
  const table = { database: warehouse.databases.staging, table: 'changing' };
  const keys: Keys = [
    [`'${ID}1'`, 'NL'],
    [`'${ID}2'`, 'NL'],
    [`'${ID}3'`, 'BE'],
  ];
  const documents = { changing: inNl, others: { entity: 'household', where: { not: { segment: 'changing' } } } };
  for (const [run, keyType] of ['UUID', 'String', 'UUID'].entries()) {
    await fill({ ...table, keyType }, keys);
    const room = roomOver({ ...table, keyType });
    for (let minute = 0; minute < run; minute += 1) room.tick();
    room.apply(documents);
    if (run > 0) {
      expect(await previewSegment(room, { id: 'changing' })).toMatchObject({ members: 2, entering: 0, leaving: 0 });
      // Read before the referred segment is published again: from the version with the keys in their old form.
      expect(await publishSegment(room, 'others')).toMatchObject({ size: 1, entered: 0, left: 0 });
    }
    expect(await publishSegment(room, 'changing')).toMatchObject({ size: 2, entered: run === 0 ? 2 : 0, left: 0 });
    if (run === 0) await publishSegment(room, 'others');
  }
  expect(await values("select event as v from sluice.segment_membership_events where segment_id = 'changing'")).toEqual([
    'entered',
    'entered',
  ]);
});

test('a key of another type than its yml says is refused where the members could not be read', async () => {
  const table = { database: warehouse.databases.staging, table: 'misdeclared', keyType: 'Int64' };
  const room = roomOver({ ...table, keyType: 'UInt64' });
  room.apply({ misdeclared: inNl });
  await fill(table, [['1', 'NL']]);
  expect(await publishSegment(room, 'misdeclared')).toMatchObject({ size: 1 });
  await fill(table, [['-1', 'NL']]);
  const refused = {
    code: 'segments.invalid',
    message: expect.stringContaining('has the type UInt64, but it has Int64, with keys that are not UInt64'),
  };
  await expect(publishSegment(room, 'misdeclared')).rejects.toMatchObject(refused);
  await expect(previewSegment(room, { id: 'misdeclared' })).rejects.toMatchObject(refused);
});

test('events without a key belong to no member', async () => {
  const table: OwnTable = { keyType: 'Nullable(String)', database: warehouse.databases.staging, table: 'visitors' };
  await fill(table, [
    ["'ada'", 'NL'],
    ['null', 'NL'],
  ]);
  await run(`
    create table sluice_staging.visits (household_id Nullable(String), event_name String, occurred_at DateTime64(3, 'UTC'), properties JSON)
    engine = MergeTree order by tuple()`);
  await run("insert into sluice_staging.visits select arrayJoin(['ada', null, '']), 'Page Viewed', '2026-03-01 00:00:00', '{}'");
  const room = roomOver(table);
  const visits: EventStream = {
    name: 'visits',
    description: 'Visits.',
    table: { database: table.database, table: 'visits' },
    key: 'household_id',
    isWithin: false,
    time: { column: 'occurred_at', kind: 'time' },
    event: { is: 'column', column: 'event_name', needsCast: false },
    properties: { is: 'json', column: 'properties' },
    columns: new Map(),
  };
  const catalogue = await room.catalogue();
  const entities = new Map([...catalogue.entities].map(([name, entity]) => [name, { ...entity, streams: [visits] }]));
  const visiting: TestRoom = { ...room, catalogue: async () => ({ ...catalogue, entities }) };
  const entity = 'household';
  room.apply({
    visitors: { entity, where: { event: 'Page Viewed' } },
    absent: { entity, where: { event: 'Page Viewed', count: { eq: 0 } } },
  });
  expect(await publishSegment(visiting, 'visitors')).toMatchObject({ size: 1 });
  expect(await values('select household_id as v from sluice.audience_visitors')).toEqual(['ada']);
  expect(await publishSegment(visiting, 'absent')).toMatchObject({ size: 0 });
  expect(await previewSegment(visiting, { id: 'visitors' })).toMatchObject({ members: 1, people: 1, entering: 0, leaving: 0 });
});

test('people that a company brings by itself are not changed by what the identity graph left behind', async () => {
  const table = { entity: 'person', key: 'customer_id', keyType: 'UUID', database: warehouse.databases.staging, table: 'dim_customers' };
  const [ada, bob] = [`${ID}1`, `${ID}2`];
  await run('create table sluice.profile_aliases (former_profile_id UUID, profile_id UUID) engine = MergeTree order by former_profile_id');
  await run(`insert into sluice.profile_aliases values ('${ada}', '${bob}')`);
  const room = roomOver(table);
  room.apply({ customers: { entity: 'person', where: { trait: 'city', is: 'NL' } } });
  for (const cities of [
    ['NL', 'BE'],
    ['BE', 'NL'],
  ] as const) {
    await fill(table, [
      [`'${ada}'`, cities[0]],
      [`'${bob}'`, cities[1]],
    ]);
    await publishSegment(room, 'customers');
    room.tick();
  }
  await run('drop table sluice.profile_aliases');
  expect(await values("select reason as v from sluice.segment_membership_events where segment_id = 'customers'")).toEqual([
    'data',
    'data',
    'data',
  ]);
  expect(await values('select customer_id as v from sluice.audience_customers')).toEqual([bob]);
});
