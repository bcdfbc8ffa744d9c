/** Measures the publication of ten segments against the same ten written by hand, turn by turn on the same data. */
import * as z from 'zod';
import { segmentSql } from '../../src/segments/preview.ts';
import { defineStatement } from '../../src/warehouse/query.ts';
import type { Child } from '../child.ts';
import { median, rounded, secondsOf, sum } from '../statistics.ts';
import { assertSameMembers, createHandwrittenTables, publishByHand, type Round } from './handwritten.ts';
import type { PipelineResult } from './result.ts';
import { type SegmentPair, segmentPairs } from './segment-pairs.ts';
import type { ServiceMethods } from './service-process.ts';
import type { Surroundings } from './surroundings.ts';

/** Even, so that either side goes first as often. */
const ROUNDS = 6;
const DAY_MS = 86_400_000;

interface Times {
  readonly ours: number[];
  readonly theirs: number[];
}

/**
 * Round after round a day passes, as in real life: most members stay, some enter, some leave. The first publication, into which everybody
 * enters, warms up and is not counted.
 *
 * @param endsAt the last round's "now": the data must reach up to it.
 */
export async function measureSegments(
  surroundings: Surroundings,
  service: Child<ServiceMethods>,
  endsAt: Date,
  tools: { readonly signal: AbortSignal; readonly say: (line: string) => void },
): Promise<PipelineResult['segments']> {
  const { warehouse, store } = surroundings;
  await store.resources.apply(
    segmentPairs.map(({ definition }) => ({ kind: 'segment', id: definition.id, document: definition })),
    'bench',
  );
  await createHandwrittenTables(warehouse);

  const publication = new Map<string, Times>();
  const selection = new Map<string, Times>();
  const members = new Map<string, number>();
  for (let version = 1; version <= ROUNDS + 1; version += 1) {
    const at = new Date(endsAt.getTime() - (ROUNDS + 1 - version) * DAY_MS);
    const round = { version, at, asOf: at.toISOString().slice(0, 23).replace('T', ' ') };
    const isOursFirst = version % 2 === 0;
    for (const pair of segmentPairs) {
      tools.signal.throwIfAborted();
      const { id } = pair.definition;
      const published = await inTurn(
        isOursFirst,
        async () => (await service.call('publish', { segment: id, at: at.toISOString() })).seconds,
        () => secondsOf(() => publishByHand(warehouse, pair, round)),
      );
      members.set(id, await assertSameMembers(warehouse, id, round));
      const selected = await timeSelects(surroundings, pair, round, isOursFirst);
      if (version === 1) continue;
      note(publication, id, published);
      note(selection, id, selected);
    }
    tools.say(`  round ${version} of ${ROUNDS + 1}`);
  }
  const each = segmentPairs.map(({ definition: { id } }) => ({
    id,
    members: members.get(id) ?? 0,
    ...compared([publication.get(id)]),
    select: compared([selection.get(id)]),
  }));
  return { ...compared([...publication.values()]), select: compared([...selection.values()]), each };
}

async function inTurn(isOursFirst: boolean, ours: () => Promise<number>, theirs: () => Promise<number>) {
  if (isOursFirst) return { ours: await ours(), theirs: await theirs() };
  const first = await theirs();
  return { ours: await ours(), theirs: first };
}

/** Both without writing anything, and without what the server remembers of conditions that it has just evaluated. */
async function timeSelects(
  { app, warehouse }: Surroundings,
  pair: SegmentPair,
  round: Round & { readonly at: Date },
  isOursFirst: boolean,
) {
  const deps = { ...(await app.segments()), now: () => round.at };
  const compiled = await segmentSql(deps, { id: pair.definition.id });
  const run = (sql: string, params: Readonly<Record<string, unknown>>, settings: Readonly<Record<string, string | number>>) => {
    const statement = defineStatement({ name: 'bench.select', sql: `${sql}\nformat Null`, params: z.looseObject({}) });
    return secondsOf(() => warehouse.owner.run(statement, params, { settings: { ...settings, use_query_condition_cache: 0 } }));
  };
  return inTurn(
    isOursFirst,
    () => run(compiled.sql, compiled.params, compiled.settings),
    () => run(pair.handwritten, { as_of: round.asOf, version: round.version }, {}),
  );
}

function note(times: Map<string, Times>, id: string, { ours, theirs }: { ours: number; theirs: number }): void {
  const noted = times.get(id) ?? { ours: [], theirs: [] };
  noted.ours.push(ours);
  noted.theirs.push(theirs);
  times.set(id, noted);
}

function compared(times: readonly (Times | undefined)[]) {
  const seconds = sum(times.map((one) => median(one?.ours ?? [])));
  const handwritten = sum(times.map((one) => median(one?.theirs ?? [])));
  return { seconds: rounded(seconds), handwritten_seconds: rounded(handwritten), ratio_to_handwritten: rounded(seconds / handwritten) };
}
