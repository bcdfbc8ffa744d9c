import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { idOf } from '../../test/segments/arbitrary.ts';
import { segmentRoom, type TestRoom } from '../../test/segments/deps.ts';
import { spying } from '../../test/segments/spying.ts';
import { createWorld, fillWorld, type Person } from '../../test/segments/world.ts';
import { rowsOf, runSql, testWarehouse } from '../../test/warehouse.ts';
import { CdpError } from '../errors.ts';
import { defineStatement } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { publishSegment } from './publish.ts';
import { publishAll } from './publish-all.ts';

let warehouse: Warehouse;
let room: TestRoom;

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
});
afterAll(async () => warehouse.close());

beforeEach(async () => {
  for (const table of [
    'sluice_state.segment_members',
    'sluice_state.segment_versions',
    'sluice_state.segment_failures',
    'sluice_audit.membership_history',
  ]) {
    await warehouse.owner.run(defineStatement({ name: 'test.truncate', sql: `truncate table ${table}`, params: z.object({}) }), {});
  }
  room = segmentRoom(warehouse, warehouse.prefix);
  await peopleIn(['NL', 'NL', 'BE', 'NL']);
});

const person: Omit<Person, 'profile_id' | 'city'> = {
  country_code: null,
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
};

const peopleIn = (cities: readonly string[]) =>
  fillWorld(
    warehouse,
    cities.map((city, index) => ({ ...person, profile_id: idOf(index), city })),
    [],
  );

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  return rowsOf(warehouse.owner, sql);
}

const dutch = { where: { trait: 'city', is: 'NL' } };
const audience = async (id: string) =>
  (await rows(`select toString(profile_id) as id from sluice.audience_${id} order by id`)).map(({ id: member }) => member);
const segmentRow = async (id: string) => (await rows('select * from sluice.segments')).find(({ segment_id }) => segment_id === id);

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CdpError)) throw new Error(`expected a CdpError, got ${String(error)}`);
  return error.code;
}

describe('publishing a segment', () => {
  test('makes its members readable in the audience view and tells its size', async () => {
    room.apply({ 'the-dutch': dutch });
    const result = await publishSegment(room, 'the-dutch');
    expect(result).toMatchObject({ size: 3, entered: 3, left: 0 });
    expect(await audience('the_dutch')).toEqual([idOf(0), idOf(1), idOf(3)]);
    expect(await segmentRow('the-dutch')).toMatchObject({ size: '3', failed_reason: null, last_good_at: '2026-03-30T12:00:00.000Z' });
  });

  test('again records who entered and who left, and keeps since when the others are members', async () => {
    room.apply({ 'the-dutch': dutch });
    await publishSegment(room, 'the-dutch');
    await peopleIn(['NL', 'BE', 'NL', 'NL']);
    room.tick();
    expect(await publishSegment(room, 'the-dutch')).toMatchObject({ size: 3, entered: 1, left: 1 });
    const history = await rows('select member_id as id, event, reason from sluice_audit.membership_history where version = 2 order by id');
    expect(history).toEqual([
      { id: idOf(1), event: 'left', reason: 'data' },
      { id: idOf(2), event: 'entered', reason: 'data' },
    ]);
    const since = await rows('select toString(profile_id) as id, entered_at from sluice.audience_the_dutch order by id');
    expect(since.map(({ entered_at }) => entered_at)).toEqual([
      '2026-03-30T12:00:00.000Z',
      '2026-03-30T12:01:00.000Z',
      '2026-03-30T12:00:00.000Z',
    ]);
  });

  test('gives a merge as the reason for members that it took away or brought in', async () => {
    const run = (sql: string) => runSql(warehouse.owner, sql);
    room.apply({ 'the-dutch': dutch });
    await publishSegment(room, 'the-dutch');
    await run(
      'create table sluice.profile_aliases (former_profile_id UUID, profile_id UUID) engine = MergeTree order by former_profile_id',
    );
    try {
      // 1 and 3 leave, 2 enters: 1 is 2 now, and 3 has moved away.
      await run(`insert into sluice.profile_aliases values ('${idOf(1)}', '${idOf(2)}')`);
      await peopleIn(['NL', 'BE', 'NL', 'BE']);
      room.tick();
      await publishSegment(room, 'the-dutch');
      expect(
        await rows('select member_id as id, event, reason from sluice_audit.membership_history where version = 2 order by id'),
      ).toEqual([
        { id: idOf(1), event: 'left', reason: 'merge' },
        { id: idOf(2), event: 'entered', reason: 'merge' },
        { id: idOf(3), event: 'left', reason: 'data' },
      ]);
    } finally {
      await run('drop table sluice.profile_aliases');
    }
  });

  test('with another definition says that the definition moved them', async () => {
    room.apply({ 'the-dutch': dutch });
    await publishSegment(room, 'the-dutch');
    room.apply({ 'the-dutch': { where: { trait: 'city', is: ['NL', 'BE'] } } });
    await publishSegment(room, 'the-dutch');
    expect(await rows('select distinct reason from sluice_audit.membership_history where version = 2')).toEqual([{ reason: 'definition' }]);
  });

  test('keeps three versions of the members', async () => {
    room.apply({ 'the-dutch': dutch });
    for (let run = 0; run < 5; run += 1) await publishSegment(room, 'the-dutch');
    const versions = await rows('select distinct version from sluice_state.segment_members order by version');
    expect(versions.map(({ version }) => version)).toEqual(['3', '4', '5']);
    await publishSegment({ ...room, keptVersions: 2 }, 'the-dutch');
    const fewer = await rows('select distinct version from sluice_state.segment_members order by version');
    expect(fewer.map(({ version }) => version)).toEqual(['5', '6']);
  });

  test('writes the members as the publisher, whose rights end there', async () => {
    room.apply({ 'the-dutch': dutch });
    const writers: string[] = [];
    const publisher = spying(warehouse.publisher, (name) => writers.push(name));
    const deps = { ...room, warehouse: { ...warehouse, publisher } };
    await publishSegment(deps, 'the-dutch');
    expect(writers).toEqual(['segments.write_members']);
  });
});

