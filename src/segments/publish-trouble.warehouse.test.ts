/** What goes wrong around a publication: the last good members stay, the state says what happened, and the next run heals it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { testDataDir } from '../../test/data-dir.ts';
import { idOf } from '../../test/segments/arbitrary.ts';
import { segmentRoom, type TestRoom } from '../../test/segments/deps.ts';
import { spying } from '../../test/segments/spying.ts';
import { createWorld, fillWorld, type Person } from '../../test/segments/world.ts';
import { type TestStore, testStore } from '../../test/store.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import { CdpError } from '../errors.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import { openWarehouse, type Warehouse } from '../warehouse/warehouse.ts';
import { previewSegment } from './preview.ts';
import { publishSegment } from './publish.ts';
import { publishAll } from './publish-all.ts';

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
const DUTCH = { where: { trait: 'city', is: 'NL' } };
/** Two that are evaluated together. */
const VIEWERS = {
  once: { where: { event: 'Page Viewed' } },
  twice: { where: { event: 'Page Viewed', count: { gte: 2 } } },
};

const peopleIn = (to: Warehouse, cities: readonly string[]) =>
  fillWorld(
    to,
    cities.map((city, index) => ({ ...person, profile_id: idOf(index), city })),
    [0, 0, 1].map((of, index) => ({
      profile_id: idOf(of),
      event_name: 'Page Viewed',
      occurred_at: `2026-03-0${index + 1}T00:00:00.000Z`,
      properties: {},
    })),
  );

const rowsOf = (from: Warehouse, sql: string): Promise<Record<string, unknown>[]> =>
  from.owner.ask(defineQuery({ name: 'test.rows', sql, params: z.object({}), row: z.looseObject({}) }), {});
const audience = async (from: Warehouse, id: string) =>
  (await rowsOf(from, `select toString(profile_id) as id from sluice.audience_${id} order by id`)).map(({ id: member }) => member);
const reasonOf = async (from: Warehouse, id: string) =>
  (await rowsOf(from, 'select * from sluice.segments')).find(({ segment_id }) => segment_id === id)?.failed_reason;

async function errorOf(work: Promise<unknown>): Promise<CdpError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CdpError)) throw new Error(`expected a CdpError, got ${String(error)}`);
  return error;
}

