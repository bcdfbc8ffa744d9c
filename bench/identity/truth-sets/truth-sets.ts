/** Measures the probabilistic layer, and exact composite keys beside it, on sets of records with truth. */
import * as z from 'zod';
import type { Dbt } from '../../../src/dbt/dbt.ts';
import { defineQuery } from '../../../src/warehouse/query.ts';
import type { Warehouse } from '../../../src/warehouse/warehouse.ts';
import { benchErrors } from '../../errors.ts';
import { componentsOf } from './components.ts';
import { type LinkageScore, scorePartition } from './linkage-score.ts';
import type { LinkageSet } from './linkage-set.ts';
import { type MatchingProject, openMatchingProject } from './matching-project.ts';

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

/** Links the records of each set by the models as they ship, in the order given. */
export async function linkByMatching(
  { warehouse, openDbt }: Laboratory,
  sets: readonly LinkageSet[],
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Measured[]> {
  const project = await openMatchingProject(warehouse, settings);
  const dbt = await openDbt(project.dir);
  try {
    const measured: Measured[] = [];
    for (const set of sets) measured.push(await measure(warehouse, dbt, project, set));
    return measured;
  } finally {
    await dbt.close();
    await project.remove();
  }
}

async function measure(warehouse: Warehouse, dbt: Dbt, project: MatchingProject, set: LinkageSet): Promise<Measured> {
  await project.show(set);
  // What is measured is a build by the warm worker; reading the changed project is not a part of it.
  await dbt.manifest();
  const result = await dbt.build({ select: ['+identity_match_edges'] });
  if (result.status !== 'success') {
    const failed = [...result.models, ...result.tests].filter(({ status }) => status === 'error' || status === 'fail');
    throw benchErrors.step_failed(`Matching ${set.name} failed: ${JSON.stringify(failed)}`);
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

function truthOf(set: LinkageSet): Map<string, string> {
  return new Map(set.records.map(({ id, person }) => [id, person]));
}
