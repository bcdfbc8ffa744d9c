/** The identity graph, measured: speed beside its limits, correctness beside oracles, quality beside truth. */
import { fileURLToPath } from 'node:url';
import { createGraphProject } from '../../test/identity/graph-project.ts';
import type { IdentityOptions } from '../options.ts';
import { conditionsOf } from '../pipeline/conditions.ts';
import { rounded } from '../statistics.ts';
import { measureAdditions } from './additions.ts';
import { measureFullSolve } from './full-solve.ts';
import { fillEvidence } from './graph-tables.ts';
import { type Laboratory, openLaboratory } from './laboratory.ts';
import { EDGES_PER_PERSON, PEOPLE_RULES, peopleEdges } from './people-graph.ts';
import { measurePeople } from './people-runs.ts';
import { IdentityResult } from './result.ts';
import { measureShapes } from './shape-runs.ts';
import { SHAPE_RULES } from './shapes.ts';
import { runTruthSets } from './truth-sets/truth-sets.ts';

const TRUTH_SETS = fileURLToPath(new URL('../../../shared/data/identity-truth', import.meta.url));

/** For `--edges` of this many the shapes have their full sizes. */
const FULL_SIZE_EDGES = 13_000_000;

interface Tools {
  /** Progress, for people. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export async function runIdentity(options: IdentityOptions, { say, signal }: Tools): Promise<IdentityResult> {
  const tell = (line: string) => {
    signal.throwIfAborted();
    say(line);
  };
  // Before anything else: the load of the machine is that of others.
  const conditions = await inLaboratory(tell, ({ warehouse }) => conditionsOf(warehouse));
  return IdentityResult.parse({
    conditions,
    ...(await inLaboratory(tell, (laboratory) => measureGraph(laboratory, options))),
    people: await inLaboratory(tell, (laboratory) => measureNoisyPeople(laboratory, options)),
    truth_sets: await inLaboratory(tell, (laboratory) => measureTruthSets(laboratory, options)),
  });
}

/** A server for one part: what an earlier one left, in tables and in caches, would be measured too. */
async function inLaboratory<T>(say: (line: string) => void, work: (laboratory: Laboratory) => Promise<T>): Promise<T> {
  const closing = new AsyncDisposableStack();
  try {
    return await work(await openLaboratory(say, closing));
  } finally {
    await closing.disposeAsync();
  }
}

/** What needs nothing but the graph, over evidence made for it. */
async function measureGraph(laboratory: Laboratory, { only, edges, newEdges }: IdentityOptions): Promise<Partial<IdentityResult>> {
  if (!(['full', 'additions', 'shapes'] as const).some((part) => only.has(part))) return {};
  const project = await createGraphProject(PEOPLE_RULES);
  const dbt = await laboratory.openDbt(project.dir);
  const { say } = laboratory;
  const result: Partial<IdentityResult> = {};
  try {
    if (only.has('full') || only.has('additions')) {
      const people = Math.max(10, Math.round(edges / EDGES_PER_PERSON));
      say(`Making the identifiers of ${people.toLocaleString('en')} people`);
      await fillEvidence(laboratory, peopleEdges(people));
      say('Solving the whole graph: through dbt, by the bare contraction, by union-find');
      result.full = await measureFullSolve(laboratory, dbt);
      if (only.has('additions')) {
        say(`Adding ${newEdges.toLocaleString('en')} edges at a time`);
        result.additions = await measureAdditions(laboratory, dbt, people, newEdges);
      }
    }
    if (only.has('shapes')) {
      say('Solving shapes');
      await project.setRules(SHAPE_RULES);
      await dbt.manifest();
      result.shapes = await measureShapes(laboratory, dbt, Math.min(1, edges / FULL_SIZE_EDGES));
    }
    return result;
  } finally {
    await dbt.close();
    await project.remove();
  }
}

async function measureNoisyPeople(laboratory: Laboratory, { only, people }: IdentityOptions): Promise<IdentityResult['people']> {
  if (!only.has('people')) return undefined;
  laboratory.say(`Finding ${people.toLocaleString('en')} noisy people, from raw rows to the graph`);
  return measurePeople(laboratory, people);
}

/** The public sets, where somebody has put them beside the repository; they are not part of it. */
async function measureTruthSets(laboratory: Laboratory, { only }: IdentityOptions): Promise<IdentityResult['truth_sets']> {
  if (!only.has('truth-sets')) return undefined;
  laboratory.say('Linking truth sets');
  const measured = await runTruthSets(laboratory, TRUTH_SETS);
  if (measured.length === 0) laboratory.say(`  skipped: there are none in ${TRUTH_SETS}`);
  return measured.map(({ set, method, records, seconds, precision, recall, f1, bCubedF1, falsePairs, missedPairs }) => ({
    set,
    method,
    records,
    seconds: rounded(seconds),
    precision,
    recall,
    f1,
    b_cubed_f1: bCubedF1,
    false_pairs: falsePairs,
    missed_pairs: missedPairs,
  }));
}