describe('the guard', () => {
  test('keeps the last good members when the new version is empty, and says so until the next success', async () => {
    room.apply({ 'the-dutch': dutch });
    await publishSegment(room, 'the-dutch');
    await peopleIn(['BE']);
    room.tick();
    expect(await codeOf(publishSegment(room, 'the-dutch'))).toBe('segments.guard');
    expect(await audience('the_dutch')).toHaveLength(3);
    expect(String((await segmentRow('the-dutch'))?.failed_reason)).toContain('it is empty, the version before has 3 members');
    room.tick();
    expect(await publishSegment(room, 'the-dutch', { isForced: true })).toMatchObject({ size: 0, left: 3 });
    expect(await segmentRow('the-dutch')).toMatchObject({ size: '0', failed_reason: null });
  });

  test('stops a version that collapses, says how to let it pass once, and keeps the good members', async () => {
    await peopleIn(Array.from({ length: 120 }, () => 'NL'));
    room.apply({ 'the-dutch': dutch, 'a-rest': { where: { not: { segment: 'the-dutch' } } } });
    await publishAll(room);
    await peopleIn(['NL', ...Array.from({ length: 119 }, () => 'BE')]);
    room.tick();
    const outcomes = await publishAll(room);
    expect(outcomes.map(({ segment_id, status }) => [segment_id, status])).toEqual([
      ['the-dutch', 'failed'],
      ['a-rest', 'failed'],
    ]);
    expect(String((await segmentRow('the-dutch'))?.failed_reason)).toContain(
      'it has 1 member, 99.1 % fewer than the 120 members before; guard.max_shrink allows 80 %. If that is right, publish it once with --allow-shrink',
    );
    expect(await audience('the_dutch')).toHaveLength(120);
    room.tick();
    expect(await publishAll(room, { allowsShrink: true })).toMatchObject([
      { size: 1, left: 119 },
      { size: 119, entered: 119 },
    ]);
  });

  test('stops a version that explodes', async () => {
    room.apply({ 'the-dutch': { ...dutch, guard: { max_members: 3 } } });
    await publishSegment(room, 'the-dutch');
    await peopleIn(Array.from({ length: 4 }, () => 'NL'));
    expect(await codeOf(publishSegment(room, 'the-dutch'))).toBe('segments.guard');
  });
});

describe('a publication with as_of', () => {
  test('in the past tells its moment and what it did not move', async () => {
    room.apply({
      old: { as_of: '2026-01-15', timezone: 'Europe/Amsterdam', where: { any: [{ event: 'Page Viewed' }, { trait: 'city', is: 'NL' }] } },
    });
    expect(await publishSegment(room, 'old')).toMatchObject({
      as_of: '2026-01-14T23:00:00.000Z',
      warnings: [expect.stringMatching(/^as_of: 2026-01-15 limits .* as they are now: where\.any\[1\] \(the trait city\)$/) as string],
    });
  });

  test('in the future is refused until it has come', async () => {
    room.apply({ ahead: { as_of: '2026-03-30T13:00:00Z', where: { event: 'Page Viewed' } } });
    expect(await codeOf(publishSegment(room, 'ahead'))).toBe('segments.invalid');
    for (let minute = 0; minute < 60; minute += 1) room.tick();
    expect(await publishSegment(room, 'ahead')).toMatchObject({ size: 0, warnings: [] });
  });
});

