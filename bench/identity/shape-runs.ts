/** Graphs that break naive solvers, each solved from nothing and compared with what must come out. */
import * as z from 'zod';
import type { Dbt } from '../../src/dbt/dbt.ts';
import { type Shape, shapesOf } from '../../test/laboratory/shapes.ts';
import { benchErrors } from '../errors.ts';
import { rounded } from '../statistics.ts';
import { fillEvidence, forgetGraph } from './graph-tables.ts';
import type { Laboratory } from './laboratory.ts';
import type { ShapeResult } from './result.ts';
import { solve } from './solve-runs.ts';

const counted = z.object({ edges: z.coerce.number(), identifiers: z.coerce.number(), profiles: z.coerce.number() });

export async function measureShapes(laboratory: Laboratory, dbt: Dbt, scale: number): Promise<ShapeResult[]> {
  const results: ShapeResult[] = [];
  for (const shape of shapesOf(scale)) {
    const result = await measureShape(laboratory, dbt, shape);
    laboratory.say(`  ${shape.name}: ${result.seconds.toFixed(1)} s in ${result.rounds} rounds`);
    results.push(result);
  }
  return results;
}

async function measureShape(laboratory: Laboratory, dbt: Dbt, shape: Shape): Promise<ShapeResult> {
  await fillEvidence(laboratory, shape.edges);
  await forgetGraph(laboratory);
  const { seconds, rounds, peakMb } = await solve(laboratory, dbt);
  // Every identifier of the evidence must be in the graph, and their number with that of the profiles leaves no other partition of these shapes.
  const [found] = await laboratory.ask(
    `select
        (select count() from sluice_identity.identity_edges__base) as edges,
        (select uniqExact(node) from (select arrayJoin([a, b]) as node from sluice_identity.identity_edges__base)) as identifiers,
        (select (count(), uniqExact(node), uniqExact(canonical_id)) from sluice_identity.identity_graph where node != 0) as graph,
        if(graph.1 = identifiers and graph.2 = identifiers, graph.3, 0) as profiles`,
    counted,
  );
  if (found?.profiles !== shape.profiles)
    throw benchErrors.results_differ(`The ${shape.name} came out as ${found?.profiles} profiles; it has ${shape.profiles}`);
  return { shape: shape.name, ...found, seconds: rounded(seconds), rounds, peak_mb: Math.round(peakMb) };
}
