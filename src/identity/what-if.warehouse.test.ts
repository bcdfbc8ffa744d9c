import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWhatIfWorld, type WhatIfWorld } from '../../test/what-if-world.ts';
import type { Ruling } from './decision.ts';
import { decide } from './decisions.ts';
import { parseIdentifier } from './identifier.ts';
import { type WhatIfReport, whatIf } from './what-if.ts';

let world: WhatIfWorld;
beforeAll(async () => {
  world = await openWhatIfWorld();
});
afterAll(() => world.close());

const pair = (kind: 'never_link' | 'force_link', a: string, b: string): Ruling => ({
  kind,
  identifiers: [parseIdentifier(a), parseIdentifier(b)],
});
const sizes = (parts: WhatIfReport['largest_splits'][number]['parts']) => parts.map(({ identifiers }) => identifiers);
const person = (report: WhatIfReport) => report.entities.find(({ entity }) => entity === 'person');

/** Whatever is asked, no published result may change. */
async function asked(...parameters: Parameters<typeof whatIf> extends [unknown, ...infer Rest] ? Rest : never): Promise<WhatIfReport> {
  const before = await world.profiles();
  const report = await whatIf(world.deps, ...parameters);
  expect(await world.profiles()).toEqual(before);
  expect(await world.asides()).toEqual([]);
  return report;
}

// Each question is two builds.
describe('what if', () => {
  test('two identifiers were kept apart: the profile splits, and the segments and syncs that hold it are named', async () => {
    const people = await world.profiles();
    const steps: string[] = [];
    const report = await asked(
      { decisions: [pair('never_link', 'anonymous_id:laptop', 'user_id:ada')] },
      { onProgress: ({ done, steps: all, doing }) => steps.push(`${done}/${all} ${doing}`) },
    );
    expect(person(report)).toMatchObject({ profiles_split: 1, profiles_merged: 0, identifiers_moved: 1, identifiers_joining: 0 });
    const [split] = report.largest_splits;
    expect(split).toMatchObject({ entity: 'person', profile_id: people.get('user_id:ada'), identifiers: 3, part_count: 2 });
    expect(sizes(split?.parts ?? [])).toEqual([2, 1]);
    expect(report.segments).toEqual([{ segment_id: 'known', members: 3, members_touched: 1 }]);
    expect(report.syncs).toEqual([
      { sync_id: 'everybody', source: 'table profiles', members: 4, members_touched: 1 },
      { sync_id: 'known-people', source: 'segment known', members: 3, members_touched: 1 },
    ]);
    expect(report.warnings).toEqual([expect.stringContaining('The sync of-another-version is left out')]);
    expect(steps).toEqual(
      expect.arrayContaining(['0/4 copying the state of the graph', '2/4 building with the change: identity_map', '4/4 done']),
    );
  });

  test('two were joined without evidence: the profiles merge, and the older id stays', async () => {
    const people = await world.profiles();
    const report = await asked({ decisions: [pair('force_link', 'anonymous_id:kiosk', 'user_id:bob')] });
    expect(person(report)).toMatchObject({
      profiles_before: 4,
      profiles_after: 3,
      profiles_merged: 1,
      profiles_split: 0,
      identifiers_moved: 1,
    });
    expect(report.largest_merges).toMatchObject([{ profile_id: people.get('user_id:bob'), identifiers: 3, part_count: 2 }]);
    expect(sizes(report.largest_merges[0]?.parts ?? [])).toEqual([2, 1]);
  });

  test('a rule were another: only its consequences count, not what has arrived meanwhile', async () => {
    await world.seeAgain('identify', 'watch', 'dora');
    const report = await asked({ set: { 'entities.person.sightings.min': 3 } });
    // The device was only ever sighted beside her, which is not enough: it joins no profile.
    expect(person(report)).toMatchObject({ profiles_split: 0, identifiers_moved: 0, identifiers_joining: 0, identifiers_leaving: 1 });
    expect(report.segments).toEqual([{ segment_id: 'known', members: 3, members_touched: 1 }]);
  });

  test('a decision had never been made', async () => {
    const people = await world.profiles();
    const { decision } = await decide(world.deps, {
      ruling: pair('never_link', 'anonymous_id:tablet', 'user_id:ada'),
      reason: 'test',
      by: 'test',
    });
    await world.build();
    const report = await asked({ withoutDecisions: [decision.decision_id] });
    expect(report.largest_merges).toMatchObject([{ profile_id: people.get('user_id:ada'), identifiers: 3, part_count: 2 }]);
  });

  test('nothing of consequence were decided: nothing would change', async () => {
    const report = await asked({ decisions: [pair('never_link', 'user_id:bob', 'user_id:carl')] });
    expect(person(report)).toMatchObject({
      profiles_split: 0,
      profiles_merged: 0,
      identifiers_moved: 0,
      identifiers_joining: 0,
      identifiers_leaving: 0,
    });
    expect(report).toMatchObject({ largest_splits: [], largest_merges: [], segments: [], syncs: [] });
  });

  test.each([
    ['a rule that names an unknown type', { set: { 'entities.person.identifiers.email.caps.usr_id': 3 } }, /usr_id/],
    ['two spellings of one identifier', { decisions: [pair('force_link', 'email:ada@x.org', 'email:ADA@x.org')] }, /the same/],
    ['a decision that there is not', { withoutDecisions: [crypto.randomUUID()] }, /no decision/],
    ['no change at all', {}, /Nothing would be changed/],
  ])('%s is refused, and nothing stays', async (_, change, message) => {
    await expect(whatIf(world.deps, change)).rejects.toThrow(message);
    expect(await world.asides()).toEqual([]);
  });

  test('it is stopped half-way: it ends, and nothing stays', async () => {
    const stop = new AbortController();
    const work = whatIf(
      world.deps,
      { set: { 'entities.person.sightings.min': 3 } },
      { signal: stop.signal, onProgress: ({ doing }) => doing.startsWith('building with the change') && stop.abort() },
    );
    await expect(work).rejects.toMatchObject({ code: 'dbt.cancelled' });
    expect(await world.asides()).toEqual([]);
  });
});
