/** A whole graph of people: solved through dbt, by the bare contraction beside it, and by union-find in memory; all three must agree. */
import * as z from 'zod';
import type { Dbt } from '../../src/dbt/dbt.ts';
import { watchMemory } from '../memory.ts';
import { median, rounded } from '../statistics.ts';
import { BARE_LABELS, contractBare } from './bare-contraction.ts';
import { forgetGraph } from './graph-tables.ts';
import type { Laboratory } from './laboratory.ts';
import type { FullSolveResult } from './result.ts';
import { expectGraph, expectLabels, solve, unionFind } from './solve-runs.ts';

/** Taken with the others in turn, so that other work on the machine hits all of them. */
const TURNS = 3;
/** A graph of more edges is solved once: a turn takes a quarter of an hour. */
const MANY_EDGES = 50_000_000;

const BARE_EDGES = 'sluice_identity.bare_e0';

/** The evidence must be there. Leaves the graph built. */
export async function measureFullSolve(laboratory: Laboratory, dbt: Dbt): Promise<FullSolveResult> {
  const { run, ask, say, serverPid } = laboratory;
  await run(
    `create or replace table ${BARE_EDGES} engine = MergeTree() order by (a, b) as select a, b from sluice_identity.identity_edges__base`,
  );
  const ours: number[] = [];
  const bare: number[] = [];
  const inMemory: { readonly solve: number; readonly read: number }[] = [];
  const peaks = { ours: 0, bare: 0 };
  const rounds = { ours: 0, bare: 0 };
  let size = { nodes: 0, components: 0 };
  const [edges] = await ask(`select count() as edges from ${BARE_EDGES}`, z.object({ edges: z.coerce.number() }));
  const turns = (edges?.edges ?? 0) > MANY_EDGES ? 1 : TURNS;
  for (let turn = 1; turn <= turns; turn += 1) {
    await forgetGraph(laboratory);
    const solved = await solve(laboratory, dbt);
    ours.push(solved.seconds);
    peaks.ours = Math.max(peaks.ours, solved.peakMb);
    rounds.ours = solved.rounds;

    const startedMs = performance.now();
    const contracted = await watchMemory(serverPid, () => contractBare(laboratory, BARE_EDGES));
    bare.push((performance.now() - startedMs) / 1_000);
    peaks.bare = Math.max(peaks.bare, contracted.peakMb);
    rounds.bare = contracted.result;

    const { components, readSeconds, seconds } = await unionFind(laboratory);
    inMemory.push({ solve: seconds, read: readSeconds });
    size = { nodes: components.nodes, components: components.components };
    await expectGraph(laboratory, components);
    await expectLabels(
      laboratory,
      components,
      `select v, r from ${BARE_LABELS.replace(/^sluice/, laboratory.warehouse.prefix)}`,
      'the bare contraction',
    );
    say(
      `  turn ${turn} of ${turns}: dbt ${ours.at(-1)?.toFixed(1)} s, bare contraction ${bare.at(-1)?.toFixed(1)} s, union-find ${seconds.toFixed(1)} s; all agree`,
    );
  }
  for (const table of [BARE_EDGES, BARE_LABELS]) await run(`drop table ${table} sync`);
  const again = await solveAgain(laboratory, dbt);
  return {
    edges: edges?.edges ?? 0,
    identifiers: size.nodes,
    profiles: size.components,
    seconds: rounded(median(ours)),
    rounds: rounds.ours,
    peak_mb: Math.round(peaks.ours),
    bare_seconds: rounded(median(bare)),
    bare_rounds: rounds.bare,
    bare_peak_mb: Math.round(peaks.bare),
    ratio_to_bare: rounded(median(ours.map((seconds, turn) => seconds / (bare[turn] ?? seconds)))),
    union_find_seconds: rounded(median(inMemory.map(({ solve }) => solve))),
    union_find_read_seconds: rounded(median(inMemory.map(({ read }) => read))),
    ...again,
  };
}

/** Everything again over the graph that is there, with all ids kept. */
async function solveAgain(laboratory: Laboratory, dbt: Dbt): Promise<Pick<FullSolveResult, 'again_seconds' | 'again_churn'>> {
  await keepGraph(laboratory, 'before');
  const { seconds } = await solve(laboratory, dbt, { fullRefresh: true });
  return { again_seconds: rounded(seconds), again_churn: await churnSince(laboratory, 'before') };
}

/** A copy of who is who now, to be compared with later. */
export async function keepGraph({ run }: Laboratory, name: string): Promise<void> {
  await run(
    `create or replace table sluice_identity.kept_${name} engine = MergeTree() order by node as select node, canonical_id from sluice_identity.identity_graph where node != 0`,
  );
}

/** Identifiers whose profile is another one than in the copy, or that are in one of the two only. */
export async function churnSince({ ask, run }: Laboratory, name: string): Promise<number> {
  const [churn] = await ask(
    `select count() as identifiers from (
        select node from (
            select node, canonical_id from sluice_identity.kept_${name} union all
            select node, canonical_id from sluice_identity.identity_graph where node != 0
        ) group by node having count() != 2 or uniqExact(canonical_id) != 1
    )`,
    z.object({ identifiers: z.coerce.number() }),
  );
  await run(`drop table sluice_identity.kept_${name} sync`);
  return churn?.identifiers ?? 0;
}
