import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { DAY_MS, type Decisions, type EdgeRow, type EntityRules, type Node, type Partition, SHIPPED_RULES } from '../laboratory/graph.ts';
import { type GraphLab, openGraphLab } from '../laboratory/graph-lab.ts';
import { solveGraph } from '../laboratory/oracle.ts';
import { applyChanges, arbitraryWorld, decisionsOf, EMPTY_WORLD, rowsOf, type World, type WorldState } from '../laboratory/worlds.ts';

const BASE: EntityRules = {
  ...SHIPPED_RULES,
  types: [
    { name: 'user_id', limit: { max: 1, onExcess: 'split' } },
    { name: 'email', limit: { max: 2, onExcess: 'detach' }, caps: [{ type: 'user_id', max: 2 }] },
    { name: 'phone', limit: { max: 1, withinDays: 30, onExcess: 'split' }, caps: [{ type: 'email', max: 3 }] },
    { name: 'cookie', caps: [{ type: 'user_id', max: 1, withinDays: 30 }] },
  ],
};

/** Every kind of limit with every policy, and sizes that are reached. */
const RULES: Readonly<Record<string, EntityRules>> = {
  'the newest evidence first': BASE,
  'the first evidence first, values detached from a window': {
    ...BASE,
    onConflict: 'first',
    types: [
      { name: 'user_id', limit: { max: 1, onExcess: 'isolate' } },
      { name: 'email', limit: { max: 2, withinDays: 30, onExcess: 'detach' } },
      { name: 'phone', limit: { max: 2, onExcess: 'isolate' }, caps: [{ type: 'user_id', max: 1 }] },
      { name: 'cookie', caps: [{ type: 'email', max: 2, withinDays: 10 }] },
    ],
  },
  'what is tied to two is nobody’s': {
    ...BASE,
    onConflict: 'isolate',
    survivor: 'largest',
    types: [
      { name: 'user_id', limit: { max: 1, onExcess: 'split' } },
      { name: 'email', limit: { max: 1, onExcess: 'split' } },
      { name: 'phone', limit: { max: 1, withinDays: 30, onExcess: 'isolate' } },
      { name: 'cookie' },
    ],
  },
  'profiles that may be small only': { ...BASE, maxSize: 4, maxGrowth: 2, types: BASE.types.map(({ name }) => ({ name })) },
  'claims that only come, and limits': { ...BASE, types: BASE.types.map(({ caps, ...type }) => type) },
  'claims that only come, and no guards': { ...BASE, types: BASE.types.map(({ name }) => ({ name })) },
};

/** Where nothing ever goes and no guard looks at all edges of an identifier, an incremental solve takes short cuts. */
const isGrowing = (title: string) => title.startsWith('claims that only come');

/** Solved as so much new evidence would be that the working tables go to disk. */
const ON_DISK = 'what is tied to two is nobody’s';

/** Whether what is too large today was not yet so yesterday is history, which a solve from nothing cannot know. */
const hasHistory = ({ maxSize }: EntityRules) => maxSize < 1_000;

const WORLDS = 75;
const STEPS = 4;

let lab: GraphLab;
beforeAll(async () => {
  lab = await openGraphLab(BASE);
});
afterAll(() => lab.close());
beforeEach(() => lab.forget());

/** The identifiers of each group, by identifier: two partitions are the same when these are. */
function groupsOf(partition: Partition): Map<Node, string> {
  const members = Map.groupBy(partition.keys(), (node) => partition.get(node));
  return new Map(
    [...members.values()].flatMap((nodes) => {
      const group = nodes.toSorted((one, other) => (one < other ? -1 : 1)).join(' ');
      return nodes.map((node) => [node, group] as const);
    }),
  );
}

interface Scene {
  readonly rows: readonly EdgeRow[];
  readonly decisions: Decisions;
}

const sceneOf = (world: World, place: number, state: WorldState): Scene => ({
  rows: rowsOf(world, place, state),
  decisions: decisionsOf(place, state),
});

/** Fails with the one world that came out wrong, told in full: a seed alone would cost whoever reads it an hour. */
function expectAsOracle(profiles: Partition, scenes: readonly Scene[], rules: EntityRules, previous: Partition): void {
  const actual = groupsOf(profiles);
  const known = new Set<Node>();
  for (const scene of scenes) {
    const expected = groupsOf(solveGraph(scene, rules, previous));
    for (const node of expected.keys()) known.add(node);
    const found = new Map([...expected.keys()].map((node) => [node, actual.get(node) ?? 'missing']));
    if ([...expected].some(([node, group]) => found.get(node) !== group))
      throw new Error(describeDifference(scene, found, expected, previous));
  }
  expect([...actual.keys()].filter((node) => !known.has(node))).toEqual([]);
}

function describeDifference(
  { rows, decisions }: Scene,
  found: ReadonlyMap<Node, string>,
  expected: ReadonlyMap<Node, string>,
  previous: Partition,
) {
  const day = (at: number | null) => (at === null ? '-' : (at - Date.UTC(2024, 0, 1)) / DAY_MS);
  const groups = (partition: ReadonlyMap<Node, string>) => [...new Set(partition.values())].sort().join(' | ');
  const before = groupsOf(new Map([...expected.keys()].flatMap((node) => (previous.has(node) ? [[node, previous.get(node)]] : []))));
  return [
    ...rows.map(
      (row) => `${row.typeA}:${row.a} ${row.typeB}:${row.b} ${row.rule} ${day(row.firstSeenAt)}..${day(row.lastSeenAt)} x${row.seenCount}`,
    ),
    `never link ${decisions.neverLink.map((pair) => pair.join(' ')).join(', ')}; never use ${decisions.neverUse.join(' ')}`,
    `before:   ${groups(before)}`,
    `expected: ${groups(expected)}`,
    `found:    ${groups(found)}`,
  ].join('\n');
}

