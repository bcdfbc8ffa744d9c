/** A build of the graph that dies after any of its statements: readers see the graph of before or of after, and the next build ends up where one that never died does. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { testDbt } from '../dbt.ts';
import { type EntityRules, SHIPPED_RULES } from '../laboratory/graph.ts';
import { createEvidenceTables, createGraphProject, type GraphProject } from '../laboratory/graph-project.ts';
import { askSql, runSql, testWarehouse } from '../warehouse.ts';

const RULES: EntityRules = {
  ...SHIPPED_RULES,
  types: [
    { name: 'user_id', limit: { max: 1, onExcess: 'split' } },
    { name: 'email', caps: [{ type: 'user_id', max: 2 }] },
    { name: 'cookie' },
  ],
};

/** Stands in for dbt's own macro: counts the statements of a build, and dies before the one whose number `dies_at` holds. */
const DYING_RUN_QUERY = `
{% macro run_query(sql) %}
    {%- if execute -%}
        {%- call statement('count', fetch_result=false) -%} insert into {{ target.schema }}_identity.statements select 1 {%- endcall -%}
        {%- call statement('fate', fetch_result=true) -%}
            select (select count() from {{ target.schema }}_identity.statements) = (select max(statement) from {{ target.schema }}_identity.dies_at)
        {%- endcall -%}
        {%- if load_result('fate')['data'][0][0] | int == 1 -%}{%- do exceptions.raise_compiler_error('died') -%}{%- endif -%}
    {%- endif -%}
    {%- call statement('run_query_statement', fetch_result=true, auto_begin=false) -%}{{ sql }}{%- endcall -%}
    {%- do return(load_result('run_query_statement').table) -%}
{% endmacro %}
`;

let warehouse: Warehouse;
let project: GraphProject;
let dbt: Awaited<ReturnType<typeof testDbt>>;
const run = (sql: string) => runSql(warehouse.owner, sql);
const ask = <R extends z.ZodObject>(sql: string, row: R) => askSql(warehouse.owner, sql, row);

beforeAll(async () => {
  warehouse = await testWarehouse();
  project = await createGraphProject(RULES);
  await mkdir(join(project.dir, 'sql/macros'), { recursive: true });
  await writeFile(join(project.dir, 'sql/macros/dying.sql'), DYING_RUN_QUERY);
  dbt = await testDbt(warehouse, { projectDir: project.dir });
});
afterAll(async () => {
  await dbt.close();
  await project.remove();
  await warehouse.close();
});

/** `[one, other]` by name; u… is a user id, e… an e-mail address, c… a cookie. Without an other, or with a count of 0: as it says. */
type Edge = readonly [one: string, other: string, day: number, count?: number];

const typeOf = (name: string) => ({ u: 1, e: 2, c: 3 })[name[0] ?? ''] ?? 3;
async function show(table: 'base' | 'delta', version: number, edges: readonly Edge[]): Promise<void> {
  const rows = edges.map(
    ([one, other, day, count = 1]) =>
      `select sipHash64('${one}') as x, sipHash64('${other}') as y, ${typeOf(one)} as tx, ${typeOf(other)} as ty, toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalDay(${day}) as at, ${count} as n`,
  );
  await run(`
    insert into sluice_identity.identity_edges__${table} (a, b, entity, type_a, type_b, rule, rule_priority, first_seen_at, last_seen_at, seen_count, version)
    select least(x, y), greatest(x, y), 'person', if(x < y, tx, ty), if(x < y, ty, tx), 'declared', 2, at, at, n, ${version} from (${rows.join(' union all ')})`);
}

async function forget(): Promise<void> {
  await createEvidenceTables(warehouse);
  await run('create or replace table sluice_identity.statements (one UInt8) engine = MergeTree() order by tuple()');
  await run('create or replace table sluice_identity.dies_at (statement UInt64) engine = MergeTree() order by tuple()');
  const left = await ask(
    `select name from system.tables where database = '${warehouse.databases.identity}' and startsWith(name, 'identity_graph')`,
    z.object({ name: z.string() }),
  );
  for (const { name } of left) await run(`drop table if exists sluice_identity.${name} sync`);
}

