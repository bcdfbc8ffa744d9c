import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { askedAt, idOf, nodes, type Population, populations, zones } from '../../test/segments/arbitrary.ts';
import { relatedRows } from '../../test/segments/arbitrary-related.ts';
import { checkedGolden, goldenContext, goldens } from '../../test/segments/goldens.ts';
import { matches, type OracleWorld } from '../../test/segments/oracle.ts';
import { createRelated, fillRelated, tested } from '../../test/segments/related-world.ts';
import { createSets, WORLD_LISTS } from '../../test/segments/set-world.ts';
import { createWorld, fillWorld, worldCatalogue } from '../../test/segments/world.ts';
import { runSql, testWarehouse } from '../../test/warehouse.ts';
import { formatProblem, type Path } from '../documents/problem.ts';
import { clickhouseTime } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { checkSegment } from './check-against-catalogue.ts';
import { type CompileContext, type Compiled, compileSegment, membersSql } from './compile.ts';
import { compileConditions } from './compile-conditions.ts';
import { compileStanding } from './compile-standing.ts';
import type { Node } from './definition.ts';
import { readDefinition } from './document.ts';
import { Literals } from './literals.ts';

const TREES_PER_RUN = 20;
const RUNS = 50;
/** Trees that are asked with literals, too. */
const LITERAL_EVERY = 10;

let warehouse: Warehouse;

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
  await createRelated(warehouse);
  await createSets(warehouse);
});
afterAll(async () => warehouse.close());

test(`${TREES_PER_RUN * RUNS} random segments over random people and events: SQL and oracle agree on every person and every condition`, async () => {
  const scenario = fc.record({
    population: populations,
    trees: fc.array(nodes(['first', 'second'], { hasSets: true }), { minLength: TREES_PER_RUN, maxLength: TREES_PER_RUN }),
    members: fc.record({ first: fc.subarray(ids), second: fc.subarray(ids) }),
    timezone: zones,
    asOf: askedAt,
    hasApp: fc.boolean(),
  });
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async ({ population, trees, members, timezone, asOf, hasApp }) => {
      const { people, happenings, returns, appEvents } = population;
      await fillWorld(warehouse, people, happenings, population);
      await setMembers(members);
      const world: OracleWorld = {
        people,
        happenings: Map.groupBy([...happenings, ...(hasApp ? appEvents : [])], ({ profile_id }) => profile_id),
        returns: Map.groupBy(returns, ({ customer_id }) => customer_id ?? ''),
        members: new Map(Object.entries(members).map(([id, list]) => [id, new Set(list)])),
        asOf,
        timezone,
      };
      const answers = await askAll(trees, contextOf(asOf, timezone), hasApp);
      for (const [index, tree] of trees.entries()) {
        const answer = answers[index];
        assertSame(tree, answer?.members ?? [], population, world);
        if (answer?.literal) assertSame(tree, answer.literal, population, world);
        for (const { path, ids: holding } of answer?.conditions ?? []) {
          assertSame(partAt(tree, path), holding, population, world);
          compared += people.length;
        }
      }
    }),
    // The failing tree is in the message; shrinking forty of them would take minutes.
    { numRuns: RUNS, endOnFailure: true },
  );
  expect(compared).toBeGreaterThan(TREES_PER_RUN * RUNS * 12);
  // A minute alone on two cores; four and more beside other test runs on the same cores.
}, 900_000);

test.each(goldens)('the example $name runs, and both of its forms find the same people', async (golden) => {
  const [population] = fc.sample(populations, { numRuns: 1, seed: 3 });
  const people = population?.people ?? [];
  await fillWorld(warehouse, people, population?.happenings ?? [], population);
  const [rows] = fc.sample(relatedRows, { numRuns: 1, seed: 3 });
  if (rows && golden.name.startsWith('related-')) await fillRelated(warehouse, tested(rows, people));
  const segment = checkedGolden(golden, warehouse.prefix);
  const count = async (sql: string, { params, settings }: Compiled) => {
    const query = defineQuery({ name: 'test.golden', sql, params: z.looseObject({}), row: z.object({ people: z.coerce.number() }) });
    return warehouse.reader.ask(query, params, { settings });
  };
  const members = compileSegment(segment, goldenContext(warehouse.prefix));
  const conditions = compileStanding(segment, goldenContext(warehouse.prefix));
  expect(await count(`select count() as people from (${members.sql})`, members)).toEqual(
    await count(`select countIf(standing = 'member') as people from (${conditions.sql})`, conditions),
  );
});

test('a segment ninety levels deep runs in both forms', async () => {
  let where: Node = { trait: 'city', exists: true };
  for (let level = 0; level < 45; level += 1) where = { not: { any: [where, { event: 'Page Viewed', count: { gte: level + 1 } }] } };
  const [answer] = await askAll([where], contextOf('2026-03-29T12:00:00Z', 'UTC'));
  expect(answer?.conditions).toHaveLength(45 * 3 + 1);
});

const ids = Array.from({ length: 25 }, (_, index) => idOf(index));

