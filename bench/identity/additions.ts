/** New evidence over a large graph: the incremental build through the warm worker, which must say what solving everything says. */
import type { Dbt } from '../../src/dbt/dbt.ts';
import { newEdges } from '../../test/laboratory/people-graph.ts';
import { benchErrors } from '../errors.ts';
import { median, rounded } from '../statistics.ts';
import { churnSince, keepGraph } from './full-solve.ts';
import { addEvidence } from './graph-tables.ts';
import type { Laboratory } from './laboratory.ts';
import type { AdditionsResult } from './result.ts';
import { expectGraph, solve, unionFind } from './solve-runs.ts';

const BATCHES = 3;

/** The graph must be built over the evidence of `people`. */
export async function measureAdditions(laboratory: Laboratory, dbt: Dbt, people: number, edges: number): Promise<AdditionsResult> {
  const seconds: number[] = [];
  let peakMb = 0;
  for (let batch = 1; batch <= BATCHES; batch += 1) {
    await addEvidence(laboratory, newEdges(people, edges, batch), 1 + batch);
    const solved = await solve(laboratory, dbt);
    if (solved.mode !== 'incremental') throw benchErrors.step_failed(`The build of ${edges} new edges was ${solved.mode}, not incremental`);
    seconds.push(solved.seconds);
    peakMb = Math.max(peakMb, solved.peakMb);
    const { components } = await unionFind(laboratory);
    await expectGraph(laboratory, components);
    laboratory.say(
      `  batch ${batch} of ${BATCHES}: ${solved.seconds.toFixed(2)} s, ${components.components.toLocaleString('en')} profiles, as union-find says`,
    );
  }
  await keepGraph(laboratory, 'incremental');
  const full = await solve(laboratory, dbt, { fullRefresh: true });
  const differing = await churnSince(laboratory, 'incremental');
  if (differing > 0) throw benchErrors.results_differ(`${differing} identifiers have another profile when everything is solved again`);
  return {
    edges,
    seconds: rounded(median(seconds)),
    slowest_seconds: rounded(Math.max(...seconds)),
    peak_mb: Math.round(peakMb),
    full_seconds: rounded(full.seconds),
  };
}