/** How many statements it ran. `diesAt`: the number of the one that it dies before. */
async function build(options: { readonly fullRefresh: boolean; readonly diesAt?: number }): Promise<{ died: boolean; statements: number }> {
  await run('truncate table sluice_identity.statements');
  await run('truncate table sluice_identity.dies_at');
  if (options.diesAt !== undefined) await run(`insert into sluice_identity.dies_at select ${options.diesAt}`);
  const result = await dbt.build({ fullRefresh: options.fullRefresh });
  const failed = result.models.filter(({ status }) => status === 'error');
  for (const { error } of failed) if (!error?.message.includes('died')) throw new Error(JSON.stringify(error));
  const [count] = await ask('select count() as n from sluice_identity.statements', z.object({ n: z.coerce.number() }));
  return { died: failed.length > 0, statements: count?.n ?? 0 };
}

/** All that readers see: the graph, and what the logs say up to its version. */
async function seen() {
  const committed = 'version <= (select max(version) from sluice_identity.identity_graph where node = 0)';
  const log = (name: string, columns: string) =>
    ask(
      `select toString(tuple(${columns})) as row from sluice_identity.identity_graph__${name} where ${committed} order by row`,
      z.object({ row: z.string() }),
    );
  return {
    graph: await ask(
      'select toString(tuple(node, canonical_id)) as row from sluice_identity.identity_graph where node != 0 order by row',
      z.object({ row: z.string() }),
    ),
    profiles: await log('profiles', 'canonical_id, first_seen_at'),
    changes: await log('changes', 'kind, from_id, into_id, node_a, node_b, rule'),
    aliases: await log('aliases', 'former_id, canonical_id'),
    violations: await log('violations', 'is_open, kind, type_number, node_a, node_b'),
  };
}

const FIRST: readonly Edge[] = [
  ['u1', 'e1', 1],
  ['e1', 'c1', 1],
  ['c2', 'c3', 2],
  ['u2', 'e2', 3],
  ['e2', 'c4', 3],
  ['c4', 'c5', 3],
  ['c5', 'c6', 3],
  ['u3', 'c7', 4],
  ['u4', 'e4', 4],
  ['u5', 'e4', 4],
];
/** A merge, a split, a new person, a new identifier, a violation that begins, and one that another edge moves. */
const SECOND: readonly Edge[] = [
  ['c1', 'c2', 9],
  ['c4', 'c5', 9, 0],
  ['u6', 'e6', 9],
  ['u3', 'c8', 9],
  ['u3', 'e2', 9],
  ['u1', 'e4', 9],
  ['c6', 'c6', 9],
];

describe.each([
  { what: 'a build that solves what is new', fullRefresh: false },
  { what: 'a build that solves everything again', fullRefresh: true },
])('$what', ({ fullRefresh }) => {
  test('may die before any statement: readers see all of it or nothing, and the next one ends where it would have', async () => {
    await forget();
    await show('base', 1, FIRST);
    await build({ fullRefresh: false });
    await show('delta', 2, SECOND);
    const { statements } = await build({ fullRefresh });
    const after = await seen();

    await forget();
    await show('base', 1, FIRST);
    await build({ fullRefresh: false });
    await show('delta', 2, SECOND);
    const before = await seen();
    expect(before).not.toEqual(after);
    expect(after.changes.length).toBeGreaterThan(3);

    // Not before each: a build costs half a second. Thirteen has no divisor in common with the rounds of a contraction.
    for (let diesAt = 1; diesAt <= statements; diesAt += 13) {
      const { died } = await build({ fullRefresh, diesAt });
      const now = await seen();
      const isPublished = JSON.stringify(now.graph) === JSON.stringify(after.graph);
      expect(now, `after dying before statement ${diesAt} of ${statements}`).toEqual(isPublished ? after : before);
      if (isPublished || !died) break;
    }
    await build({ fullRefresh });
    expect(await seen()).toEqual(after);
  });
});