/** Who is with the same others as before is the same person as before. */
function expectSameIdsOfSameGroups(before: ReadonlyMap<Node, bigint>, after: ReadonlyMap<Node, bigint>): void {
  const [groupsBefore, groupsAfter] = [groupsOf(before), groupsOf(after)];
  for (const [node, group] of groupsAfter) if (groupsBefore.get(node) === group) expect(after.get(node)).toBe(before.get(node));
}

/** One look-up leads to a living profile, or to one that ended otherwise than by a merge. */
function expectShortAliases(aliases: ReadonlyMap<bigint, bigint>, profiles: ReadonlyMap<Node, bigint>): void {
  const living = new Set(profiles.values());
  const long = [...aliases].filter(([former, id]) => !living.has(former) && !living.has(id) && aliases.has(id));
  expect(long).toEqual([]);
}

/** Ages decide which id survives a merge: every id has its row in the log of ids, and the newest say when somebody in the profile was first seen. */
async function expectGiven(profiles: ReadonlyMap<Node, bigint>, scenes: readonly Scene[]): Promise<void> {
  const log = await lab.rows(
    `select toString(canonical_id) as id, version = (select max(version) from sluice_identity.identity_graph__versions) as is_new,
      toString(toUnixTimestamp64Milli(first_seen_at)) as seen_at
    from sluice_identity.identity_graph__profiles`,
    z.object({ id: z.string(), is_new: z.number(), seen_at: z.string().nullable() }),
  );
  const given = new Set(log.map(({ id }) => BigInt(id)));
  expect([...new Set(profiles.values())].filter((id) => !given.has(id))).toEqual([]);

  const seen = new Map<bigint, number>();
  for (const { a, b, firstSeenAt } of scenes.flatMap(({ rows }) => rows)) {
    const ids = [profiles.get(a), profiles.get(b)].filter((id) => id !== undefined);
    for (const id of ids) if (firstSeenAt !== null) seen.set(id, Math.min(seen.get(id) ?? firstSeenAt, firstSeenAt));
  }
  const told = log.filter(({ id, is_new }) => is_new === 1 && [...profiles.values()].includes(BigInt(id)));
  expect(told.map(({ id, seen_at }) => [id, seen_at])).toEqual(told.map(({ id }) => [id, seen.get(BigInt(id))?.toString() ?? null]));
}

const violation = z.object({ kind: z.string(), type_number: z.number(), node_a: z.string(), node_b: z.string() });
const openViolations = () =>
  lab.rows(
    `select kind, type_number, node_a, node_b from sluice_identity.identity_graph__violations
    group by kind, type_number, node_a, node_b having argMax(is_open, version) = 1 order by all`,
    violation,
  );

describe('whatever comes, goes and is decided', () => {
  for (const [title, rules] of Object.entries(RULES)) {
    test(`with ${title}: each build says what the oracle says, ids stay, and solving everything again changes nothing`, async () => {
      await lab.setRules(rules, title === ON_DISK ? { identity_touched_in_memory: 0, identity_edges_at_once: 10 } : {});
      await fc.assert(
        fc.asyncProperty(
          fc.array(arbitraryWorld(rules, STEPS, { isGrowing: isGrowing(title) }), { minLength: WORLDS, maxLength: WORLDS }),
          async (worlds) => {
            await lab.forget();
            let states = worlds.map(() => EMPTY_WORLD);
            let profiles = new Map<Node, bigint>();
            for (let step = 0; step < STEPS; step += 1) {
              states = worlds.map((world, place) => applyChanges(states[place] ?? EMPTY_WORLD, world.steps[step] ?? []));
              const scenes = worlds.map((world, place) => sceneOf(world, place, states[place] ?? EMPTY_WORLD));
              await lab.show(scenes.flatMap(({ rows }) => rows));
              await lab.decide({
                neverLink: scenes.flatMap(({ decisions }) => decisions.neverLink),
                neverUse: scenes.flatMap(({ decisions }) => decisions.neverUse),
              });
              expect(await lab.build()).toBe(step === 0 ? 'full' : 'incremental');
              const before = profiles;
              profiles = await lab.profiles();
              expectAsOracle(profiles, scenes, rules, before);
              expectSameIdsOfSameGroups(before, profiles);
              expectShortAliases(await lab.aliases(), profiles);
              await expectGiven(profiles, scenes);
            }
            expect(await lab.build()).toBe('none');
            const violations = await openViolations();
            expect(await lab.build({ fullRefresh: true })).toBe('full');
            expect(await lab.profiles()).toEqual(profiles);
            expect(await openViolations()).toEqual(violations);

            if (hasHistory(rules)) return;
            await lab.forgetGraph();
            await lab.build();
            expect(groupsOf(await lab.profiles())).toEqual(groupsOf(profiles));
            expect(await openViolations()).toEqual(violations);
          },
        ),
        { numRuns: 1, endOnFailure: true },
      );
    });
  }
});
