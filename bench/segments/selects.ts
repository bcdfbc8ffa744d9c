/** Finding the members of each audience beside the same in SQL written by hand, in turn. Nothing is written. */
import * as z from 'zod';
import { defineQuery, defineStatement } from '../../src/warehouse/query.ts';
import { NOW, VERSIONS } from '../../test/segments/audience-world.ts';
import { benchErrors } from '../errors.ts';
import { type Audience, audiences } from './documents.ts';
import { comparedOf } from './figures.ts';
import type { SelectsResult } from './result.ts';
import { membersOf, type Room } from './room.ts';
import { MOMENT } from './world.ts';

interface Sql {
  readonly sql: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, string | number>>;
}

/** What the server remembers of conditions that it has just evaluated would be the other side's advantage. */
const FORGETFUL = { use_query_condition_cache: 0 };

export async function measureSelects(room: Room): Promise<SelectsResult> {
  await setReferred(room, 'write');
  const result = await measure(room);
  await setReferred(room, 'drop');
  return result;
}

/** Members of the two segments that audiences read, in the versions that the SQL by hand names. No publication made them. */
async function setReferred({ warehouse }: Room, to: 'write' | 'drop'): Promise<void> {
  for (const [index, [segment, version]] of [...VERSIONS].entries()) {
    const sql =
      to === 'drop'
        ? `alter table sluice_state.segment_members drop partition ('${segment}', ${version})`
        : `insert into sluice_state.segment_members (segment_id, version, member_uuid, entered_at)
           select '${segment}', ${version}, profile_id, ${MOMENT} from sluice.profiles where sipHash64(profile_id) % ${index + 2} = 0`;
    await warehouse.owner.run(defineStatement({ name: 'bench.set_referred', sql, params: z.object({}) }), {});
  }
}

async function measure(room: Room): Promise<SelectsResult> {
  const { meter, rounds, say, signal } = room;
  const members = new Map<string, number>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const audience of audiences) {
      signal.throwIfAborted();
      const sides = await sidesOf(room, audience);
      // The first round warms up, and compares the members.
      if (round === 0) members.set(audience.id, await sameMembers(room, audience.id, sides));
      else await inTurn(room, round, audience.id, sides);
    }
    say(`  round ${round} of ${rounds}`);
  }
  const measured = await meter.read();
  const of = (ids: readonly string[]) => comparedOf(ids.map((id) => [measured.get(`ours ${id}`) ?? [], measured.get(`hand ${id}`) ?? []]));
  return {
    ...of(audiences.map(({ id }) => id)),
    each: audiences.map(({ id }) => ({ id, members: members.get(id) ?? 0, ...of([id]) })),
  };
}

type Sides = readonly [name: 'ours' | 'hand', sql: Sql][];

async function sidesOf(room: Room, { id, handwritten }: Audience): Promise<Sides> {
  return [
    ['ours', await membersOf(room, id)],
    ['hand', { sql: handwritten, params: { now: NOW.slice(0, -1) }, settings: {} }],
  ];
}

async function inTurn({ meter, warehouse }: Room, round: number, id: string, sides: Sides): Promise<void> {
  for (const [side, { sql, params, settings }] of round % 2 === 0 ? sides : sides.toReversed()) {
    const statement = defineStatement({ name: 'bench.select', sql: `${sql}\nformat Null`, params: z.looseObject({}) });
    await meter.measure(`${side} ${id}`, () => warehouse.owner.run(statement, params, { settings: { ...settings, ...FORGETFUL } }));
  }
}

/** @returns how many members both find. @throws CdpError `bench.results_differ`. */
async function sameMembers({ warehouse }: Room, id: string, sides: Sides): Promise<number> {
  const found = await Promise.all(
    sides.map(async ([, { sql, params, settings }]) => {
      const query = defineQuery({
        name: 'bench.members',
        sql: `select count() as members, toString(sum(cityHash64(*))) as keys from (\n${sql}\n)`,
        params: z.looseObject({}),
        row: z.object({ members: z.coerce.number(), keys: z.string() }),
      });
      const [row] = await warehouse.owner.ask(query, params, { settings });
      return row ?? { members: 0, keys: '' };
    }),
  );
  const [ours, theirs] = found;
  if (ours === undefined || ours.members !== theirs?.members || ours.keys !== theirs.keys)
    throw benchErrors.results_differ(
      `${id}: ours finds ${ours?.members} members, the SQL written by hand ${theirs?.members}, or not the same`,
    );
  return ours.members;
}
