import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { segmentRoom, type TestRoom } from '../../test/segments/deps.ts';
import { createWorld, worldCatalogue } from '../../test/segments/world.ts';
import { type TestStore, testStore } from '../../test/store.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import { DOCUMENT_KINDS } from '../document-kinds.ts';
import { publishSegment } from '../segments/publish.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { putSegment, removeSegment } from './one-segment.ts';
import { dependantsOf } from './segment-dependants.ts';
import {
  applyDraft,
  archivedSegments,
  dropDraft,
  listDrafts,
  readDraft,
  restoreSegment,
  type SegmentLifeDeps,
  saveDraft,
  segmentRevisions,
} from './segment-life.ts';

let warehouse: Warehouse;
let store: TestStore;
let room: TestRoom;
let deps: SegmentLifeDeps;
let models: { name: string; file: string; audiences: string[] }[];

beforeAll(async () => {
  [warehouse, store] = await Promise.all([testWarehouse(), testStore()]);
  await createWorld(warehouse);
});
afterAll(() => Promise.all([warehouse?.close(), store?.close()]));
beforeEach(async () => {
  await store.pool.query('truncate sluice.resources, sluice.resource_revisions');
  models = [];
  room = segmentRoom(warehouse, warehouse.prefix);
  const segments = {
    ...room,
    resources: store.resources,
    modelsReading: async (view: string) => models.filter(({ audiences }) => audiences.includes(view)),
  };
  deps = { segments, resources: store.resources, kinds: DOCUMENT_KINDS };
});

const ann = (reason?: string) => ({ by: 'ann', reason });
const dutch = (more: object = {}) => ({ title: 'The Dutch', entity: 'person', where: { trait: 'city', is: 'Gent' }, ...more });
const put = (id: string, document: object, reason?: string) => putSegment(deps, id, { ...document }, ann(reason));
const sentences = async (id: string) =>
  (await segmentRevisions(deps, id)).map(({ changes }) => changes.map(({ sentence }) => sentence).join(' '));

describe('versions of a definition', () => {
  test('say who applied them, when, why, and in sentences what changed', async () => {
    await put('the-dutch', dutch());
    const where = {
      all: [
        { trait: 'city', is: 'Gent' },
        { event: 'Order Completed', count: { gte: 2 } },
      ],
    };
    await put('the-dutch', dutch({ title: 'Buyers', where }), 'buyers only');
    const [second, first] = await segmentRevisions(deps, 'the-dutch');
    expect(first).toMatchObject({ revision: 1, reason: null, is_current: false, changes: [{ is: 'created' }] });
    expect(second).toMatchObject({ revision: 2, applied_by: 'ann', reason: 'buyers only', is_current: true });
    expect(await sentences('the-dutch')).toEqual([
      'Added: Order Completed at least 2 times. Moved from the only condition to “all”: city is Gent. Changed: title is now Buyers; it was The Dutch.',
      'The segment was made, with 1 condition.',
    ]);
    await expect(segmentRevisions(deps, 'the-dutsh')).rejects.toMatchObject({ code: 'segments.missing' });
  });

  test('that say what the catalogue does not know any more are told as they are written', async () => {
    const document = { id: 'old', ...dutch({ where: { trait: 'gone', is: 1 } }) };
    await store.resources.put({ kind: 'segment', id: 'old', document }, 'ann');
    await put('old', dutch());
    expect((await sentences('old'))[0]).toBe('Added: city is Gent. Removed: { trait: gone, is: 1 }.');
  });

  test('are restored as a new version, by number or the one before', async () => {
    for (const city of ['a', 'b', 'c']) await put('the-dutch', dutch({ where: { trait: 'city', is: city } }));
    expect(await restoreSegment(deps, 'the-dutch', { ...ann(), revision: 1 })).toMatchObject({ revision: 4, applied_by: 'ann' });
    expect((await segmentRevisions(deps, 'the-dutch'))[0]).toMatchObject({ reason: 'Version 1 restored' });
    await restoreSegment(deps, 'the-dutch', ann('again'));
    expect((await store.resources.get('segment', 'the-dutch'))?.document).toMatchObject({ where: { is: 'c' } });
    await expect(restoreSegment(deps, 'the-dutch', { ...ann(), revision: 9 })).rejects.toMatchObject({
      code: 'segments.no_revision',
      message: 'The segment the-dutch has no version 9 to restore. It has 1, 2, 3, 4, 5',
    });
  });

  test('a new title changes no name that others read', async () => {
    await put('the-dutch', dutch());
    await publishSegment(deps.segments, 'the-dutch');
    await put('the-dutch', dutch({ title: 'Hollanders' }));
    const published = await publishSegment(deps.segments, 'the-dutch');
    expect(published).toMatchObject({ segment_id: 'the-dutch', entered: 0, left: 0 });
    expect(await store.resources.list('segment')).toMatchObject([{ id: 'the-dutch' }]);
  });
});

