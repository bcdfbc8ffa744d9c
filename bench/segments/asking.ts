/** What people ask before they publish: sizes of each condition, why somebody is a member, how members overlap. */
import * as z from 'zod';
import { explainMember } from '../../src/segments/explain.ts';
import { overlapOf, waterfallOf } from '../../src/segments/overlap.ts';
import { draftOf, type SegmentTarget } from '../../src/segments/prepare.ts';
import { previewSegment } from '../../src/segments/preview.ts';
import { publishSegment } from '../../src/segments/publish.ts';
import { segmentSize } from '../../src/segments/size.ts';
import { readCurrentVersions } from '../../src/segments/versions.ts';
import { defineQuery } from '../../src/warehouse/query.ts';
import { TEN_CONDITIONS, twenty } from './documents.ts';
import { figureOf } from './figures.ts';
import type { AskingResult } from './result.ts';
import type { Room } from './room.ts';

/** One who does much and one who does little. */
const somebody = defineQuery({
  name: 'bench.somebody',
  sql: `
    select toString(profile_id) as id
    from (select profile_id, count() as events from sluice.events where event_name = 'Order Completed' group by profile_id)
    order by events desc, id
    limit 1 offset {place:UInt32}`,
  params: z.object({ place: z.int() }),
  row: z.object({ id: z.string() }),
});

export async function measureAsking(room: Room): Promise<AskingResult> {
  const { deps, meter, rounds, say, signal, warehouse } = room;
  const versions = await readCurrentVersions(deps);
  for (const id of twenty) if (!versions.has(id)) await publishSegment(deps, id);
  const [busy] = await warehouse.owner.ask(somebody, { place: 0 });
  const [quiet] = await warehouse.owner.ask(somebody, { place: 1_000 });
  const target: SegmentTarget = draftOf(TEN_CONDITIONS);
  const questions: readonly (readonly [keyof AskingResult, () => Promise<unknown>])[] = [
    ['members', () => segmentSize(deps, target)],
    ['size', () => previewSegment(deps, target, { sampleSize: 0 })],
    ['preview', () => previewSegment(deps, target)],
    ['explain', () => explainMember(deps, target, quiet?.id ?? '')],
    ['explain_busiest', () => explainMember(deps, target, busy?.id ?? '')],
    ['overlap', () => overlapOf(deps, twenty)],
    ['waterfall', () => waterfallOf(deps, twenty)],
  ];
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, ask] of questions) {
      signal.throwIfAborted();
      // The first round warms up.
      await (round === 0 ? ask() : meter.measure(name, ask));
    }
    say(`  round ${round} of ${rounds}`);
  }
  const measured = await meter.read();
  const of = (name: string) => figureOf([measured.get(name) ?? []]);
  return {
    members: of('members'),
    size: of('size'),
    preview: of('preview'),
    explain: of('explain'),
    explain_busiest: of('explain_busiest'),
    overlap: of('overlap'),
    waterfall: of('waterfall'),
  };
}
