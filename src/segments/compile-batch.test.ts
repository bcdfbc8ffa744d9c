import { expect, test } from 'vitest';
import { worldCatalogue } from '../../test/segments/world.ts';
import { checkSegment } from './check-against-catalogue.ts';
import type { CheckedSegment } from './checked.ts';
import { compileEvaluation, evaluatedMembers, planBatches } from './compile-batch.ts';
import { SegmentDefinition } from './definition.ts';

const catalogue = worldCatalogue();
const context = {
  now: new Date('2026-03-30T12:00:00Z'),
  timezone: 'UTC',
  members: { database: 'sluice_state', table: 'segment_members' },
  versions: new Map<string, string>(),
};
const viewed = (times: number) => ({ event: 'Page Viewed', count: { gte: times } });

function checked(id: string, where: object, more: object = {}): CheckedSegment {
  const definition = SegmentDefinition.parse({ id, title: id, entity: 'person', where, ...more });
  const other = SegmentDefinition.parse({ id: 'other', title: 'Other', entity: 'person', where: { trait: 'city', exists: true } });
  const result = checkSegment(definition, { catalogue, segments: new Map([['other', other]]) });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.segment;
}

const batchesOf = (...segments: CheckedSegment[]) =>
  planBatches(segments, context).map((batch) => batch.map(({ definition }) => definition.id));

test('segments that read events are evaluated together; one that reads only traits, another segment, or says more is found alone', () => {
  const unknown = checked('more', viewed(1));
  expect(
    batchesOf(
      checked('a', viewed(1)),
      checked('traits', { trait: 'city', is: 'Gent' }),
      checked('reader', { all: [viewed(1), { segment: 'other' }] }),
      {
        ...unknown,
        definition: { ...unknown.definition, limit: { top: 3, by: 'lifetime_value', order: 'desc' } } satisfies SegmentDefinition,
      },
      checked('b', viewed(2)),
    ),
  ).toEqual([['a', 'b']]);
});

test('only what looks at one moment in one zone is evaluated together', () => {
  const day = { during: { last: '7d' }, ...viewed(1) };
  expect(
    batchesOf(
      checked('a', day),
      checked('past', day, { as_of: '2026-01-01' }),
      checked('zone', day, { timezone: 'Asia/Kolkata' }),
      checked('past-too', viewed(2), { as_of: '2026-01-01' }),
    ),
  ).toEqual([['past', 'past-too']]);
});

test('no query holds more conditions than the memory of one allows', () => {
  const many = Array.from({ length: 30 }, (_, index) => checked(`s-${index}`, { all: [viewed(index + 1), viewed(index + 40)] }));
  expect(batchesOf(...many).map((batch) => batch.length)).toEqual([20, 10]);
});

test('a condition of several segments is counted by one aggregate, each set of names is one scan, and each segment has a bit', () => {
  const batch = [checked('a', viewed(2)), checked('b', { all: [viewed(2), { event: 'Order Completed' }] })];
  const { sql, params } = compileEvaluation(batch, context, 'run-1');
  expect(sql.match(/from `sluice`\.`events`/g)).toHaveLength(2);
  expect(sql).toContain('bitShiftLeft(toUInt64(c1), 0)\n    + bitShiftLeft(toUInt64(c2), 1)');
  expect(params).toMatchObject({ run: 'run-1' });
  const [{ entity } = checked('c', viewed(1))] = batch;
  expect(evaluatedMembers(entity, 'run-1', 1)).toMatchObject({
    sql: 'select member_uuid as `profile_id`\nfrom sluice_state.segment_evaluations\nwhere run_id = {run:String}\n  and bitTest(segments, {place:UInt8})',
    params: { run: 'run-1', place: 1 },
  });
});

test('sequences at the same place of two segments are two scans', () => {
  const then = (event: string) => checked('s', { sequence: [{ event: 'Order Completed' }, { event, within: '1d' }] });
  const [batch] = planBatches([then('App Opened'), then('Page Viewed')], context);
  const { sql } = compileEvaluation(batch as NonNullable<typeof batch>, context, 'run-1');
  expect(sql.match(/as g\d+ on/g)).toHaveLength(2);
});
