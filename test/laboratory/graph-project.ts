/** A dbt project of the identity graph alone: the solver and the rules as they ship, over evidence that a test or a benchmark writes by hand. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { defineStatement } from '../../src/warehouse/query.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import type { EntityRules } from './graph.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** Stand-ins for the models that the graph reads: only their places matter, the evidence is in tables beside them. */
const MODELS: Readonly<Record<string, string>> = {
  identity_edges: "{{ config(materialized='view') }}\nselect * from {{ this.schema }}.identity_edges__base\n",
  identity_decisions: 'select kind, node_a, node_b from {{ this.schema }}.given_decisions\n',
  identity_graph:
    "{{ config(materialized='identity_solve') }}\n-- depends_on: {{ ref('identity_edges') }}\n-- depends_on: {{ ref('identity_decisions') }}\nselect 1\n",
};

const EDGE_COLUMNS = `
  a UInt64, b UInt64, entity LowCardinality(String), type_a UInt8, type_b UInt8, rule LowCardinality(String), rule_priority UInt8,
  observed_in LowCardinality(String), source LowCardinality(String), slice UInt32, first_seen_at Nullable(DateTime64(3, 'UTC')),
  last_seen_at Nullable(DateTime64(3, 'UTC')), seen_count UInt64, score Float32, version UInt64`;

/** `a, b, …, version`: what an insert into the evidence tables names when it leaves out what the graph does not read. */
export const EDGE_INSERT_COLUMNS = [
  'a',
  'b',
  'entity',
  'type_a',
  'type_b',
  'rule',
  'rule_priority',
  'source',
  'first_seen_at',
  'last_seen_at',
  'seen_count',
  'version',
] as const;

export interface GraphProject {
  readonly dir: string;
  /** The rules of persons from the next build on. @param vars of dbt_project.yml that are to differ from the shipped ones. */
  setRules(rules: EntityRules, vars?: Readonly<Record<string, number>>): Promise<void>;
  remove(): Promise<void>;
}

export async function createGraphProject(rules: EntityRules): Promise<GraphProject> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-graph-'));
  for (const part of ['dbt_project.yml', 'profiles.yml', 'sql/macros'])
    await cp(join(REPOSITORY, part), join(dir, part), { recursive: true });
  const models = join(dir, 'models', 'identity');
  for (const folder of [models, join(dir, 'sql/tests'), join(dir, 'sql/seeds')]) await mkdir(folder, { recursive: true });
  for (const [name, sql] of Object.entries(MODELS)) await writeFile(join(models, `${name}.sql`), sql);
  const path = join(dir, 'dbt_project.yml');
  const shipped = await readFile(path, 'utf8');
  let written = shipped;
  const project: GraphProject = {
    dir,
    async setRules(next, vars = {}) {
      const document = parseDocument(shipped);
      for (const [name, value] of Object.entries(vars)) document.setIn(['vars', 'sluice', name], value);
      document.setIn(['vars', 'sluice', 'identity'], { default_country_calling_code: '1', entities: { person: ruleBlock(next) } });
      const text = document.toString();
      // The same text again would be a newer file, for which dbt reads the whole project again.
      if (text !== written) await writeFile(path, text);
      written = text;
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
  await project.setRules(rules);
  return project;
}

/** The rules as dbt_project.yml states them. */
function ruleBlock(rules: EntityRules) {
  const limitOf = ({ max, withinDays, onExcess }: NonNullable<EntityRules['types'][number]['limit']>) => ({
    max,
    on_excess: onExcess,
    ...(withinDays === undefined ? {} : { within_days: withinDays }),
  });
  return {
    survivor: rules.survivor,
    on_conflict: rules.onConflict,
    max_size: rules.maxSize,
    max_growth: rules.maxGrowth,
    sightings: { min: rules.minSightings },
    identifiers: Object.fromEntries(
      rules.types.map(({ name, limit, caps = [] }, place) => [
        name,
        {
          priority: place + 1,
          ...(limit ? { limit: limitOf(limit) } : {}),
          caps: Object.fromEntries(
            caps.map(({ type, max, withinDays }) => [type, withinDays === undefined ? max : { max, within_days: withinDays }]),
          ),
        },
      ]),
    ),
  };
}

/** The evidence tables and the decisions, empty. */
export async function createEvidenceTables({ owner }: Pick<Warehouse, 'owner'>): Promise<void> {
  const create = (table: string, columns: string, key: string) =>
    owner.run(
      defineStatement({
        name: 'test.evidence_tables',
        sql: `create or replace table sluice_identity.${table} (${columns}) engine = MergeTree() order by ${key}`,
        params: z.object({}),
      }),
      {},
    );
  await create('identity_edges__base', EDGE_COLUMNS, '(a, b)');
  await create('identity_edges__delta', EDGE_COLUMNS, '(a, b)');
  await create('given_decisions', 'kind String, node_a UInt64, node_b UInt64', 'tuple()');
}
