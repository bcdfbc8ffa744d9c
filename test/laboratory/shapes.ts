/** Graphs that break naive solvers: each with what must come out. */
import type { EdgeSource, EntityRules } from './graph.ts';

export interface Shape {
  readonly name: string;
  readonly edges: EdgeSource;
  readonly profiles: number;
}

/** Sizes are what is measured here, so none is too large; a junk value is still a junk value. */
export const SHAPE_RULES: EntityRules = {
  onConflict: 'last',
  survivor: 'oldest',
  maxSize: 1_000_000_000,
  maxGrowth: 1_000_000_000,
  minSightings: 2,
  types: [{ name: 'user_id' }, { name: 'email', caps: [{ type: 'user_id', max: 3 }] }, { name: 'anonymous_id' }],
};

const [USER, EMAIL, COOKIE] = [1, 2, 3];
const hash = (kind: string, number: string) => `sipHash64('${kind}', toUInt64(${number}))`;

const edges = (x: string, y: string, types: readonly [number, number], count: number) =>
  `select ${x} as x, ${y} as y, ${types[0]} as type_x, ${types[1]} as type_y, number as draw from numbers(${count})`;

/** @param scale 1 for the full sizes; less for a quick look. */
export function shapesOf(scale: number): readonly Shape[] {
  const million = Math.max(10, Math.round(1_000_000 * scale));
  const clique = Math.max(4, Math.round(2_000 * Math.sqrt(scale)));
  const cookie = (number: string) => hash('cookie', number);
  /** Rising with the place in the chain: what a solver that trusts ids to be random stumbles over. Spread, as its keys drop the lowest bits. */
  const rising = (number: string) => `toUInt64(${number} + 1) * 1048576`;
  return [
    { name: 'chain', edges: edges(cookie('number'), cookie('number + 1'), [COOKIE, COOKIE], million), profiles: 1 },
    { name: 'chain with rising ids', edges: edges(rising('number'), rising('number + 1'), [COOKIE, COOKIE], million), profiles: 1 },
    { name: 'star', edges: edges(hash('user', '0'), cookie('number'), [USER, COOKIE], million), profiles: 1 },
    {
      name: 'clique',
      edges: `select * from (${edges(cookie(`intDiv(number, ${clique})`), cookie(`number % ${clique}`), [COOKIE, COOKIE], clique ** 2)}) where x < y`,
      profiles: 1,
    },
    { name: 'junk value', edges: edges(hash('email', '0'), hash('user', 'number'), [EMAIL, USER], 5 * million), profiles: 5 * million + 1 },
    { name: 'self-loops', edges: edges(cookie('number'), cookie('number'), [COOKIE, COOKIE], million), profiles: million },
    {
      name: 'every pair ten times',
      edges: edges(cookie('intDiv(number, 10)'), hash('user', 'intDiv(number, 20)'), [COOKIE, USER], million),
      profiles: Math.ceil(million / 20),
    },
    { name: 'nothing', edges: edges('1', '2', [USER, USER], 0), profiles: 0 },
  ];
}
