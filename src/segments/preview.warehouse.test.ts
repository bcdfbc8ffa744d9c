import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idOf } from '../../test/segments/arbitrary.ts';
import { segmentRoom, type TestRoom } from '../../test/segments/deps.ts';
import { createWorld, fillWorld, type Person, somebody, worldCatalogue } from '../../test/segments/world.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import { sampleEvents } from '../catalogue/sample.ts';
import { CdpError } from '../errors.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { listSegments } from './list.ts';
import { previewSegment, segmentSql } from './preview.ts';
import { publishSegment } from './publish.ts';
import { segmentSize } from './size.ts';

let warehouse: Warehouse;
let room: TestRoom;

const person = (index: number, known: Partial<Person>) => somebody(idOf(index), known);
const bought = (index: number, properties: Record<string, unknown>) => ({
  profile_id: idOf(index),
  event_name: 'Order Completed',
  occurred_at: '2026-03-01T00:00:00.000Z',
  properties,
});

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
  room = segmentRoom(warehouse, warehouse.prefix);
  await fillWorld(
    warehouse,
    [
      person(0, { city: 'Gent', email: 'jane@example.com' }),
      person(1, { city: 'Gent', email: 'joe@example.com' }),
      person(2, { city: 'Bonn' }),
    ],
    [bought(0, { revenue: 20.5, item: { sku: 'tea' } }), bought(0, { revenue: 5 }), bought(2, { revenue: '7' })],
  );
});
afterAll(async () => warehouse.close());

const buyersOfGent = {
  where: {
    all: [
      { trait: 'city', is: 'Gent' },
      { event: 'Order Completed', where: [{ property: 'revenue', gte: 5 }] },
    ],
  },
};

describe('a preview', () => {
  test('counts the members, what each condition holds, and who would come and go', async () => {
    room.apply({ buyers: { where: { trait: 'city', is: 'Bonn' } } });
    await publishSegment(room, 'buyers');
    room.apply({ buyers: buyersOfGent });
    expect(await previewSegment(room, { id: 'buyers' })).toMatchObject({
      members: 1,
      people: 3,
      entering: 1,
      leaving: 1,
      conditions: [
        { path: 'where', people: 1, sentence: 'all 2 of these', is_of_now: false, without: null, so_far: null },
        { path: 'where.all[0]', people: 2, sentence: 'city is Gent', is_of_now: true, without: 2, so_far: 2 },
        {
          path: 'where.all[1]',
          people: 2,
          sentence: 'Order Completed at least once, where revenue is at least 5',
          is_of_now: false,
          without: 2,
          so_far: 1,
        },
      ],
      warnings: [],
    });
  });

  test('tells the moment, the zone and the entity that it is of, and what as_of does not move', async () => {
    room.apply({ buyers: { ...buyersOfGent, title: 'Buyers of Gent', as_of: '2026-03-15', timezone: 'Asia/Kolkata' } });
    expect(await previewSegment(room, { id: 'buyers' })).toMatchObject({
      title: 'Buyers of Gent',
      entity: 'person',
      as_of: '2026-03-14T18:30:00.000Z',
      timezone: 'Asia/Kolkata',
      warnings: [{ path: ['as_of'], message: expect.stringContaining('where.all[0] (the trait city)') as string }],
    });
  });

  test('masks personal data of its sample unless it is told otherwise', async () => {
    room.apply({ buyers: buyersOfGent });
    expect((await previewSegment(room, { id: 'buyers' })).sample).toEqual([{ profile_id: idOf(0), email: 'j•••@e•••', city: 'Gent' }]);
    expect((await previewSegment(room, { id: 'buyers' }, { isUnmasked: true })).sample).toMatchObject([{ email: 'jane@example.com' }]);
  });

  test('warns about an event that was never seen, and suggests the nearest', async () => {
    room.apply({ typo: { where: { event: 'Order Complete' } } });
    expect((await previewSegment(room, { id: 'typo' })).warnings).toMatchObject([
      { path: ['where', 'event'], suggestions: ['Order Completed'] },
    ]);
  });

  test('writes nothing', async () => {
    room.apply({ fresh: buyersOfGent });
    expect(await segmentSize(room, { id: 'fresh' })).toMatchObject({ members: 1 });
    expect((await segmentSql(room, { id: 'fresh' })).params).toMatchObject({ p0: 'Gent' });
    expect(await listSegments(room)).toMatchObject([{ segment_id: 'fresh', size: null, version: null, failed_reason: null }]);
  });

  test('of a segment that reads an unpublished one says which to publish first', async () => {
    room.apply({ inner: buyersOfGent, outer: { where: { segment: 'inner' } } });
    await expect(segmentSize(room, { id: 'outer' })).rejects.toMatchObject({
      code: 'segments.unpublished',
      message: expect.stringContaining('reads inner') as string,
    });
  });

  test('of a name that does not exist suggests the nearest', async () => {
    await expect(segmentSize(room, { id: 'outr' })).rejects.toThrow('Did you mean outer?');
  });
});

test('a segment that costs too much fails and names the condition that reads most', async () => {
  room.apply({ dear: { where: { all: [{ event: 'Page Viewed' }, { event: 'Order Completed', count: { gte: 2 } }] } } });
  const reader: WarehouseClient = {
    ...warehouse.reader,
    // As a reader with less than a page of memory.
    ask: (query, params, options) =>
      warehouse.reader.ask(
        query,
        params,
        query.name === 'segments.size' ? { ...options, settings: { ...options?.settings, max_memory_usage: '1' } } : options,
      ),
  };
  const error = await segmentSize({ ...room, warehouse: { ...warehouse, reader } }, { id: 'dear' }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CdpError);
  expect(error).toMatchObject({ code: 'segments.too_expensive' });
  expect((error as CdpError).message).toContain('The condition that reads most is where.all[1] (Order Completed): about 3 events');
});

test('the catalogue samples events with their properties and the types that were seen', async () => {
  const streams =
    worldCatalogue(warehouse.prefix)
      .entities.get('person')
      ?.streams.filter(({ name }) => name === 'events') ?? [];
  expect(await sampleEvents(warehouse.reader, streams)).toMatchObject([
    {
      name: 'Order Completed',
      count: 3,
      firstSeenAt: '2026-03-01T00:00:00.000Z',
      properties: [
        { name: 'item.sku', types: ['String'], share: 1 / 3 },
        { name: 'revenue', types: expect.arrayContaining(['Float64', 'Int64']) as string[], share: 1 },
      ],
    },
  ]);
});
