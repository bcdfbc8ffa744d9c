/** The identity graph built through dbt over evidence that is there, watched; and compared with union-find in memory. */
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import type { Dbt } from '../../src/dbt/dbt.ts';
import { benchErrors } from '../errors.ts';
import { watchMemory } from '../memory.ts';
import type { Laboratory } from './laboratory.ts';
import { PackedComponents } from './packed-components.ts';

export interface SolveRun {
  /** From the order to the warm worker to its answer. */
  readonly seconds: number;
  readonly peakMb: number;
  readonly rounds: number;
  readonly mode: 'full' | 'incremental';
}

const lastVersion = z.object({ mode: z.enum(['full', 'incremental']), rounds: z.coerce.number() });

/** @throws CdpError `bench.step_failed`. */
export async function solve(laboratory: Laboratory, dbt: Dbt, options: { readonly fullRefresh?: boolean } = {}): Promise<SolveRun> {
  const startedMs = performance.now();
  const { result, peakMb } = await watchMemory(laboratory.serverPid, () =>
    dbt.build({ select: ['identity_decisions', 'identity_graph'], fullRefresh: options.fullRefresh ?? false }),
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  if (result.status !== 'success')
    throw benchErrors.step_failed(`The graph failed: ${JSON.stringify(result.models.map(({ error }) => error?.message))}`);
  const [last] = await laboratory.ask(
    'select mode, rounds from sluice_identity.identity_graph__versions order by version desc limit 1',
    lastVersion,
  );
  if (!last) throw benchErrors.step_failed('The graph has no version after a build');
  return { seconds, peakMb, ...last };
}

/** Rows of two UInt64 as they come from the server, for `PackedComponents`. @param select SQL with the databases named in full. */
export async function readPairs({ warehouse }: Laboratory, select: string): Promise<Uint32Array> {
  const bytes = await buffer(await warehouse.owner.raw(select, 'RowBinary'));
  // A copy only when the buffer does not begin on a multiple of four.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Buffer.from(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

/** The components of all pairs of the evidence, as if no guard had anything to do. */
export async function unionFind(
  laboratory: Laboratory,
): Promise<{ readonly components: PackedComponents; readonly readSeconds: number; readonly seconds: number }> {
  const { identity } = laboratory.warehouse.databases;
  const readMs = performance.now();
  const pairs = await readPairs(
    laboratory,
    `select a, b from ${identity}.identity_edges__base union all select a, b from ${identity}.identity_edges__delta`,
  );
  const solveMs = performance.now();
  const components = new PackedComponents(Math.max(16, pairs.length / 2));
  components.join(pairs);
  return { components, readSeconds: (solveMs - readMs) / 1_000, seconds: (performance.now() - solveMs) / 1_000 };
}

/** @throws CdpError `bench.results_differ` unless the graph, as it is published, has exactly these components. */
export async function expectGraph(laboratory: Laboratory, components: PackedComponents): Promise<void> {
  const { identity } = laboratory.warehouse.databases;
  await expectLabels(
    laboratory,
    components,
    `select node, canonical_id from ${identity}.identity_graph where node != 0`,
    'the identity graph',
  );
}

export async function expectLabels(laboratory: Laboratory, components: PackedComponents, select: string, what: string): Promise<void> {
  const wrong = components.differences(await readPairs(laboratory, select));
  if (wrong > 0) throw benchErrors.results_differ(`${what} and union-find differ in ${wrong} of ${components.nodes} identifiers`);
}
