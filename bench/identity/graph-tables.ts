/** The evidence of a measured graph, written by SQL: nothing passes through Node, so making it costs little and shapes no figure. */
import * as z from 'zod';
import type { EdgeSource } from '../../test/laboratory/graph.ts';
import { createEvidenceTables } from '../../test/laboratory/graph-project.ts';
import type { Laboratory } from './laboratory.ts';

/** Both ends of the year in which everything is seen, as SQL. */
const YEAR_START = "toDateTime64('2024-01-01 00:00:00', 3, 'UTC')";

/**
 * Makes `edges` all the evidence there is.
 * @param edges SQL of (x, y, type_x, type_y, draw): declared by one source; the same pair may come twice.
 */
export async function fillEvidence(laboratory: Laboratory, edges: EdgeSource): Promise<void> {
  await createEvidenceTables(laboratory.warehouse);
  await insertEdges(laboratory, 'base', edges, 1);
  // The models upstream leave one sorted part; parts still to be merged would be measured otherwise.
  await laboratory.run('optimize table sluice_identity.identity_edges__base final');
}

/** Adds pairs that are new. @param version newer than all before. */
export async function addEvidence(laboratory: Laboratory, edges: EdgeSource, version: number): Promise<void> {
  await insertEdges(laboratory, 'delta', edges, version);
}

async function insertEdges({ run }: Laboratory, table: 'base' | 'delta', edges: EdgeSource, version: number): Promise<void> {
  await run(`
    insert into sluice_identity.identity_edges__${table}
        (a, b, entity, type_a, type_b, rule, rule_priority, observed_in, source, first_seen_at, last_seen_at, seen_count, version)
    select
        least(x, y),
        greatest(x, y),
        'person',
        if(x <= y, type_x, type_y),
        if(x <= y, type_y, type_x),
        'declared',
        2,
        'made_up',
        'web',
        ${YEAR_START} + toIntervalSecond(cityHash64(draw, 'first') % 15000000),
        ${YEAR_START} + toIntervalSecond(15000000 + cityHash64(draw, 'last') % 15000000),
        1 + cityHash64(draw, 'count') % 20,
        ${version}
    from (${edges})`);
}

/** As if the graph had never been built. */
export async function forgetGraph({ run, ask, warehouse }: Laboratory): Promise<void> {
  const tables = await ask(
    `select name from system.tables where database = '${warehouse.databases.identity}' and startsWith(name, 'identity_graph')`,
    z.object({ name: z.string() }),
  );
  for (const { name } of tables) await run(`drop table if exists sluice_identity.${name} sync`);
}
