/** Publications one by one, beside the select of each; and a hundred together beside the same one by one. */
import * as z from 'zod';
import { publishSegment } from '../../src/segments/publish.ts';
import { publishAll } from '../../src/segments/publish-all.ts';
import { defineStatement } from '../../src/warehouse/query.ts';
import { benchErrors } from '../errors.ts';
import { median, rounded, sum } from '../statistics.ts';
import { audiences, hundred } from './documents.ts';
import { comparedOf, figureOf } from './figures.ts';
import type { PublicationsResult, TogetherResult } from './result.ts';
import { membersOf, type Room } from './room.ts';

/** What an audience reads is published first, so each can be. */
const READ_BY_AUDIENCES = [...hundred.keys()].filter((id) => !audiences.some((audience) => audience.id === id)).slice(0, 2);

export async function measurePublications(room: Room): Promise<PublicationsResult> {
  const { deps, meter, rounds, say, signal, warehouse } = room;
  const sizes = new Map<string, number>();
  for (let round = 0; round <= rounds; round += 1) {
    room.tick();
    for (const id of READ_BY_AUDIENCES) await publishSegment(deps, id);
    for (const { id } of audiences) {
      signal.throwIfAborted();
      const { sql, params, settings } = await membersOf(room, id);
      const select = defineStatement({ name: 'bench.select', sql: `${sql}\nformat Null`, params: z.looseObject({}) });
      const times = [
        () => meter.measure(`select ${id}`, () => warehouse.owner.run(select, params, { settings })),
        async () => {
          const { size } = await meter.measure(`publish ${id}`, () => publishSegment(deps, id));
          sizes.set(id, size);
        },
      ];
      for (const time of round % 2 === 0 ? times : times.toReversed()) await time();
    }
    say(`  round ${round} of ${rounds}`);
  }
  const measured = await meter.read();
  // The first version of each has nothing before it.
  const of = (kind: string, id: string) => (measured.get(`${kind} ${id}`) ?? []).slice(1);
  const each = audiences.map(({ id }) => {
    const select = figureOf([of('select', id)]);
    const published = figureOf([of('publish', id)]);
    return {
      id,
      members: sizes.get(id) ?? 0,
      select,
      published,
      added_ms: rounded((published.seconds - select.seconds) * 1_000),
      added_cpu_ms: rounded((published.cpu_seconds - select.cpu_seconds) * 1_000),
      statements: median(of('publish', id).map(({ statements }) => statements)),
    };
  });
  const mean = (values: readonly number[]) => rounded(sum(values) / values.length);
  return {
    added_ms: mean(each.map(({ added_ms }) => added_ms)),
    added_cpu_ms: mean(each.map(({ added_cpu_ms }) => added_cpu_ms)),
    each,
  };
}

export async function measureTogether(room: Room): Promise<TogetherResult> {
  const { deps, meter, rounds, say, signal } = room;
  const ids = [...hundred.keys()];
  const alone = async () => {
    room.tick();
    for (const id of ids) {
      signal.throwIfAborted();
      await publishSegment(deps, id);
    }
  };
  const together = async () => {
    room.tick();
    const outcomes = await publishAll(deps, { signal });
    const failed = outcomes.filter(({ status }) => status !== 'published');
    if (failed.length > 0) throw benchErrors.step_failed(`Not published: ${failed.map(({ segment_id: id }) => id).join(', ')}`);
  };
  // All have a version before what is measured begins.
  await together();
  await meter.read().catch(() => undefined);
  for (let round = 1; round <= rounds; round += 1) {
    const times = [() => meter.measure('together', together), () => meter.measure('alone', alone)];
    for (const time of round % 2 === 0 ? times : times.toReversed()) await time();
    say(`  round ${round} of ${rounds}`);
  }
  const measured = await meter.read();
  const [of, ofAlone] = [measured.get('together') ?? [], measured.get('alone') ?? []];
  return {
    segments: ids.length,
    ...comparedOf([[of, ofAlone]]),
    statements: median(of.map(({ statements }) => statements)),
    statements_alone: median(ofAlone.map(({ statements }) => statements)),
  };
}
