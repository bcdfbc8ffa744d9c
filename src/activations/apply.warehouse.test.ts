import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { connectors } from '../../connectors/registry.ts';
import { type TestStore, testStore } from '../../test/store.ts';
import { runSql, testWarehouse } from '../../test/warehouse.ts';
import { catalogueOf } from '../catalogue/catalogue.ts';
import { type CheckRooms, DOCUMENT_KINDS, type PlanRooms } from '../document-kinds.ts';
import { CdpError } from '../errors.ts';
import { defaultDelivery } from '../syncs/deps.ts';
import { runSync } from '../syncs/run-sync.ts';
import { defineStatement } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { type ActivationDeps, applyPlan, planActivations } from './apply.ts';
import { planDocument } from './plan-document.ts';
import { readSavedPlan, savePlan } from './saved-plan.ts';

let warehouse: Warehouse;
let store: TestStore;
let projectDir: string;
let deps: ActivationDeps<CheckRooms & PlanRooms>;

beforeAll(async () => {
  [warehouse, store] = await Promise.all([testWarehouse(), testStore()]);
});
afterAll(() => Promise.all([warehouse.close(), store.close()]));

beforeEach(async () => {
  projectDir = await mkdtemp(join(tmpdir(), 'sluice-activations-'));
  for (const kind of ['destination', 'segment', 'sync'] as const) {
    for (const { id } of await store.resources.list(kind)) await store.resources.remove({ kind, id }, 'test');
  }
  const catalogue = catalogueOf([
    {
      name: 'profile_traits',
      alias: 'profile_traits',
      schema: warehouse.databases.published,
      description: '',
      meta: { sluice: { entity: 'person', key: 'profile_id', role: 'traits' } },
      columns: [
        { name: 'profile_id', description: '', dataType: 'UUID', meta: {} },
        { name: 'country_code', description: '', dataType: 'String', meta: { sluice: { trait: true } } },
      ],
    },
  ]);
  deps = {
    projectDir,
    resources: store.resources,
    warehouse,
    catalogue,
    kinds: DOCUMENT_KINDS,
    rooms: {
      warehouse,
      catalogue,
      syncs: {
        warehouse,
        secrets: store.secrets,
        leases: store.leases,
        catalogue: () => Promise.resolve(catalogue),
        connectors,
        environment: {},
        delivery: defaultDelivery,
      },
    },
  };
  return () => rm(projectDir, { recursive: true, force: true });
});

