/** Builds the identity models on a graph that a test makes up, in place of one that came out of events. */
import * as z from 'zod';
import type { Dbt } from '../src/dbt/dbt.ts';
import { defineQuery, defineStatement } from '../src/warehouse/query.ts';
import type { Warehouse } from '../src/warehouse/warehouse.ts';
import { testDbt } from './dbt.ts';
import { testWarehouse } from './warehouse.ts';

export interface Graph {
  readonly nodes: readonly { readonly node: number; readonly seenAt?: string }[];
  readonly edges: readonly (readonly [number, number])[];
}

export interface IdentityLab {
  readonly warehouse: Warehouse;
  /** The components of this graph. */
  connect(graph: Graph): Promise<void>;
  /** Its components, ids and aliases, from the state that the last solve left. */
  solve(graph: Graph): Promise<void>;
  /** As if nothing had ever been built. */
  forget(): Promise<void>;
  components(): Promise<Map<number, string>>;
  /** Profile id by node. */
  profiles(): Promise<Map<number, string>>;
  /** Profile id by former profile id. */
  aliases(): Promise<Map<string, string>>;
  rows<R extends z.ZodObject>(sql: string, row: R): Promise<z.output<R>[]>;
  close(): Promise<void>;
}

const SOLVED = ['identity_components', 'identity_groups', 'identity_profiles', 'profile_aliases', 'identity_map'];

export async function openIdentityLab(): Promise<IdentityLab> {
  const warehouse = await testWarehouse();
  const dbt: Dbt = await testDbt(warehouse);
  const run = (sql: string) => warehouse.owner.run(defineStatement({ name: 'test.identity', sql, params: z.object({}) }), {});
  const rows: IdentityLab['rows'] = (sql, row) =>
    warehouse.owner.ask(defineQuery({ name: 'test.identity', sql, params: z.object({}), row }), {});

  /** The shapes of the models, without their making. */
  await dbt.build({ select: ['+identity_map'] });

  async function build({ nodes, edges }: Graph, select: readonly string[]): Promise<void> {
    await run('truncate table sluice_identity.identity_identifiers');
    await run('truncate table sluice_identity.identity_edges');
    await warehouse.owner.insert(
      'sluice_identity.identity_identifiers',
      nodes.map(({ node, seenAt }) => ({
        node,
        entity: 'person',
        identifier_type: 'user_id',
        identifier_value: String(node),
        first_seen_at: seenAt ?? null,
      })),
      { columns: ['node', 'entity', 'identifier_type', 'identifier_value', 'first_seen_at'] },
    );
    await warehouse.owner.insert(
      'sluice_identity.identity_edges',
      edges.map(([x, y]) => ({ entity: 'person', a: Math.min(x, y), b: Math.max(x, y) })),
      { columns: ['entity', 'a', 'b'] },
    );
    const result = await dbt.build({ select });
    const failed = result.models.filter((model) => model.status !== 'success');
    const tests = result.tests.filter((test) => test.status !== 'pass');
    if (failed.length + tests.length > 0) throw new Error(`the identity models failed: ${JSON.stringify([...failed, ...tests])}`);
  }

  return {
    warehouse,
    rows,
    connect: (graph) => build(graph, ['identity_components']),
    solve: (graph) => build(graph, SOLVED),
    async forget() {
      await run('truncate table sluice_identity.identity_map');
      await run('truncate table sluice.profile_aliases');
    },
    async components() {
      const found = await rows(
        'select node, component from sluice_identity.identity_components',
        z.object({ node: z.coerce.number(), component: z.string() }),
      );
      return new Map(found.map(({ node, component }) => [node, component]));
    },
    async profiles() {
      const found = await rows(
        'select node, profile_id from sluice_identity.identity_map order by node',
        z.object({ node: z.coerce.number(), profile_id: z.string() }),
      );
      return new Map(found.map(({ node, profile_id }) => [node, profile_id]));
    },
    async aliases() {
      const found = await rows(
        'select former_profile_id, profile_id from sluice.profile_aliases',
        z.object({ former_profile_id: z.string(), profile_id: z.string() }),
      );
      return new Map(found.map(({ former_profile_id, profile_id }) => [former_profile_id, profile_id]));
    },
    async close() {
      await dbt.close();
      await warehouse.close();
    },
  };
}
