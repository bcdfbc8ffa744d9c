/** What stands on the whole of a segment: the SQL beside an oracle, and what the buckets promise. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { idOf, nodes, populations } from '../../test/segments/arbitrary.ts';
import { wholes } from '../../test/segments/arbitrary-whole.ts';
import { matches, type OracleWorld } from '../../test/segments/oracle.ts';
import { standings, type Whole } from '../../test/segments/oracle-whole.ts';
import { createWorld, fillWorld, worldCatalogue } from '../../test/segments/world.ts';
import { runSql, testWarehouse } from '../../test/warehouse.ts';
import { formatProblem } from '../documents/problem.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { bucketOf, bucketPrefix, bucketSql } from './bucket.ts';
import { checkSegment } from './check-against-catalogue.ts';
import type { CheckedSegment } from './checked.ts';
import { type CompileContext, type Compiled, compileSegment } from './compile.ts';
import { compileStanding } from './compile-standing.ts';
import type { Node } from './definition.ts';
import { readDefinition } from './document.ts';

const RUNS = 5;
const SEGMENTS_PER_RUN = 8;
const AS_OF = '2026-03-29T12:00:00Z';

let warehouse: Warehouse;

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
});
afterAll(async () => warehouse.close());

describe('exclude, split, holdout and limit', () => {
  test(`${RUNS * SEGMENTS_PER_RUN} random segments: members, held-out and what takes everybody else away are what the oracle says`, async () => {
    const scenario = fc.record({
      population: populations,
      segments: fc.array(fc.tuple(fc.oneof(fc.constant(EVERYBODY), nodes(['first'])), wholes(['first', 'second'])), {
        minLength: SEGMENTS_PER_RUN,
        maxLength: SEGMENTS_PER_RUN,
      }),
      members: fc.record({ first: fc.subarray(ids), second: fc.subarray(ids) }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ population, segments, members }) => {
        const { people, happenings, returns } = population;
        await fillWorld(warehouse, people, happenings, population);
        await setMembers(members);
        const world: OracleWorld = {
          people,
          happenings: Map.groupBy(happenings, ({ profile_id }) => profile_id),
          returns: Map.groupBy(returns, ({ customer_id }) => customer_id ?? ''),
          members: new Map(Object.entries(members).map(([id, list]) => [id, new Set(list)])),
          asOf: AS_OF,
          timezone: 'UTC',
        };
        const answers = await askAll(segments);
        for (const [index, [where, whole]] of segments.entries()) {
          const found = people.filter((person) => matches(where, person, world));
          const expected = standings(found, whole, world);
          const having = (wanted: string) => [...expected].flatMap(([id, standing]) => (standing === wanted ? [id] : [])).sort();
          const message = JSON.stringify([where, whole]);
          expect(answers.get(`m${index}`), message).toEqual(having('member'));
          expect(answers.get(`h${index}`), message).toEqual(having('holdout'));
          const said = people.map(({ profile_id: id }) => `${id} ${expected.get(id) ?? 'none'}`).sort();
          expect(answers.get(`s${index}`), message).toEqual(said);
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 300_000);
});

test('a bucket is the same in ClickHouse and in TypeScript, whatever the key is', async () => {
  const keys = ['', 'a', 'ada@example.com', '日本', 'Été', '0', '18446744073709551615', idOf(1), 'x'.repeat(1_000), "it's \\ \n"];
  const prefix = bucketPrefix('split', 'Été 1');
  const query = defineQuery({
    name: 'test.buckets',
    sql: `select arrayMap(key -> ${bucketSql('{prefix:String}', 'key')}, {keys:Array(String)}) as buckets`,
    params: z.looseObject({}),
    row: z.object({ buckets: z.array(z.coerce.number()) }),
  });
  const [row] = await warehouse.reader.ask(query, { prefix, keys });
  expect(row?.buckets).toEqual(keys.map((key) => bucketOf(prefix, key)));
});

const EVERYBODY: Node = {
  any: [
    { trait: 'city', exists: true },
    { trait: 'city', missing: true },
  ],
};
const ids = Array.from({ length: 25 }, (_, index) => idOf(index));

async function setMembers(members: Readonly<Record<string, readonly string[]>>): Promise<void> {
  await runSql(warehouse.owner, 'create or replace table sluice_state.whole_members as sluice_state.segment_members engine = Memory');
  const rows = Object.entries(members).flatMap(([segment_id, list]) =>
    list.map((member_uuid) => ({ segment_id, version: 1, member_uuid })),
  );
  if (rows.length > 0) await warehouse.owner.insert('sluice_state.whole_members', rows);
}

function checked(where: Node, whole: Whole): CheckedSegment {
  const others = ['first', 'second'].map((id) => [id, defined(id, EVERYBODY, {})] as const);
  const found = checkSegment(defined('random', where, whole), {
    catalogue: worldCatalogue(warehouse.prefix),
    segments: new Map(others),
    allowsSql: true,
  });
  if (!found.ok) throw new Error(found.problems.map((problem) => formatProblem(problem)).join('\n'));
  return found.segment;
}

function defined(id: string, where: Node, whole: Whole) {
  const read = readDefinition({ id, title: id, entity: 'person', where, ...whole });
  if (!read.ok) throw new Error(read.problems.map((problem) => formatProblem(problem)).join('\n'));
  return read.definition;
}

/** All in one query. `m`: members, `h`: held out, `s`: each key and its standing. */
async function askAll(segments: readonly (readonly [Node, Whole])[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const context: CompileContext = {
    now: new Date(AS_OF),
    timezone: 'UTC',
    members: { database: warehouse.databases.state, table: 'whole_members' },
    versions: new Map(['first', 'second'].map((id) => [id, '1'])),
  };
  const parts: string[] = [];
  const params: Record<string, unknown> = {};
  const add = (tag: string, answer: string, compiled: Compiled) => {
    for (const [name, value] of Object.entries(compiled.params)) params[`${tag}_${name.slice(1)}`] = value;
    parts.push(
      `select '${tag}' as tag, arraySort(groupArray(${answer})) as answer from (\n${compiled.sql.replace(/\{p(\d+):/g, `{${tag}_$1:`)}\n)`,
    );
  };
  for (const [index, [where, whole]] of segments.entries()) {
    const segment = checked(where, whole);
    add(`m${index}`, 'toString(profile_id)', compileSegment(segment, context));
    if (whole.holdout) add(`h${index}`, 'toString(profile_id)', compileSegment(segment, context, 'holdout'));
    else parts.push(`select 'h${index}' as tag, []::Array(String) as answer`);
    add(`s${index}`, "concat(toString(profile_id), ' ', standing)", compileStanding(segment, context));
  }
  const query = defineQuery({
    name: 'test.wholes',
    sql: parts.join('\nunion all\n'),
    params: z.looseObject({}),
    row: z.object({ tag: z.string(), answer: z.array(z.string()) }),
  });
  const settings = { join_use_nulls: 0, transform_null_in: 0, max_query_size: '10000000' } as const;
  const rows = await warehouse.reader.ask(query, params, { settings });
  return new Map(rows.map(({ tag, answer }) => [tag, answer]));
}
