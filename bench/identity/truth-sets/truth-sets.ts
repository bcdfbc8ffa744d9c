/** Measures the probabilistic layer, and exact composite keys beside it, on sets of records with truth. */
import * as z from 'zod';
import type { Dbt } from '../../../src/dbt/dbt.ts';
import { defineQuery } from '../../../src/warehouse/query.ts';
import type { Warehouse } from '../../../src/warehouse/warehouse.ts';
import { benchErrors } from '../../errors.ts';
import { secondsOf } from '../../statistics.ts';
import { componentsOf } from './components.ts';
import { linkByCompositeKeys } from './composite-keys.ts';
import { type LinkageScore, scorePartition } from './linkage-score.ts';
import { type LinkageSet, without } from './linkage-set.ts';
import { LINKAGE_TABLE, type MatchingProject, openMatchingProject } from './matching-project.ts';
import { readTruthSets } from './read-sets.ts';

export interface Measured extends LinkageScore {
  readonly set: string;
  readonly method: 'probabilistic' | 'composite keys';
  readonly records: number;
  readonly seconds: number;
}

export interface Laboratory {
  readonly warehouse: Warehouse;
  /** Opens dbt on a project. */
  openDbt(projectDir: string): Promise<Dbt>;
}

/**
 * Both methods on the public sets whose files are in `dir`, those with a national id a second time without it.
 *
 * @returns nothing when no file is there
 * @throws CdpError bench.step_failed when the models do not build
 */
export async function runTruthSets(laboratory: Laboratory, dir: string): Promise<Measured[]> {
  const sets = await readTruthSets(dir);
  return measureSets(
    laboratory,
    sets.flatMap((set) => (set.kinds.includes('national_id') ? [set, without(set, 'national_id')] : [set])),
  );
}

/** Both methods on these sets, in the order given, by the models as they ship. */
export async function measureSets({ warehouse, openDbt }: Laboratory, sets: readonly LinkageSet[]): Promise<Measured[]> {
  const [first] = sets;
  if (!first) return [];
  const project = await openMatchingProject(warehouse);
  // The project can be parsed only once it has records.
  await project.show(first);
  const dbt = await openDbt(project.dir);
  try {
    const measured: Measured[] = [];
    for (const set of sets) {
      measured.push(await measureMatching(warehouse, dbt, project, set));
      measured.push(await measureCompositeKeys(warehouse, set));
    }
    return measured;
  } finally {
    await dbt.close();
    await project.remove();
  }
}

async function measureMatching(warehouse: Warehouse, dbt: Dbt, project: MatchingProject, set: LinkageSet): Promise<Measured> {
  await project.show(set);
  // What is measured is a build by the warm worker; reading the changed project is not a part of it.
  await dbt.manifest();
  const result = await dbt.build({ select: ['+identity_match_edges'] });
  if (result.status !== 'success') {
    const broken = result.models.flatMap(({ name, error }) => (error ? [`${name}: ${error.message}`] : []));
    throw benchErrors.step_failed(`Matching ${set.name} failed: ${broken.join('; ')}`);
  }
  const pairs = await warehouse.owner.ask(linkedPairs, {});
  const found = componentsOf(
    set.records.map(({ id }) => id),
    pairs.map(({ a, b }) => [a, b] as const),
  );
  return {
    set: set.name,
    method: 'probabilistic',
    records: set.records.length,
    seconds: result.seconds,
    ...scorePartition(found, truthOf(set)),
  };
}

const linkedPairs = defineQuery({
  name: 'bench.linked_pairs',
  sql: "select value_a as a, value_b as b from sluice_identity.identity_match_pairs where decision = 'link'",
  params: z.object({}),
  row: z.object({ a: z.string(), b: z.string() }),
});

async function measureCompositeKeys(warehouse: Warehouse, set: LinkageSet): Promise<Measured> {
  let found = new Map<string, string>();
  const seconds = await secondsOf(async () => {
    found = await linkByCompositeKeys(warehouse, LINKAGE_TABLE, set);
  });
  return { set: set.name, method: 'composite keys', records: set.records.length, seconds, ...scorePartition(found, truthOf(set)) };
}

function truthOf(set: LinkageSet): Map<string, string> {
  return new Map(set.records.map(({ id, person }) => [id, person]));
}