describe('segments that read each other', () => {
  test('are published in the order in which they need each other', async () => {
    room.apply({ 'a-rest': { where: { not: { segment: 'the-dutch' } } }, 'the-dutch': dutch });
    const outcomes = await publishAll(room);
    expect(outcomes.map(({ segment_id, status }) => [segment_id, status])).toEqual([
      ['the-dutch', 'published'],
      ['a-rest', 'published'],
    ]);
    expect(await audience('a_rest')).toEqual([idOf(2)]);
  });

  test('a failing one fails its dependants visibly, and no others', async () => {
    room.apply({
      'the-dutch': { where: { trait: 'cty', is: 'NL' } },
      'a-rest': { where: { not: { segment: 'the-dutch' } } },
      belgians: { where: { trait: 'city', is: 'BE' } },
    });
    const outcomes = await publishAll(room);
    expect(
      Object.fromEntries(
        outcomes.map((outcome) => [outcome.segment_id, outcome.status === 'failed' ? outcome.error.code : outcome.status]),
      ),
    ).toEqual({
      'the-dutch': 'segments.invalid',
      'a-rest': 'segments.dependency_failed',
      belgians: 'published',
    });
    expect(String((await segmentRow('the-dutch'))?.failed_reason)).toContain('there is no trait cty of a person. Did you mean city?');
    expect(String((await segmentRow('a-rest'))?.failed_reason)).toContain('it reads the-dutch, which failed');
  });

  test('a removed segment is retired: its view goes and its members leave', async () => {
    room.apply({ 'the-dutch': dutch });
    await publishAll(room);
    room.apply({});
    expect(await publishAll(room)).toEqual([{ status: 'retired', segment_id: 'the-dutch' }]);
    expect(await segmentRow('the-dutch')).toBeUndefined();
    expect(
      await rows(
        `select count() as gone from system.tables where name = 'audience_the_dutch' and database = '${warehouse.databases.published}'`,
      ),
    ).toEqual([{ gone: '0' }]);
    expect(await rows("select count() as moved from sluice_audit.membership_history where event = 'left'")).toEqual([{ moved: '3' }]);
    room.apply({ 'the-dutch': dutch });
    expect(await publishAll(room)).toMatchObject([{ status: 'published', size: 3, entered: 3, left: 0 }]);
  });
});

describe('a process that dies while it publishes', () => {
  test('at any step leaves readers on the last good version, and the next run ends with the same result', async () => {
    room.apply({ 'the-dutch': dutch });
    await publishSegment(room, 'the-dutch');
    await peopleIn(['NL', 'BE', 'NL', 'NL']);
    const [old, young] = [
      [idOf(0), idOf(1), idOf(3)],
      [idOf(0), idOf(2), idOf(3)],
    ];
    const seen: (readonly unknown[])[] = [];
    for (let steps = 0; ; steps += 1) {
      room.tick();
      const isDone = await publishSegment(dyingAfter(steps), 'the-dutch').then(
        () => true,
        () => false,
      );
      if (isDone) break;
      seen.push(await audience('the_dutch'));
    }
    // Readers see the old members until the pointer moves, and the new ones from then on: nothing in between, and never the old ones again.
    const moved = seen.findIndex((members) => JSON.stringify(members) === JSON.stringify(young));
    expect(moved).toBeGreaterThan(3);
    expect(seen.length - moved).toBeGreaterThan(1);
    expect(seen).toEqual(seen.map((_, steps) => (steps < moved ? old : young)));
    room.tick();
    await publishSegment(room, 'the-dutch');
    expect(await audience('the_dutch')).toEqual([idOf(0), idOf(2), idOf(3)]);
    // However often it died, each member entered once, and the one that left did so once.
    const history = await rows(
      'select member_id as id, event, count() as times from sluice_audit.membership_history group by id, event order by id, event',
    );
    expect(history).toEqual([
      { id: idOf(0), event: 'entered', times: '1' },
      { id: idOf(1), event: 'entered', times: '1' },
      { id: idOf(1), event: 'left', times: '1' },
      { id: idOf(2), event: 'entered', times: '1' },
      { id: idOf(3), event: 'entered', times: '1' },
    ]);
    expect(await rows('select count() as versions from (select distinct version from sluice_state.segment_members)')).toEqual([
      { versions: '3' },
    ]);
  });

  /** A room whose process makes this many calls to the warehouse and then stops. */
  function dyingAfter(steps: number): TestRoom {
    let left = steps;
    const die = () => {
      left -= 1;
      if (left < 0) throw new Error('killed');
    };
    const { owner, publisher, reader, databases } = warehouse;
    return { ...room, warehouse: { databases, reader: spying(reader, die), owner: spying(owner, die), publisher: spying(publisher, die) } };
  }
});
