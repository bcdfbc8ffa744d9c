/** The identity graph, measured: speed beside its limits, correctness beside oracles, quality beside truth. */
import { createGraphProject } from '../../test/laboratory/graph-project.ts';
import { EDGES_PER_PERSON, PEOPLE_RULES, peopleEdges } from '../../test/laboratory/people-graph.ts';
import { SHAPE_RULES } from '../../test/laboratory/shapes.ts';
import type { LinkageSet } from '../../test/laboratory/truth-sets/linkage-set.ts';
import { NoTruthSet, readTruthSets } from '../../test/laboratory/truth-sets/read-sets.ts';
import { BuildFailed, runTruthSets } from '../../test/laboratory/truth-sets/truth-sets.ts';
import { benchErrors } from '../errors.ts';
import type { IdentityOptions } from '../options.ts';
import { conditionsOf } from '../pipeline/conditions.ts';
import { rounded } from '../statistics.ts';
import { measureAdditions } from './additions.ts';
import { measureFullSolve } from './full-solve.ts';
import { fillEvidence } from './graph-tables.ts';
import { type Laboratory, openLaboratory } from './laboratory.ts';
import { measurePeople } from './people-runs.ts';
import { IdentityResult } from './result.ts';
import { measureShapes } from './shape-runs.ts';

/** For `--edges` of this many the shapes have their full sizes. */
const FULL_SIZE_EDGES = 13_000_000;

const GRAPH_PARTS = ['full', 'additions', 'shapes'] as const;

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
  // Before an hour of measuring: a file that cannot be read is told at once.
  const sets = await readSets(options, tell);
  // Before anything else is measured: the load of the machine is that of others.
  const conditions = await inLaboratory(tell, ({ warehouse }) => conditionsOf(warehouse));
  return IdentityResult.parse({
    conditions,
    ...(GRAPH_PARTS.some((part) => options.only.has(part)) &&
      (await inLaboratory(tell, (laboratory) => measureGraph(laboratory, options)))),
    ...(options.only.has('people') && { people: await inLaboratory(tell, (laboratory) => measureNoisyPeople(laboratory, options)) }),
    ...(sets && { truth_sets: await inLaboratory(tell, (laboratory) => measureTruthSets(laboratory, sets)) }),
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

async function measureNoisyPeople(laboratory: Laboratory, { people }: IdentityOptions): Promise<IdentityResult['people']> {
  laboratory.say(`Finding ${people.toLocaleString('en')} noisy people, from raw rows to the graph`);
  return measurePeople(laboratory, people);
}

/** Sets of the user's own, and the public ones: none of them is part of the repository. Undefined where that part is not wanted. */
async function readSets({ only, truthSets }: IdentityOptions, say: (line: string) => void): Promise<LinkageSet[] | undefined> {
  if (!only.has('truth-sets')) return undefined;
  if (truthSets === undefined) {
    say('Truth sets are skipped: --truth-sets DIR says where they are');
    return undefined;
  }
  const sets = await readTruthSets(truthSets).catch((error: unknown) => {
    throw error instanceof NoTruthSet ? benchErrors.usage(error.message, { cause: error }) : error;
  });
  if (sets.length === 0) throw benchErrors.usage(`There is no .csv or .csv.gz in ${truthSets}`);
  return sets;
}

async function measureTruthSets(laboratory: Laboratory, sets: readonly LinkageSet[]): Promise<IdentityResult['truth_sets']> {
  laboratory.say(`Linking ${sets.length} truth sets`);
  const measured = await runTruthSets(laboratory, sets).catch((error: unknown) => {
    throw error instanceof BuildFailed ? benchErrors.step_failed(error.message, { cause: error }) : error;
  });
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