/** Names the condition and the first person for whom the two differ: a diff of ids would say nothing. */
function assertSame(node: Node, holding: readonly string[], { people }: Population, world: OracleWorld): void {
  const known = new Set(people.map(({ profile_id }) => profile_id));
  if (new Set(holding).size !== holding.length || !holding.every((id) => known.has(id)))
    throw new Error(`a member twice, or one of no entity:\n${JSON.stringify([node, holding])}`);
  for (const person of people) {
    const expected = matches(node, person, world);
    if (holding.includes(person.profile_id) === expected) continue;
    const events = [...(world.happenings.get(person.profile_id) ?? []), ...(world.returns.get(person.profile_id) ?? [])];
    throw new Error(
      `the oracle says ${expected}, SQL the opposite:\n${[node, person, events, [world.asOf, world.timezone]].map((part) => JSON.stringify(part)).join('\n')}`,
    );
  }
}

function contextOf(asOf: string, timezone: string): CompileContext {
  const members = { database: warehouse.databases.state, table: 'test_members' };
  return {
    now: new Date(asOf),
    timezone,
    members,
    versions: new Map([
      ['first', '1'],
      ['second', '1'],
    ]),
  };
}

/** Segments that others refer to, as published versions. */
async function setMembers(members: Readonly<Record<string, readonly string[]>>): Promise<void> {
  const run = (sql: string) => runSql(warehouse.owner, sql);
  await run('create or replace table sluice_state.test_members as sluice_state.segment_members engine = Memory');
  const rows = Object.entries(members).flatMap(([segment_id, list]) =>
    list.map((member_uuid) => ({ segment_id, version: 1, member_uuid })),
  );
  // A member of an older version that is not a member any more.
  await warehouse.owner.insert('sluice_state.test_members', [...rows, { segment_id: 'first', version: 0, member_uuid: idOf(0) }]);
}

interface Answer {
  readonly members: readonly string[];
  /** Of the statement with literals, where it was asked. */
  readonly literal: readonly string[] | undefined;
  readonly conditions: readonly { readonly path: Path; readonly ids: readonly string[] }[];
}

/** Every tree in both forms, in one query: a thousand trees would otherwise be two thousand queries. */
async function askAll(trees: readonly Node[], context: CompileContext, hasApp = false): Promise<Answer[]> {
  const catalogue = worldCatalogue(warehouse.prefix, { hasApp });
  const segment = (id: string) => [id, readOrThrow(id, { trait: 'city', exists: true })] as const;
  const parts: string[] = [];
  const params: Record<string, unknown> = {};
  const add = (tag: string, select: string, compiled: Compiled) => {
    const renamed = compiled.sql.replace(/\{p(\d+):/g, `{${tag}_$1:`);
    for (const [name, value] of Object.entries(compiled.params)) params[`${tag}_${name.slice(1)}`] = value;
    parts.push(`select '${tag}' as tag, ${select} as answer from (\n${renamed}\n)`);
  };

  const paths = trees.map((tree, index) => {
    const checked = checkSegment(readOrThrow('random', tree), {
      catalogue,
      segments: new Map([segment('first'), segment('second')]),
      lists: WORLD_LISTS,
      allowsSql: true,
    });
    if (!checked.ok) throw new Error(checked.problems.map((problem) => formatProblem(problem)).join('\n'));
    const conditions = compileConditions(checked.segment, context);
    add(`m${index}`, '[arraySort(groupArray(toString(profile_id)))]', compileSegment(checked.segment, context));
    add(
      `c${index}`,
      `[${conditions.columns.map(({ column }) => `arraySort(groupArrayIf(toString(profile_id), ${column}))`).join(', ')}]`,
      conditions,
    );
    // As a statement without parameters, which says `as_of` as SQL.
    if (index % LITERAL_EVERY === 0) {
      const moment = `toDateTime64('${clickhouseTime(context.now.getTime())}', 3, 'UTC')`;
      const sql = membersSql(checked.segment, context, 'members', new Literals(moment, context.timezone));
      add(`l${index}`, '[arraySort(groupArray(toString(profile_id)))]', { sql, params: {}, settings: {} });
    }
    return conditions.columns.map(({ path }) => path);
  });

  const query = defineQuery({
    name: 'test.trees',
    sql: parts.join('\nunion all\n'),
    params: z.looseObject({}),
    row: z.object({ tag: z.string(), answer: z.array(z.array(z.string())) }),
  });
  const rows = await warehouse.reader.ask(query, params, {
    settings: { join_use_nulls: 0, transform_null_in: 0, max_query_size: '10000000' },
  });
  const byTag = new Map(rows.map(({ tag, answer }) => [tag, answer]));
  return paths.map((list, index) => ({
    members: byTag.get(`m${index}`)?.[0] ?? [],
    literal: byTag.get(`l${index}`)?.[0],
    conditions: list.map((path, column) => ({ path, ids: byTag.get(`c${index}`)?.[column] ?? [] })),
  }));
}

function readOrThrow(id: string, where: Node) {
  const read = readDefinition({ id, title: id, entity: 'person', where });
  if (!read.ok) throw new Error(read.problems.map((problem) => formatProblem(problem)).join('\n'));
  return read.definition;
}

function partAt(tree: Node, path: Path): Node {
  return path.slice(1).reduce<unknown>((part, key) => (part as Record<string | number, unknown>)[key], tree) as Node;
}
