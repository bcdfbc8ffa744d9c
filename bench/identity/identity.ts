/** The identity graph, measured: speed beside its limits, correctness beside oracles, quality beside truth. */
import { createGraphProject } from '../../test/identity/graph-project.ts';
import type { IdentityOptions } from '../options.ts';
import { conditionsOf } from '../pipeline/conditions.ts';
import { measureAdditions } from './additions.ts';
import { measureFullSolve } from './full-solve.ts';
import { fillEvidence } from './graph-tables.ts';
import { type Laboratory, openLaboratory } from './laboratory.ts';
import { EDGES_PER_PERSON, PEOPLE_RULES, peopleEdges } from './people-graph.ts';
import { measurePeople } from './people-runs.ts';
import { IdentityResult } from './result.ts';
import { measureShapes } from './shape-runs.ts';
import { SHAPE_RULES } from './shapes.ts';

/** For `--edges` of this many the shapes have their full sizes. */
const FULL_SIZE_EDGES = 13_000_000;

interface Tools {
  /** Progress, for people. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export async function runIdentity(options: IdentityOptions, { say, signal }: Tools): Promise<IdentityResult> {
  const closing = new AsyncDisposableStack();
  try {
    const laboratory = await openLaboratory((line) => {
      signal.throwIfAborted();
      say(line);
    }, closing);
    const conditions = await conditionsOf(laboratory.warehouse);
    const graph = await measureGraph(laboratory, options);
    const people = await measureNoisyPeople(laboratory, options);
    return IdentityResult.parse({ conditions, ...graph, people });
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
