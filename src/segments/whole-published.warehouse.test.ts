/** What a publication does with `exclude`, `split`, `holdout` and `limit`, and what preview, explain and compare say of them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { idOf } from '../../test/segments/arbitrary.ts';
import { segmentRoom, type TestRoom } from '../../test/segments/deps.ts';
import { createWorld, fillWorld, somebody } from '../../test/segments/world.ts';
import { rowsOf, testWarehouse } from '../../test/warehouse.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { bucketOf, bucketPrefix } from './bucket.ts';
import { compareSegment } from './compare.ts';
import { explainMember } from './explain.ts';
import { draftOf } from './prepare.ts';
import { previewSegment } from './preview.ts';
import { publishSegment } from './publish.ts';
import { publishAll } from './publish-all.ts';

const PEOPLE = 60;
let warehouse: Warehouse;
let room: TestRoom;

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
  const people = Array.from({ length: PEOPLE }, (_, index) => somebody(idOf(index), { city: 'Gent', order_count: index % 20 }));
  await fillWorld(warehouse, people, []);
});
afterAll(async () => warehouse.close());
beforeEach(() => {
  room = segmentRoom(warehouse, warehouse.prefix);
});

const everybody = { where: { trait: 'city', is: 'Gent' } };
const keysIn = async (view: string) =>
  (await rowsOf(warehouse.owner, `select toString(profile_id) as id from sluice.${view} order by id`)).map(({ id }) => String(id));
const all = Array.from({ length: PEOPLE }, (_, index) => idOf(index));
const isHeldOut = (id: string) => bucketOf(bucketPrefix('holdout', 'mail'), id) < 3_000;

describe('a holdout', () => {
  test('is published beside the members, in a view of its own, and says who came and went', async () => {
    room.apply({ mail: { ...everybody, holdout: { share: 0.3, salt: 'mail' } } });
    const { size } = await publishSegment(room, 'mail');
    expect(await keysIn('audience_mail')).toEqual(all.filter((id) => !isHeldOut(id)));
    expect(await keysIn('audience_mail_holdout')).toEqual(all.filter(isHeldOut));
    expect(size).toBe(all.filter((id) => !isHeldOut(id)).length);

    room.tick();
    room.apply({
      mail: { where: { trait: 'order_count', gte: 1 }, holdout: { share: 0.3, salt: 'mail' } },
    });
    await publishSegment(room, 'mail');
    const left = all.filter((id, index) => isHeldOut(id) && index % 20 === 0);
    expect(await keysIn('audience_mail_holdout')).toEqual(all.filter((id) => isHeldOut(id) && !left.includes(id)));
    const history = await rowsOf(
      warehouse.owner,
      "select member_id, event from sluice_audit.holdout_history where segment_id = 'mail' order by version, member_id",
    );
    expect(history).toEqual([
      ...all.filter(isHeldOut).map((member_id) => ({ member_id, event: 'entered' })),
      ...left.map((member_id) => ({ member_id, event: 'left' })),
    ]);
  });

  test('grows without moving anybody: who was held out stays so', async () => {
    room.apply({ growing: { ...everybody, holdout: { share: 0.1, salt: 'mail' } } });
    await publishSegment(room, 'growing');
    const before = await keysIn('audience_growing_holdout');
    room.apply({ growing: { ...everybody, holdout: { share: 0.5, salt: 'mail' } } });
    await publishSegment(room, 'growing');
    const after = await keysIn('audience_growing_holdout');
    expect(after.length).toBeGreaterThan(before.length);
    expect(before.filter((id) => !after.includes(id))).toEqual([]);
  });

  test('loses its view with its segment', async () => {
    room.apply({ short: { ...everybody, holdout: { share: 0.5, salt: 'mail' } } });
    await publishAll(room);
    room.apply({});
    await publishAll(room);
    await expect(keysIn('audience_short_holdout')).rejects.toThrow();
  });
});

test('the arms of a split hold everybody once, and a wider arm keeps whom it had', async () => {
  const arm = (from: number, to: number) => ({ ...everybody, split: { salt: 'test', from, to } });
  room.apply({ 'arm-a': arm(0, 2_999), 'arm-b': arm(3_000, 9_999), wider: arm(0, 4_999) });
  await publishAll(room);
  const [a, b, wider] = [await keysIn('audience_arm_a'), await keysIn('audience_arm_b'), await keysIn('audience_wider')];
  expect([...a, ...b].sort()).toEqual(all);
  expect(a.filter((id) => !wider.includes(id))).toEqual([]);
  // A holdout with the salt of a split takes its share of each arm.
  const held = [a, b].map((ids) => ids.filter((id) => bucketOf(bucketPrefix('holdout', 'test'), id) < 5_000).length / ids.length);
  expect(Math.min(...held)).toBeGreaterThan(0.1);
});

describe('exclude and limit', () => {
  const whole = {
    ...everybody,
    exclude: ['unsubscribed'],
    holdout: { share: 0.3, salt: 'mail' },
    limit: { top: 5, by: 'order_count' },
  };
  const unsubscribed = { where: { trait: 'order_count', gte: 19 } };

  test('are counted by a preview, one after the other, and each says to one member why it is none', async () => {
    room.apply({ unsubscribed, vip: whole });
    await publishAll(room);
    const { members, conditions, modifiers } = await previewSegment(room, { id: 'vip' });
    expect(members).toBe(5);
    expect(modifiers.map(({ name, sentence }) => [name, sentence])).toEqual([
      ['exclude', 'leaves out the members of unsubscribed'],
      ['holdout', 'holds out 30 % (mail)'],
      ['limit', 'takes the 5 with the highest order_count'],
    ]);
    expect(modifiers[0]?.members).toBe(3);
    expect(modifiers.reduce((sum, modifier) => sum + modifier.members, members)).toBe(conditions[0]?.people);

    const excluded = await explainMember(room, { id: 'vip' }, idOf(19));
    expect(excluded).toMatchObject({ holds: false, conditions: [{ holds: true }] });
    expect(excluded.modifiers.map(({ takes_away }) => takes_away)).toEqual([true, false, false]);
    const [member = ''] = await keysIn('audience_vip');
    expect(await explainMember(room, { id: 'vip' }, member)).toMatchObject({ holds: true });
    expect((await explainMember(room, { id: 'vip' }, idOf(0))).modifiers.at(-1)?.takes_away).toBe(true);
  });

  test('are named by a comparison: who leaves because of them', async () => {
    room.apply({ unsubscribed, plain: everybody });
    await publishAll(room);
    room.apply({ unsubscribed, plain: { ...everybody, exclude: ['unsubscribed'] } });
    const change = await compareSegment(room, { id: 'plain' });
    expect(change).toMatchObject({ entering: 0, leaving: 3, staying: PEOPLE - 3 });
    expect(change.kept_out_after.at(-1)).toEqual({ path: 'exclude', sentence: 'leaves out the members of unsubscribed', members: 3 });
  });

  test('a segment is not published before those that it leaves out', async () => {
    room.apply({ late: { ...everybody, exclude: ['unseen'] }, unseen: unsubscribed });
    await expect(publishSegment(room, 'late')).rejects.toThrow(/reads unseen, which is not published/);
  });
});

describe('a segment that is excluded everywhere', () => {
  const stop = { where: { trait: 'order_count', gte: 15 }, excluded_everywhere: true };

  test('is left out of every other segment, and not of those that it is made from', async () => {
    room.apply({
      mail: everybody,
      complaints: { where: { trait: 'order_count', gte: 18 } },
      stop: { ...stop, where: { any: [stop.where, { segment: 'complaints' }] } },
    });
    const outcomes = await publishAll(room);
    const published = outcomes.flatMap((outcome) => (outcome.status === 'published' ? [[outcome.segment_id, outcome.size]] : []));
    expect(published).toEqual([
      ['complaints', 6],
      ['stop', 15],
      ['mail', PEOPLE - 15],
    ]);
    const draft = draftOf({ title: 'Draft', entity: 'person', ...everybody });
    expect(await previewSegment(room, draft)).toMatchObject({ members: PEOPLE - 15, modifiers: [{ name: 'exclude', members: 15 }] });
  });

  test('keeps everybody from being published where it cannot be read any more', async () => {
    room.apply({ mail: everybody, stop: { ...stop, where: { wrong: true } } });
    await expect(publishSegment(room, 'mail')).rejects.toThrow(/there is no segment stop/);
  });
});

describe('a priority list', () => {
  const over = (count: number) => ({ where: { trait: 'order_count', gte: count } });

  test('gives each member to the first of its segments alone', async () => {
    room.apply({ newsletter: over(0), upsell: over(10), 'win-back': over(18) });
    room.prioritise({ mail: ['win-back', 'upsell', 'newsletter'] });
    await publishAll(room);
    const sizes = await Promise.all(['audience_win_back', 'audience_upsell', 'audience_newsletter'].map(keysIn));
    expect(sizes.map((keys) => keys.length)).toEqual([6, 24, 30]);
    expect(sizes.flat().sort()).toEqual(all);
  });

  test('that makes a cycle fails those in it, with the path', async () => {
    room.apply({ one: { where: { not: { segment: 'two' } } }, two: over(1) });
    room.prioritise({ mail: ['one', 'two'] });
    await expect(publishSegment(room, 'two')).rejects.toThrow(/cycle: two → one → two/);
  });
});
