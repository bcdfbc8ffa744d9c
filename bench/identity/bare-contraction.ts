/**
 * The yardstick of the solve: the contraction alone, as one would write it by hand, with no guards, no ids and nothing published. Each round a node
 * points at the smallest of itself and its neighbours; the edges between those form the next graph; then the pointers are followed back.
 */
import * as z from 'zod';
import type { Laboratory } from './laboratory.ts';

const MAX_ROUNDS = 40;
/** Past so many rounds the order is shuffled anew in each, which bounds the worst shapes. */
const ROUNDS_IN_ORDER = 8;
const MEMORY_BYTES = 8_000_000_000;
const SETTINGS = `settings join_algorithm = 'full_sorting_merge', max_memory_usage = ${MEMORY_BYTES}, max_bytes_before_external_group_by = ${Math.round(MEMORY_BYTES / 3)}`;

/** Where its tables are; none but `labels` is left. */
const AT = 'sluice_identity.bare_';

export const BARE_LABELS = `${AT}labels`;

/** @param edges SQL of a relation (a, b). Leaves the table `BARE_LABELS` (v, r). @returns the number of rounds. */
export async function contractBare({ run, ask }: Pick<Laboratory, 'run' | 'ask'>, edges: string): Promise<number> {
  const make = (name: string, key: string, select: string) =>
    run(`create or replace table ${AT}${name} engine = MergeTree() order by ${key} as ${select} ${SETTINGS}`);
  const drop = (name: string) => run(`drop table ${AT}${name} sync`);

  let round = 0;
  for (let left = edges; ; left = `${AT}e${round}`) {
    const [count] = await ask(`select count() as edges from ${left}`, z.object({ edges: z.coerce.number() }));
    if (count?.edges === 0 && round > 0) break;
    if (round === MAX_ROUNDS) throw new Error(`${count?.edges} edges are left after ${MAX_ROUNDS} rounds`);
    round += 1;
    await make(
      `r${round}`,
      'v',
      `select v, ${strongest(round)} as r from (select a as v, b as w from ${left} union all select b, a from ${left}) group by v`,
    );
    await make('x', 'b', `select p.r as a, e.b as b from ${left} as e inner join ${AT}r${round} as p on e.a = p.v`);
    await make(
      `e${round}`,
      '(a, b)',
      `select least(x.a, p.r) as a, greatest(x.a, p.r) as b from ${AT}x as x inner join ${AT}r${round} as p on x.b = p.v where x.a != p.r group by a, b`,
    );
    await drop('x');
  }
  await followBack(make, round);
  for (let done = 1; done <= round; done += 1) await drop(`e${done}`);
  for (let done = 1; done < round; done += 1) await drop(`r${done}`);
  return round;
}

/** The last label of every node, from the last round to the first: a node that took no part in a later round keeps its own. */
async function followBack(make: (name: string, key: string, select: string) => Promise<void>, rounds: number): Promise<void> {
  let labels = `${AT}r${rounds}`;
  for (let round = rounds - 1; round >= 1; round -= 1) {
    const name = round === 1 ? 'labels' : `l${round % 2}`;
    await make(name, 'v', `select x.v as v, if(y.v = 0, x.r, y.r) as r from ${AT}r${round} as x left join ${labels} as y on x.r = y.v`);
    labels = `${AT}${name}`;
  }
  if (rounds === 1) await make('labels', 'v', `select v, r from ${labels}`);
}

function strongest(round: number): string {
  if (round <= ROUNDS_IN_ORDER) return 'least(v, min(w))';
  const shuffled = (node: string) => `intHash64(bitXor(${node}, toUInt64(${round * 2654435761})))`;
  return `if(${shuffled('v')} < min(${shuffled('w')}), v, argMin(w, ${shuffled('w')}))`;
}