const SEGMENT = 'id: dutch\ntitle: Dutch\nentity: person\nwhere: { trait: country_code, is: NL }\n';
const DESTINATION = 'id: folder\ntitle: Folder\nconnector: file\nconfig: { folder: /tmp/x }\n';
const SYNC =
  'id: dutch-to-folder\ntitle: Dutch to the folder\nsource: { segment: dutch }\ndestination: folder\nobject: row\nmode: mirror\nkey: { id: profile_id }\n';

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const folder of ['segments', 'syncs', 'destinations']) await mkdir(join(projectDir, 'activations', folder), { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    const path = join(projectDir, 'activations', file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

async function refusal(): Promise<string> {
  const error = await planActivations(deps).catch((reason: unknown) => reason);
  if (!(error instanceof CdpError)) throw new Error('nothing was refused');
  expect(error.code).toBe('activations.invalid');
  return error.message;
}

describe('sluice apply', () => {
  test('makes what runs equal to the folder, and plans nothing afterwards', async () => {
    await write({ 'segments/dutch.yml': SEGMENT, 'destinations/folder.yml': DESTINATION, 'syncs/s.yml': SYNC });
    const plan = await planActivations(deps);
    expect(plan.changes.map(({ action, kind, id }) => `${action} ${kind} ${id}`)).toEqual([
      'create destination folder',
      'create segment dutch',
      'create sync dutch-to-folder',
    ]);
    await applyPlan(store.resources, plan, 'test');
    expect(await planActivations(deps)).toMatchObject({ changes: [], unchanged: 3 });

    await rm(join(projectDir, 'activations/syncs/s.yml'));
    await write({ 'segments/dutch.yml': SEGMENT.replace('NL', 'BE') });
    const second = await planActivations(deps);
    expect(second.changes).toMatchObject([
      { action: 'update', id: 'dutch', fields: [{ path: 'where.is', from: 'NL', to: 'BE' }] },
      { action: 'remove', kind: 'sync', id: 'dutch-to-folder' },
    ]);
    await applyPlan(store.resources, second, 'test');
    expect((await store.resources.list('sync')).length).toBe(0);
  });

  test('says of what it removes which rows, members and records stay where they are', async () => {
    const folder = join(projectDir, 'out');
    await mkdir(folder);
    await warehouse.owner.run(
      defineStatement({
        name: 'test.people',
        sql: 'create or replace table sluice.people engine = Memory as select number as id from numbers(3)',
        params: z.object({}),
      }),
      {},
    );
    await write({
      'segments/dutch.yml': SEGMENT,
      'destinations/folder.yml': DESTINATION.replace('/tmp/x', folder),
      'syncs/s.yml': SYNC.replace('segment: dutch', 'table: people').replace('profile_id', 'id'),
    });
    await applyPlan(store.resources, await planActivations(deps), 'test');
    await runSync({ ...deps.rooms.syncs, resources: store.resources }, 'dutch-to-folder');
    const version = { segment_id: 'dutch', version: 1, size: 7, published_at: new Date().toISOString() };
    await warehouse.owner.insert('sluice_state.segment_versions', [version], { columns: Object.keys(version) });

    for (const file of ['segments/dutch.yml', 'destinations/folder.yml', 'syncs/s.yml']) await rm(join(projectDir, 'activations', file));
    const { changes } = await planActivations(deps);
    const stays = Object.fromEntries(changes.map((change) => [change.kind, 'stays' in change ? change.stays?.join(' ') : '']));
    expect(stays.sync).toContain(`3 rows that it sent to file row folder ${folder} stay there`);
    expect(stays.segment).toMatch(/7 published members and the view \w+\.audience_dutch stay until `sluice segment publish --all`/);
    expect(stays.destination).toContain('stays there');
  });

  test('refuses a plan when another apply came first, and changes nothing', async () => {
    await write({ 'segments/dutch.yml': SEGMENT });
    const plan = await planActivations(deps);
    await store.resources.put({ kind: 'segment', id: 'dutch', document: { id: 'dutch', title: 'Other' } }, 'somebody');
    await expect(applyPlan(store.resources, plan, 'test')).rejects.toMatchObject({ code: 'store.revision_conflict' });
  });

  test('never takes an absent folder for the wish to remove everything', async () => {
    await expect(planActivations(deps)).rejects.toMatchObject({ code: 'activations.folder_missing' });
  });
});

describe('bad activations', () => {
  test('an unparsable YAML segment is reported with its file, line and column', async () => {
    await write({ 'segments/broken.yml': 'id: broken\nwhere: { all: [ { trait: x }\n' });
    expect(await refusal()).toMatch(/activations\/segments\/broken\.yml:\d+:\d+: is not YAML/);
  });

  test('an unknown trait is reported where it stands, with the nearest names', async () => {
    await write({ 'segments/dutch.yml': SEGMENT.replace('country_code', 'contry_code') });
    expect(await refusal()).toMatch(/segments\/dutch\.yml:4:\d+ where\.trait: .*contry_code.* Did you mean country_code\?/);
  });

  test('a cycle of segments is reported with its path', async () => {
    const refers = (id: string, to: string) => `id: ${id}\ntitle: ${id}\nentity: person\nwhere: { segment: ${to} }\n`;
    await write({ 'segments/a.yml': refers('a', 'b'), 'segments/b.yml': refers('b', 'a') });
    expect(await refusal()).toMatch(/a → b → a/);
  });

  test('an empty group is an error, not everybody', async () => {
    await write({ 'segments/all.yml': 'id: all\ntitle: All\nentity: person\nwhere: { all: [] }\n' });
    expect(await refusal()).toMatch(/segments\/all\.yml:4:\d+ where\.all: /);
  });

  test('a sync of a segment or into a destination that is not there is reported with the nearest names', async () => {
    await write({
      'segments/dutch.yml': SEGMENT,
      'destinations/folder.yml': DESTINATION,
      'syncs/s.yml': SYNC.replace('segment: dutch', 'segment: duthc').replace('destination: folder', 'destination: foldr'),
    });
    const message = await refusal();
    expect(message).toMatch(/source\.segment: there is no segment duthc\. Did you mean dutch\?/);
    expect(message).toMatch(/destination: there is no destination foldr\. Did you mean folder\?/);
  });

  test('a schedule that waits for what is not there, or for itself, is reported', async () => {
    const waiting = (id: string, trigger: string) => `${SEGMENT.replaceAll('dutch', id)}schedule: { after: ${trigger} }\n`;
    await write({ 'segments/a.yml': waiting('aa', 'segment:bbb'), 'segments/b.yml': waiting('bb', 'segment:bb') });
    const message = await refusal();
    expect(message).toMatch(/a\.yml:5:\d+ schedule\.after: there is no segment bbb\. Did you mean bb\?/);
    expect(message).toMatch(/b\.yml:5:\d+ schedule\.after: waits for itself/);
  });

  test('what is no file, is not there or is not UTF-8 is told beside all else', async () => {
    await write({ 'segments/folder.yml/x': '', 'segments/wrong.yml': 'id: 7\n' });
    const segments = join(projectDir, 'activations/segments');
    await symlink(join(segments, 'nowhere'), join(segments, 'gone.yml'));
    await writeFile(join(segments, 'latin.yml'), Buffer.from(SEGMENT.replace('Dutch', 'Hollandés'), 'latin1'));
    const message = await refusal();
    expect(message).toContain('segments/folder.yml: is not read: it is no file.');
    expect(message).toContain('segments/gone.yml: cannot be read (ENOENT).');
    expect(message).toContain('segments/latin.yml: is not read: its characters are not UTF-8.');
    expect(message).toContain('segments/wrong.yml:1:1 id: is no text');
  });

  test.each([
    ['', 'is missing, for the document is empty'],
    ['- id: x\n', 'is missing, for the document is a list'],
    ['title: X\n', 'is missing: a stable name'],
    ['id: 7\n', 'is no text: a stable name'],
    ['id:\n', 'is empty: a stable name'],
  ])('of %j it is said why it has no id', async (text, told) => {
    await write({ 'segments/x.yml': text });
    expect(await refusal()).toContain(`activations/segments/x.yml:1:1 id: ${told}`);
  });

  test('a wrong setting of a destination is told although its secrets are set elsewhere only', async () => {
    await write({ 'destinations/hook.yml': 'id: hook\ntitle: Hook\nconnector: webhook\nconfig: { url: hello, secret: env:NOT_SET }\n' });
    expect(await refusal()).toMatch(/hook\.yml:4:\d+ config\.url: is no valid URL/);
  });

  test('all problems of all files are reported at once, and nothing is applied', async () => {
    await write({
      'segments/dutch.yml': SEGMENT.replace('country_code', 'nothing'),
      'destinations/folder.yml': DESTINATION.replace('file', 'fil'),
      'segments/noid.yml': 'title: x\n',
      'segments/twice.yml': SEGMENT,
      'segmnts/x.yml': SEGMENT,
    });
    const message = await refusal();
    for (const file of ['segments/dutch.yml', 'destinations/folder.yml', 'segments/noid.yml', 'segments/twice.yml', 'segmnts'])
      expect(message).toContain(file);
    expect(await store.resources.list('segment')).toEqual([]);
  });
});

test('names that PostgreSQL would cut are refused by the plan, also where the secret and the source are missing', async () => {
  const long = 'average_order_value_of_the_last_year_in_the_currency_of_the_store_as_amount';
  await write({
    'destinations/database.yml': 'id: database\ntitle: Database\nconnector: postgres\nconfig: { url: env:NOT_SET_HERE }\n',
    'syncs/long.yml': `id: long\ntitle: Long\nsource: { table: not_built_yet }\ndestination: database\nobject: row\noptions: { table: ${long} }\nmode: mirror\nkey: { id: profile_id }\nfields: { ${long}: lifetime_value }\n`,
  });
  const message = await refusal();
  expect(message).toContain(`fields.${long}: the name has 75 bytes and PostgreSQL keeps 63 of them`);
  expect(message).toContain('options.table: the name has 75 bytes and PostgreSQL keeps 63 of them');
});

describe('a plan for a review', () => {
  beforeAll(async () => {
    const sql = 'create table sluice.profile_traits (profile_id UUID, country_code String) engine = MergeTree order by profile_id';
    await runSql(warehouse.owner, sql);
  });
  const all = { 'segments/dutch.yml': SEGMENT, 'destinations/folder.yml': DESTINATION, 'syncs/s.yml': SYNC };
  const publish = (id: string, size: number) => {
    const version = { segment_id: id, version: 1, size, published_at: new Date().toISOString() };
    return warehouse.owner.insert('sluice_state.segment_versions', [version], { columns: Object.keys(version) });
  };

  test('lists for each change its file, what it reaches and what it is, as one document with a fixed shape', async () => {
    // Ids of their own: the state of other tests stays in the warehouse.
    const texts = Object.entries(all).map(([file, text]) => [file, text.replaceAll('dutch', 'belgians')] as const);
    await write(Object.fromEntries(texts));
    await publish('belgians', 7);
    const { changes, ...rest } = planDocument(await planActivations(deps));
    expect(
      changes.map(({ kind, file, line, members, rows_there, syncs, sentence }) => [kind, file, line, members, rows_there, syncs, sentence]),
    ).toEqual([
      [
        'destination',
        'activations/destinations/folder.yml',
        1,
        null,
        null,
        ['belgians-to-folder'],
        'The destination folder is new; belgians-to-folder writes into it.',
      ],
      [
        'segment',
        'activations/segments/dutch.yml',
        1,
        7,
        null,
        ['belgians-to-folder'],
        'The segment belgians is new; it has 7 published members; belgians-to-folder reads it.',
      ],
      [
        'sync',
        'activations/syncs/s.yml',
        1,
        7,
        0,
        [],
        'The sync belgians-to-folder is new; it sends the segment belgians, 7 members now, to folder; nothing of it is there yet.',
      ],
    ]);
    expect(Object.keys(rest).sort()).toEqual(['emptied', 'format', 'unchanged', 'warnings', 'world']);

    await applyPlan(store.resources, await planActivations(deps), 'test');
    await write({ 'segments/dutch.yml': SEGMENT.replaceAll('dutch', 'belgians').replace('NL', 'BE') });
    expect(planDocument(await planActivations(deps)).changes).toMatchObject([
      {
        action: 'update',
        kind: 'segment',
        id: 'belgians',
        line: 4,
        sentence: expect.stringContaining('changes in where.is; it has 7 published members'),
      },
    ]);
  });

  test('is applied from its file as long as the world is the one that it saw, and refused with what differs', async () => {
    const path = join(projectDir, 'plan.json');
    await write(all);
    await savePlan(path, await planActivations(deps));
    const refusals = async (changed = deps) => {
      const error: unknown = await readSavedPlan(path, changed).catch((reason: unknown) => reason);
      if (!(error instanceof CdpError)) throw new Error('nothing was refused');
      expect(error.code).toBe('activations.plan_outdated');
      return error.context.differences;
    };

    await write({ 'segments/dutch.yml': `${SEGMENT}# a word more\n` });
    expect(await refusals()).toEqual(['activations/segments/dutch.yml was changed since.']);
    await write({ ...all, 'segments/new.yml': SEGMENT.replace('id: dutch', 'id: new') });
    expect(await refusals()).toEqual(['activations/segments/new.yml was added since.']);
    await rm(join(projectDir, 'activations/segments/new.yml'));

    const traits = { ...deps.catalogue.entities.get('person'), key: 'other_key' };
    expect(await refusals({ ...deps, catalogue: { ...deps.catalogue, entities: new Map([['person', traits as never]]) } })).toEqual([
      'The models declare other entities, traits, events or relations than they did.',
    ]);
    const elsewhere = { ...warehouse, databases: { ...warehouse.databases, published: 'production' } };
    expect(await refusals({ ...deps, warehouse: elsewhere })).toEqual([
      `The plan was made for the databases ${warehouse.prefix}*, and these are production*.`,
    ]);

    await applyPlan(store.resources, await readSavedPlan(path, deps), 'test');
    expect((await store.resources.list('sync')).map(({ id }) => id)).toEqual(['dutch-to-folder']);
    expect(await refusals()).toContain('What runs is another: segment dutch was added by another apply.');

    await expect(readSavedPlan(join(path, 'gone'), deps)).rejects.toMatchObject({ message: expect.stringContaining('cannot be read') });
    await writeFile(path, '{"format": 2}');
    await expect(readSavedPlan(path, deps)).rejects.toMatchObject({ code: 'activations.plan_file' });
  });
});

test('a table that the reader may not read is a problem of the plan, with the place in the segment and the grant to run', async () => {
  const database = `elsewhere_${warehouse.prefix}`;
  const order = (sql: string) => runSql(warehouse.owner, sql);
  await order(`create database ${database}`);
  onTestFinished(() => order(`drop database ${database} sync`).then(() => undefined));
  const catalogue = catalogueOf(
    ['dim_customers', 'not_built_yet'].map((name, index) => ({
      name,
      alias: name,
      schema: database,
      description: '',
      meta: { sluice: { entity: 'person', key: 'profile_id', role: 'traits' } },
      columns: [
        { name: 'profile_id', description: '', dataType: 'UUID', meta: {} },
        { name: index === 0 ? 'country_code' : 'plan', description: '', dataType: 'String', meta: { sluice: { trait: true } } },
      ],
    })),
  );
  await order(`create table ${database}.dim_customers (profile_id UUID, country_code String) engine = MergeTree order by profile_id`);
  await write({
    'segments/dutch.yml': SEGMENT,
    'segments/paying.yml': SEGMENT.replace('id: dutch', 'id: paying').replace('country_code', 'plan'),
  });
  deps = { ...deps, catalogue, rooms: { ...deps.rooms, catalogue } };

  // As on a server where users are made by SQL.
  deps = { ...deps, rooms: { ...deps.rooms, warehouse: { ...warehouse, isEmbedded: false } } };
  const message = await refusal();
  const grant = `run \`grant select on ${database}.* to sluice_reader, sluice_publisher\``;
  expect(message).toMatch(/segments\/dutch\.yml:4:\d+ where: /);
  expect(message).toContain(`sluice_reader and sluice_publisher may not read ${database}.dim_customers: ${grant}`);
  expect(message).toMatch(/segments\/paying\.yml:4:\d+ where: /);
  expect(message).toContain(`may not read ${database}.not_built_yet: ${grant}`);

  deps = { ...deps, rooms: { ...deps.rooms, warehouse } };
  expect(await refusal()).toContain('Run `sluice stop`, then try again.');
});
