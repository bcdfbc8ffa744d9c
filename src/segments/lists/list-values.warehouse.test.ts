import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { idOf } from '../../../test/segments/arbitrary.ts';
import { segmentRoom } from '../../../test/segments/deps.ts';
import { createSets } from '../../../test/segments/set-world.ts';
import { createWorld, worldCatalogue } from '../../../test/segments/world.ts';
import { rowsOf, runSql, testWarehouse } from '../../../test/warehouse.ts';
import { type ActivationDeps, planActivations } from '../../activations/apply.ts';
import type { NamedDocument } from '../../documents/kind.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { segmentKind } from '../kind.ts';
import { draftOf } from '../prepare.ts';
import { segmentSize } from '../size.ts';
import { listKind } from './kind.ts';
import { showList } from './show.ts';
import { dropDisusedContents } from './stored.ts';

const PEOPLE = 1_000;

let warehouse: Warehouse;
let projectDir: string;
/** What runs, by kind. */
let applied: NamedDocument[] = [];

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
  await createSets(warehouse);
  // Two of them share an address.
  await runSql(
    warehouse.owner,
    `insert into sluice.profiles (profile_id, email) select toUUID(concat('00000000-0000-4000-8000-', leftPad(toString(number), 12, '0'))), concat('p', toString(if(number = 999, 1, number)), '@x.nl') from numbers(${PEOPLE})`,
  );
});
afterAll(() => warehouse.close());
beforeEach(async () => {
  projectDir = await mkdtemp(join(tmpdir(), 'sluice-list-'));
  for (const folder of ['lists', 'segments']) await mkdir(join(projectDir, 'activations', folder), { recursive: true });
  applied = [];
  return () => rm(projectDir, { recursive: true });
});

const write = (file: string, text: string) => writeFile(join(projectDir, 'activations', file), text);
const resources = () => ({ list: async (kind: string) => applied.filter((one) => one.kind === kind) });

async function plan() {
  const catalogue = worldCatalogue(warehouse.prefix);
  const rooms = { warehouse, catalogue };
  const deps = { projectDir, resources: resources(), warehouse, catalogue, kinds: [listKind, segmentKind], rooms };
  return planActivations(deps as unknown as ActivationDeps<typeof rooms>);
}

/** As `sluice apply` does it. */
async function apply() {
  const { changes, warnings } = await plan();
  applied = changes.flatMap((change) => (change.action === 'create' ? [change as unknown as NamedDocument] : []));
  return { sentences: changes.map(({ sentence }) => sentence), warnings };
}

const room = () => ({ ...segmentRoom(warehouse, warehouse.prefix), resources: resources() });
const sizeOf = async (where: object) => (await segmentSize(room(), draftOf({ title: 'Draft', entity: 'person', where }))).members;
const contents = () =>
  rowsOf(warehouse.owner, 'select list_id, count() as n from sluice_state.list_versions group by list_id order by list_id');

test('a file of 200,000 addresses is joined in the warehouse, and a plan says how many are of somebody', async () => {
  const lines = Array.from({ length: 200_000 }, (_, index) => ` P${index}@x.nl`);
  await write('lists/many.csv', `mail\r\n${lines.join('\r\n')}`);
  await write('lists/many.yml', 'id: many\ntitle: Many\nentity: person\nof: email\nfile: many.csv\ncolumn: mail\n');
  await write('segments/many.yml', 'id: many\ntitle: Many\nentity: person\nwhere: { list: many }\n');
  const { sentences } = await apply();
  expect(sentences[0]).toBe(
    'The list many is new; 999 of its 200,000 values name 1,000 of the entity person, 199,001 nobody; 1 of them name several; many reads it.',
  );
  expect(await sizeOf({ list: 'many' })).toBe(PEOPLE);
  expect(await sizeOf({ not: { list: 'many' } })).toBe(0);
  // The graph changes, and the list with it.
  await runSql(
    warehouse.owner,
    "insert into sluice.profiles (profile_id, email) values ('00000000-0000-4000-8000-00000000aaaa', 'p150000@x.nl')",
  );
  expect(await sizeOf({ list: 'many' })).toBe(PEOPLE + 1);
  await runSql(warehouse.owner, "delete from sluice.profiles where email = 'p150000@x.nl'");
  // Once more, nothing is written.
  await plan();
  expect(await contents()).toEqual([{ list_id: 'many', n: '1' }]);
});

test('a list by key, by trait and an empty one; what is of nobody is shown masked', async () => {
  await write(
    'lists/keys.yml',
    `id: keys\ntitle: Keys\nentity: person\nof: profile_id\nvalues: ['${idOf(3)}', '${idOf(4).toUpperCase()}', x]\n`,
  );
  await write(
    'lists/mails.yml',
    'id: mails\ntitle: Mails\nentity: person\nof: { trait: email }\nvalues: |\n  p1@x.nl\n\n  p2@x.nl\n  P3@x.nl\n',
  );
  await write('lists/none.yml', 'id: none\ntitle: None\nentity: person\nof: email\nvalues: []\n');
  const { warnings } = await apply();
  expect(warnings.map(({ file, message }) => `${file}: ${message}`)).toEqual([
    'activations/lists/none.yml: is empty: nobody is on the list',
  ]);
  expect(await showList(room(), 'keys')).toMatchObject({ values: 3, matched: 2, unmatched: 1, entities: 2, unmatched_values: ['x•••'] });
  expect(await showList(room(), 'mails', { isUnmasked: true })).toMatchObject({
    values: 3,
    matched: 2,
    shared: 1,
    entities: 3,
    unmatched_values: ['P3@x.nl'],
  });
  expect(await showList(room(), 'none')).toMatchObject({ values: 0, matched: 0, entities: 0 });
  expect([await sizeOf({ list: 'keys' }), await sizeOf({ list: 'mails' }), await sizeOf({ list: 'none' })]).toEqual([2, 3, 0]);
  await expect(showList(room(), 'key')).rejects.toMatchObject({
    code: 'segments.no_list',
    message: expect.stringContaining('Did you mean keys?'),
  });
});

test('a list that a segment reads cannot be removed', async () => {
  await write('segments/guests.yml', 'id: guests\ntitle: Guests\nentity: person\nwhere: { not: { list: guests } }\n');
  await expect(plan()).rejects.toMatchObject({ message: expect.stringContaining('where.not.list: there is no list guests.') });
});

test('what no applied list has any more is dropped a day later, and a segment without its values is refused', async () => {
  await write('lists/guests.yml', 'id: guests\ntitle: Guests\nentity: person\nof: email\nvalues: [p5@x.nl]\n');
  await apply();
  await runSql(
    warehouse.owner,
    'alter table sluice_state.list_versions update value_count = 1, written_at = now64(3) - interval 2 day where 1 settings mutations_sync = 1',
  );
  const { lists } = await import('../definitions.ts').then(({ readDefinitions }) => readDefinitions(room()));
  await dropDisusedContents(warehouse, lists.values());
  expect(await contents()).toEqual([{ list_id: 'guests', n: '1' }]);
  expect(await sizeOf({ list: 'guests' })).toBe(1);
  await dropDisusedContents(warehouse, []);
  expect(await contents()).toEqual([]);
  await expect(sizeOf({ list: 'guests' })).rejects.toMatchObject({
    message: expect.stringContaining('the values of the list guests are not in the warehouse: run `sluice apply` once more'),
  });
  expect(await rowsOf(warehouse.owner, "select count() as n from sluice_state.list_values where list_id = 'guests'")).toEqual([{ n: '0' }]);
});