describe('on a shared warehouse', () => {
  let warehouse: Warehouse;
  let store: TestStore;
  let room: TestRoom;

  beforeAll(async () => {
    [warehouse, store] = await Promise.all([testWarehouse(), testStore()]);
    await createWorld(warehouse);
  });
  afterAll(() => Promise.all([warehouse?.close(), store?.close()]));
  beforeEach(async () => {
    for (const table of [
      'sluice_state.segment_members',
      'sluice_state.segment_versions',
      'sluice_state.segment_failures',
      'sluice_audit.membership_history',
    ]) {
      await run(`truncate table ${table}`);
    }
    room = segmentRoom(warehouse, warehouse.prefix);
    await peopleIn(warehouse, ['NL', 'NL', 'BE']);
  });

  const run = (sql: string) => warehouse.owner.run(defineStatement({ name: 'test.run', sql, params: z.object({}) }), {});

  /** With a publisher that may read this many rows in one query. */
  const withBudget = (rows: number): TestRoom => {
    const { publisher } = warehouse;
    const limited: WarehouseClient = {
      ...spying(publisher, () => undefined),
      run: (statement, params, options) =>
        publisher.run(statement, params, { ...options, settings: { ...options?.settings, max_rows_to_read: String(rows) } }),
    };
    return { ...room, warehouse: { ...warehouse, publisher: limited } };
  };

  test('a segment over its budget fails with the limit and its costliest condition; the others and its last members stay', async () => {
    room.apply({ 'the-dutch': DUTCH, ...VIEWERS });
    await publishAll(room);
    const members = await audience(warehouse, 'once');
    room.tick();
    const outcomes = await publishAll(withBudget(2));
    expect(outcomes.every((one) => one.status === 'failed' && one.error.code === 'segments.too_expensive')).toBe(true);
    expect(await reasonOf(warehouse, 'once')).toMatch(
      /^The segment once costs more than one segment may\. .*rows.* The condition that reads most is where \(Page Viewed\): about 3 events\.$/s,
    );
    expect(await audience(warehouse, 'once')).toEqual(members);
    room.tick();
    expect((await publishAll(room)).map(({ status }) => status)).toEqual(['published', 'published', 'published']);
    expect(await reasonOf(warehouse, 'once')).toBeNull();
  });

  test('segments that are too much for one query together are found alone', async () => {
    room.apply(VIEWERS);
    const evaluated: string[] = [];
    const { publisher } = warehouse;
    const tight: WarehouseClient = {
      ...spying(publisher, () => undefined),
      run: async (statement, params, options) => {
        evaluated.push(statement.name);
        const isTogether = statement.name === 'segments.evaluate';
        return publisher.run(statement, params, {
          ...options,
          settings: { ...options?.settings, ...(isTogether ? { max_memory_usage: '1' } : {}) },
        });
      },
    };
    const outcomes = await publishAll({ ...room, warehouse: { ...warehouse, publisher: tight } });
    expect(outcomes).toMatchObject([{ status: 'published' }, { status: 'published' }]);
    expect(evaluated).toEqual(['segments.evaluate', 'segments.write_members', 'segments.write_members']);
    expect([await audience(warehouse, 'once'), await audience(warehouse, 'twice')]).toEqual([[idOf(0), idOf(1)], [idOf(0)]]);
  });

  test('of two publishers at once one is told that the other is at it, and every member enters once', async () => {
    const both = { ...room, leases: store.leases };
    both.apply({ 'the-dutch': DUTCH, ...VIEWERS });
    const runs = await Promise.all([publishAll(both), publishAll(both), publishAll(both)]);
    const outcomes = runs.flat();
    for (const id of ['the-dutch', 'once', 'twice']) {
      const own = outcomes.filter(({ segment_id }) => segment_id === id);
      expect(own.filter(({ status }) => status === 'published').length).toBeGreaterThan(0);
      for (const one of own) if (one.status === 'failed') expect(one.error.code).toBe('store.lease_held');
      expect(await reasonOf(warehouse, id)).toBeNull();
    }
    expect(await audience(warehouse, 'the_dutch')).toEqual([idOf(0), idOf(1)]);
    const twice = `
      select segment_id, member_id
      from sluice_audit.membership_history
      where event = 'entered'
      group by segment_id, member_id
      having count() > 1`;
    expect(await rowsOf(warehouse, twice)).toEqual([]);
    room.tick();
    expect((await publishAll(both)).map(({ status }) => status)).toEqual(['published', 'published', 'published']);
    expect(await rowsOf(warehouse, 'select count() as rows from sluice_state.segment_evaluations')).toEqual([{ rows: '0' }]);
  });

  test('a preview that is killed leaves nothing: no query, no failure, the members as they were', async () => {
    room.apply({ 'the-dutch': DUTCH });
    await publishSegment(room, 'the-dutch');
    await peopleIn(warehouse, ['BE', 'NL', 'BE']);
    // A person takes half a second.
    await run('rename table sluice.profiles to sluice.quick_profiles');
    await run('create view sluice.profiles as select * from sluice.quick_profiles where sleepEachRow(0.5) = 0');
    try {
      const killed = new AbortController();
      const reader = spying(warehouse.reader, (name) => void (name === 'segments.preview' && setTimeout(() => killed.abort(), 300)));
      const preview = previewSegment({ ...room, warehouse: { ...warehouse, reader } }, { id: 'the-dutch' }, { signal: killed.signal });
      await expect(preview).rejects.toThrow();
      await expect(previewSegment(room, { id: 'the-dutch' }, { signal: killed.signal })).rejects.toThrow();
      const running = "select count() as queries from system.processes where query_id like 'segments.preview%'";
      await expect.poll(() => rowsOf(warehouse, running)).toEqual([{ queries: '0' }]);
    } finally {
      await run('drop view sluice.profiles');
      await run('rename table sluice.quick_profiles to sluice.profiles');
    }
    expect([await reasonOf(warehouse, 'the-dutch'), await audience(warehouse, 'the_dutch')]).toEqual([null, [idOf(0), idOf(1)]]);
    room.tick();
    expect(await publishSegment(room, 'the-dutch')).toMatchObject({ size: 1, left: 1 });
  });
});

test('a warehouse that stops mid-publication keeps the last good members, says so when it is back, and the next run ends right', async () => {
  const home = await testDataDir();
  const warehouse = await openWarehouse(home.config, { embedded: { lingerMs: 0 } });
  try {
    await createWorld(warehouse);
    await peopleIn(warehouse, ['NL', 'NL', 'BE']);
    const room = segmentRoom(warehouse, warehouse.prefix);
    room.apply({ 'the-dutch': DUTCH });
    await publishSegment(room, 'the-dutch');
    await peopleIn(warehouse, ['NL', 'BE', 'NL']);
    const server = async () =>
      z.object({ pid: z.number() }).parse(JSON.parse(await readFile(join(home.path, 'run', 'clickhouse-server.json'), 'utf8'))).pid;

    // Before its members are written, and when all that is left is to make them current.
    for (const step of ['segments.write_members', 'sluice_state.segment_versions']) {
      room.tick();
      let isKilled = false;
      const kill = async (name: string) => {
        if (name !== step || isKilled) return;
        isKilled = true;
        process.kill(await server(), 'SIGKILL');
      };
      const { owner, publisher, reader, databases } = warehouse;
      const stopping = { databases, reader, owner: spying(owner, kill), publisher: spying(publisher, kill) };
      expect((await errorOf(publishSegment({ ...room, warehouse: stopping }, 'the-dutch'))).code).toBe('warehouse.unreachable');
      expect(await audience(warehouse, 'the_dutch')).toEqual([idOf(0), idOf(1)]);
      expect(String(await reasonOf(warehouse, 'the-dutch'))).not.toBe('null');
    }
    room.tick();
    expect(await publishSegment(room, 'the-dutch')).toMatchObject({ size: 2, entered: 1, left: 1 });
    expect([await reasonOf(warehouse, 'the-dutch'), await audience(warehouse, 'the_dutch')]).toEqual([null, [idOf(0), idOf(2)]]);
  } finally {
    await warehouse.close();
    await home.remove();
  }
}, 120_000);