describe('a segment that others read', () => {
  beforeEach(async () => {
    await put('suppressed', dutch());
    await put('reader', dutch({ where: { not: { segment: 'suppressed' } } }));
    const document = { id: 'to-folder', source: { segment: 'suppressed' }, title: 'x', destination: 'd', object: 'row', mode: 'mirror' };
    await store.resources.put({ kind: 'sync', id: 'to-folder', document: { ...document, key: { id: 'profile_id' } } }, 'ann');
    models = [{ name: 'weekly', file: 'models/weekly.sql', audiences: ['audience_suppressed'] }];
  });

  test('names its segments, syncs and models', async () => {
    expect(await dependantsOf(deps, 'suppressed')).toEqual({
      segments: ['reader'],
      syncs: ['to-folder'],
      others: [],
      models: [{ name: 'weekly', file: 'models/weekly.sql' }],
    });
  });

  test('stays of the entity that it is of', async () => {
    const world = worldCatalogue(warehouse.prefix);
    const accounts = [...world.entities.values()].map((entity) => ['account', { ...entity, name: 'account' }] as const);
    const catalogue = async () => ({ ...world, entities: new Map([...world.entities, ...accounts]) });
    const widened = { ...deps, segments: { ...deps.segments, catalogue } };
    const ofAccounts = { ...dutch(), entity: 'account' };
    await expect(putSegment(widened, 'suppressed', ofAccounts, ann())).rejects.toMatchObject({
      code: 'activations.in_use',
      message: expect.stringContaining('would be of account and no longer of person, and is read by the segment reader'),
    });
    const read = { ...dutch({ where: { trait: 'city', missing: true } }), entity: 'account' };
    expect(await putSegment(widened, 'reader', read, ann())).toMatchObject({ revision: 2 });
  });

  test('is not archived until nothing reads it; then it is, and comes back with all its versions', async () => {
    await expect(removeSegment(deps, 'suppressed', ann())).rejects.toMatchObject({
      code: 'activations.in_use',
      message: 'The segment suppressed is read by the segment reader, the sync to-folder, the model weekly (models/weekly.sql)',
    });
    await removeSegment(deps, 'reader', ann('no longer asked for'));
    expect(await archivedSegments(deps)).toMatchObject([{ segment_id: 'reader', title: 'The Dutch', archived_by: 'ann' }]);
    expect((await segmentRevisions(deps, 'reader'))[0]).toMatchObject({ reason: 'no longer asked for', definition: null });
    await restoreSegment(deps, 'reader', ann());
    expect(await archivedSegments(deps)).toEqual([]);
    expect(await sentences('reader')).toEqual(['', 'The segment was archived.', 'The segment was made, with 1 condition.']);
  });
});

describe('a draft', () => {
  test('may be unfinished, is not applied, and becomes the segment when it is whole', async () => {
    await saveDraft(deps, 'going-quiet', { title: 'Going quiet', where: { all: [] } }, ann());
    expect(await store.resources.list('segment')).toEqual([]);
    expect(await listDrafts(deps)).toMatchObject([{ segment_id: 'going-quiet', title: 'Going quiet', is_new: true, saved_by: 'ann' }]);
    await expect(applyDraft(deps, 'going-quiet', ann())).rejects.toMatchObject({ code: 'segments.invalid' });
    await saveDraft(deps, 'going-quiet', dutch({ title: 'Going quiet' }), ann());
    expect(await applyDraft(deps, 'going-quiet', ann('first try'))).toMatchObject({ revision: 1 });
    expect((await segmentRevisions(deps, 'going-quiet'))[0]).toMatchObject({ reason: 'first try' });
    await expect(readDraft(deps, 'going-quiet')).rejects.toMatchObject({ code: 'segments.no_draft' });
  });

  test('of a segment that is applied is an edit, and can be thrown away', async () => {
    await put('the-dutch', dutch());
    expect(await saveDraft(deps, 'the-dutch', dutch({ title: 'New' }), ann())).toMatchObject({ is_new: false });
    await dropDraft(deps, 'the-dutch', ann());
    await expect(dropDraft(deps, 'the-dutch', ann())).rejects.toMatchObject({ code: 'segments.no_draft' });
    expect((await store.resources.get('segment', 'the-dutch'))?.document).toMatchObject({ title: 'The Dutch' });
  });
});
