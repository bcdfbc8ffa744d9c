import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { askedAt, nodes, populations, zones } from '../../test/segments/arbitrary.ts';
import { relatedNodes, relatedRows } from '../../test/segments/arbitrary-related.ts';
import { accountMatches, personMatches, type RelatedWorld } from '../../test/segments/oracle-related.ts';
import { createRelated, fillRelated, relatedCatalogue, tested } from '../../test/segments/related-world.ts';
import { createWorld, fillWorld } from '../../test/segments/world.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import { formatProblem, type Path } from '../documents/problem.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { acceptSegment } from './accept.ts';
import { checkSegment } from './check-against-catalogue.ts';
import { type CompileContext, type Compiled, compileSegment } from './compile.ts';
import { compileConditions } from './compile-conditions.ts';
import type { Node } from './definition.ts';
import { readDefinition } from './document.ts';

const TREES_PER_RUN = 20;
const RUNS = 5;

let warehouse: Warehouse;

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
  await createRelated(warehouse);
});
afterAll(async () => warehouse.close());

/** Without memberships: no segment is published in this world. */
const people = nodes(['none']).filter((node) => !JSON.stringify(node).includes('"segment"'));

test.each([
  ['person', 'profile_id'],
  ['account', 'account_id'],
] as const)(
  'random conditions of a %s on related rows: SQL and oracle agree on every one of them and on every condition',
  async (entity, key) => {
    const scenario = fc.record({
      population: populations,
      rows: relatedRows,
      trees: fc.array(relatedNodes(entity, people), { minLength: TREES_PER_RUN, maxLength: TREES_PER_RUN }),
      timezone: zones,
      asOf: askedAt,
      isTested: fc.boolean(),
    });
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async ({ population, rows: drawn, trees, timezone, asOf, isTested }) => {
        const rows = isTested ? tested(drawn, population.people) : drawn;
        await fillWorld(warehouse, population.people, population.happenings, population);
        await fillRelated(warehouse, rows);
        const world: RelatedWorld = {
          people: population.people,
          rows,
          happenings: Map.groupBy(population.happenings, ({ profile_id }) => profile_id),
          returns: Map.groupBy(population.returns, ({ customer_id }) => customer_id ?? ''),
          members: new Map(),
          asOf,
          timezone,
        };
        const everybody =
          entity === 'person'
            ? population.people.map((person) => ({ id: person.profile_id, holds: (node: Node) => personMatches(node, person, world) }))
            : rows.accounts.map((account) => ({
                id: String(account.account_id),
                holds: (node: Node) => accountMatches(node, account, world),
              }));
        const answers = await askAll(entity, key, trees, contextOf(asOf, timezone), isTested);
        for (const [index, { members, conditions }] of answers.entries()) {
          const tree = trees[index] as Node;
          const all = [
            { node: tree, holding: members },
            ...conditions.map(({ path, ids }) => ({ node: partAt(tree, path), holding: ids })),
          ];
          for (const { node, holding } of all) {
            const expected = everybody.filter(({ holds }) => holds(node)).map(({ id }) => id);
            if (JSON.stringify([...holding].sort()) !== JSON.stringify(expected.sort()))
              throw new Error(
                `the oracle says ${expected.join(' ')}, SQL ${holding.join(' ')}:\n${JSON.stringify(node)}\n${sqlOf(entity, node, contextOf(asOf, timezone), isTested)}\n${JSON.stringify([rows, asOf, timezone])}`,
              );
            compared += everybody.length;
          }
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(compared).toBeGreaterThan(TREES_PER_RUN * RUNS * 6);
  },
  900_000,
);

test('a pattern that the warehouse cannot read is refused where it stands, within `every` and `that` too', async () => {
  const where = {
    related: 'accounts',
    where: [
      { column: 'role', is: 'owner' },
      { column: 'role', matches: '(a' },
    ],
    every: [{ column: 'account', that: { trait: 'name', matches: '(b' } }],
  };
  const read = readDefinition({ id: 'one', title: 'One', entity: 'person', where });
  if (!read.ok) throw new Error('not read');
  const result = await acceptSegment(warehouse, read.definition, { catalogue: relatedCatalogue(warehouse.prefix), segments: new Map() });
  expect(result.ok ? [] : result.problems.map((problem) => formatProblem(problem))).toEqual([
    expect.stringContaining('where.where[1].matches: is not a regular expression of RE2'),
    expect.stringContaining('where.every[0].that.matches: is not a regular expression of RE2'),
  ]);
});

function contextOf(asOf: string, timezone: string): CompileContext {
  return { now: new Date(asOf), timezone, members: { database: warehouse.databases.state, table: 'none' }, versions: new Map() };
}

function checked(entity: string, where: Node, isTested: boolean) {
  const read = readDefinition({ id: 'random', title: 'random', entity, where });
  if (!read.ok) throw new Error(read.problems.map((problem) => formatProblem(problem)).join('\n') + JSON.stringify(where));
  const result = checkSegment(read.definition, {
    catalogue: relatedCatalogue(warehouse.prefix, { isTested }),
    segments: new Map(),
    allowsSql: true,
  });
  if (!result.ok) throw new Error(result.problems.map((problem) => formatProblem(problem)).join('\n') + JSON.stringify(where));
  return result.segment;
}

function sqlOf(entity: string, node: Node, context: CompileContext, isTested: boolean): string {
  const { sql, params } = compileSegment(checked(entity, node, isTested), context);
  return `${sql}\n${JSON.stringify(params)}`;
}

/** Every tree in both forms, in one query. */
async function askAll(entity: string, key: string, trees: readonly Node[], context: CompileContext, isTested: boolean) {
  const parts: string[] = [];
  const params: Record<string, unknown> = {};
  const add = (tag: string, select: string, compiled: Compiled) => {
    const renamed = compiled.sql.replace(/\{p(\d+):/g, `{${tag}_$1:`);
    for (const [name, value] of Object.entries(compiled.params)) params[`${tag}_${name.slice(1)}`] = value;
    parts.push(`select '${tag}' as tag, ${select} as answer from (\n${renamed}\n)`);
  };
  const paths = trees.map((tree, index) => {
    const segment = checked(entity, tree, isTested);
    const conditions = compileConditions(segment, context);
    add(`m${index}`, `[groupArray(toString(${key}))]`, compileSegment(segment, context));
    add(`c${index}`, `[${conditions.columns.map(({ column }) => `groupArrayIf(toString(${key}), ${column})`).join(', ')}]`, conditions);
    return conditions.columns.map(({ path }) => path);
  });
  const query = defineQuery({
    name: 'test.related',
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
    conditions: list.map((path, column) => ({ path, ids: byTag.get(`c${index}`)?.[column] ?? [] })),
  }));
}

function partAt(tree: Node, path: Path): Node {
  return path.slice(1).reduce<unknown>((part, key) => (part as Record<string | number, unknown>)[key], tree) as Node;
}
