/** Builds the identity graph on evidence that a test makes up, and changes that evidence between builds as the models upstream would. */
import * as z from 'zod';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { testDbt } from '../dbt.ts';
import { askSql, runSql, testWarehouse } from '../warehouse.ts';
import { type Decisions, type EdgeRow, type EntityRules, type Node, RULE_PRIORITY } from './graph.ts';
import { createEvidenceTables, createGraphProject, EDGE_INSERT_COLUMNS, type GraphProject } from './graph-project.ts';

export type SolveMode = 'full' | 'incremental' | 'none';

export interface GraphLab {
  readonly warehouse: Warehouse;
  /** As if nothing had ever been seen or built; the rules stay. */
  forget(): Promise<void>;
  /** As if nothing had ever been built: the evidence stays. */
  forgetGraph(): Promise<void>;
  setRules: GraphProject['setRules'];
  /** Makes `rows` all there is, as a change of what was there: pairs that differ are written again with a newer version. */
  show(rows: readonly EdgeRow[]): Promise<void>;
  /** Folds all changes into the base, as a rewrite of the evidence does. */
  rewrite(): Promise<void>;
  decide(decisions: Decisions): Promise<void>;
  build(options?: { readonly fullRefresh?: boolean }): Promise<SolveMode>;
  /** The canonical id of each identifier. */
  profiles(): Promise<Map<Node, bigint>>;
  /** The profile of today of each id that lost its identifiers to another in a merge. */
  aliases(): Promise<Map<bigint, bigint>>;
  rows<R extends z.ZodObject>(sql: string, row: R): Promise<z.output<R>[]>;
  close(): Promise<void>;
}

const number64 = z.string().transform((text) => BigInt(text));

export async function openGraphLab(rules: EntityRules): Promise<GraphLab> {
  const warehouse = await testWarehouse();
  const project = await createGraphProject(rules);
  const dbt = await testDbt(warehouse, { projectDir: project.dir });
  const run = (sql: string) => runSql(warehouse.owner, sql);
  const rows: GraphLab['rows'] = (sql, row) => askSql(warehouse.owner, sql, row);
  /** What the evidence tables say now, by pair. */
  let shown = new Map<string, readonly EdgeRow[]>();
  let version = 0;

  const insert = async (table: 'base' | 'delta', written: readonly EdgeRow[]) => {
    if (written.length === 0) return;
    await warehouse.owner.insert(
      `sluice_identity.identity_edges__${table}`,
      written.map((row) => recordOf(row, version)),
      { columns: EDGE_INSERT_COLUMNS },
    );
  };
  const forgetGraph = async () => {
    const tables = await rows(
      `select name from system.tables where database = '${warehouse.databases.identity}' and startsWith(name, 'identity_graph')`,
      z.object({ name: z.string() }),
    );
    for (const { name } of tables) await run(`drop table if exists sluice_identity.${name} sync`);
  };
  const forget = async () => {
    await createEvidenceTables(warehouse);
    await forgetGraph();
    shown = new Map();
    version = 0;
  };
  const lastVersion = async () => {
    const [last] = await rows(
      'select mode, version from sluice_identity.identity_graph__versions order by version desc limit 1',
      z.object({ mode: z.enum(['full', 'incremental']), version: z.string() }),
    );
    return last;
  };
  const isBuilt = async () =>
    (await rows('exists table sluice_identity.identity_graph__versions', z.object({ result: z.coerce.number() })))[0]?.result === 1;

  await forget();
  return {
    warehouse,
    rows,
    forget,
    forgetGraph,
    setRules: project.setRules,
    async show(next) {
      version += 1;
      const pairs = byPair(next);
      if (shown.size === 0) {
        await insert('base', next);
      } else {
        const changed = [...pairs].filter(([key, pair]) => !isSame(pair, shown.get(key))).flatMap(([, pair]) => pair);
        const vanished = [...shown]
          .filter(([key]) => !pairs.has(key))
          .flatMap(([, [first]]) => (first ? [{ ...first, seenCount: 0 }] : []));
        await insert('delta', [...changed, ...vanished]);
      }
      shown = pairs;
    },
    async rewrite() {
      version += 1;
      await run('truncate table sluice_identity.identity_edges__base');
      await run('truncate table sluice_identity.identity_edges__delta');
      await insert('base', [...shown.values()].flat());
    },
    async decide({ neverLink, neverUse }) {
      await run('truncate table sluice_identity.given_decisions');
      const given = [
        ...neverLink.map(([one, other]) => ({ kind: 'never_link', node_a: String(one), node_b: String(other) })),
        ...neverUse.map((node) => ({ kind: 'never_use', node_a: String(node), node_b: '0' })),
      ];
      if (given.length > 0) await warehouse.owner.insert('sluice_identity.given_decisions', given);
    },
    async build({ fullRefresh = false } = {}) {
      const before = (await isBuilt()) ? await lastVersion() : undefined;
      const result = await dbt.build({ fullRefresh });
      if (result.status !== 'success')
        throw new Error(`the graph failed: ${JSON.stringify(result.models.filter(({ status }) => status !== 'success'))}`);
      const after = await lastVersion();
      return after === undefined || after.version === before?.version ? 'none' : after.mode;
    },
    async profiles() {
      const found = await rows(
        'select node, canonical_id as id from sluice_identity.identity_graph where node != 0',
        z.object({ node: number64, id: number64 }),
      );
      return new Map(found.map(({ node, id }) => [node, id]));
    },
    async aliases() {
      const found = await rows(
        'select former_id as former, argMax(canonical_id, version) as id from sluice_identity.identity_graph__aliases group by former_id',
        z.object({ former: number64, id: number64 }),
      );
      return new Map(found.map(({ former, id }) => [former, id]));
    },
    async close() {
      await dbt.close();
      await project.remove();
      await warehouse.close();
    },
  };
}

const byPair = (rows: readonly EdgeRow[]) => Map.groupBy(rows, ({ a, b }) => `${a}-${b}`);

/** Whether the pair's rows say the same; their order says nothing. */
function isSame(rows: readonly EdgeRow[], others: readonly EdgeRow[] | undefined): boolean {
  const written = (list: readonly EdgeRow[]) => list.map((row) => JSON.stringify(recordOf(row, 0))).sort();
  return others !== undefined && JSON.stringify(written(rows)) === JSON.stringify(written(others));
}

/** A row as JSON: numbers of 64 bits as text. */
function recordOf(row: EdgeRow, version: number) {
  const at = (time: number | null) => (time === null ? null : new Date(time).toISOString());
  return {
    a: String(row.a),
    b: String(row.b),
    entity: 'person',
    type_a: row.typeA,
    type_b: row.typeB,
    rule: row.rule,
    rule_priority: RULE_PRIORITY[row.rule],
    source: row.source,
    first_seen_at: at(row.firstSeenAt),
    last_seen_at: at(row.lastSeenAt),
    seen_count: row.seenCount,
    version,
  };
}
