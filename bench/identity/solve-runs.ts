/** The identity graph built through dbt over evidence that is there, watched; and compared with union-find in memory. */
import * as z from 'zod';
import type { Dbt } from '../../src/dbt/dbt.ts';
import { PackedComponents } from '../../test/laboratory/packed-components.ts';
import { benchErrors } from '../errors.ts';
import { watchMemory } from '../memory.ts';
import type { Laboratory } from './laboratory.ts';

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

/** Rows of two UInt64, packed for `PackedComponents`, as they come from the server: of a hundred million the memory would not hold all. */
async function* packedPairs({ warehouse }: Laboratory, select: string): AsyncGenerator<Uint32Array> {
  let rest = Buffer.alloc(0);
  for await (const chunk of await warehouse.owner.raw(select, 'RowBinary')) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    const whole = bytes.length - (bytes.length % 16);
    // A copy: what arrives need not begin on a multiple of four, as the array must.
    yield new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + whole));
    rest = Buffer.from(bytes.subarray(whole));
  }
}

/** Of identifiers in the evidence, with room for what an estimate may be wrong by (2 % at most). */
async function roomForIdentifiers({ ask }: Laboratory): Promise<number> {
  const [found] = await ask(
    `select uniqCombined64(20)(arrayJoin([a, b])) as identifiers from (
        select a, b from sluice_identity.identity_edges__base union all select a, b from sluice_identity.identity_edges__delta
    )`,
    z.object({ identifiers: z.coerce.number() }),
  );
  return Math.ceil((found?.identifiers ?? 0) * 1.05) + 100;
}

export interface InMemory {
  readonly components: PackedComponents;
  /** To get the edges out of the warehouse; not a part of `seconds`. */
  readonly readSeconds: number;
  readonly seconds: number;
}

/** The components of all pairs of the evidence, as if no guard had anything to do. */
export async function unionFind(laboratory: Laboratory): Promise<InMemory> {
  const { identity } = laboratory.warehouse.databases;
  const components = new PackedComponents(await roomForIdentifiers(laboratory));
  const startedMs = performance.now();
  let joiningMs = 0;
  const pairs = `select a, b from ${identity}.identity_edges__base union all select a, b from ${identity}.identity_edges__delta`;
  for await (const chunk of packedPairs(laboratory, pairs)) {
    const joinMs = performance.now();
    components.join(chunk);
    joiningMs += performance.now() - joinMs;
  }
  return { components, readSeconds: (performance.now() - startedMs - joiningMs) / 1_000, seconds: joiningMs / 1_000 };
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

/** @param select SQL of (identifier, label) with the databases named in full. */
export async function expectLabels(laboratory: Laboratory, components: PackedComponents, select: string, what: string): Promise<void> {
  const comparison = components.compare();
  for await (const labelled of packedPairs(laboratory, select)) comparison.add(labelled);
  const wrong = comparison.differences();
  if (wrong > 0) throw benchErrors.results_differ(`${what} and union-find differ in ${wrong} of ${components.nodes} identifiers`);
}
