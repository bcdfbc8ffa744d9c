/** Measures the probabilistic layer, and exact composite keys beside it, on sets of records with truth. */
import * as z from 'zod';
import type { Dbt } from '../../../src/dbt/dbt.ts';
import { defineQuery } from '../../../src/warehouse/query.ts';
import type { Warehouse } from '../../../src/warehouse/warehouse.ts';
import { componentsOf } from './components.ts';
import { linkByCompositeKeys } from './composite-keys.ts';
import { type LinkageScore, scorePartition } from './linkage-score.ts';
import { type LinkageSet, without } from './linkage-set.ts';
import { LINKAGE_TABLE, type MatchingProject, openMatchingProject } from './matching-project.ts';

export const METHODS = ['probabilistic', 'published profiles', 'composite keys'] as const;

export interface Measured extends LinkageScore {
  readonly set: string;
  /** probabilistic: the pairs that matching links. published profiles: what everybody reads, after guards and ids, of the same build. */
  readonly method: (typeof METHODS)[number];
  readonly records: number;
  readonly seconds: number;
}

export interface Laboratory {
  readonly warehouse: Warehouse;
  /** Opens dbt on a project. */
  openDbt(projectDir: string): Promise<Dbt>;
}

/** The models did not build. */
export class BuildFailed extends Error {
  override readonly name = 'BuildFailed';
}

/**
 * All methods on sets that were read from files (read-sets.ts), those with a national id a second time without it.
 * @throws BuildFailed when the models do not build.
 */
export async function runTruthSets(laboratory: Laboratory, sets: readonly LinkageSet[]): Promise<Measured[]> {
  return measureSets(
    laboratory,
    sets.flatMap((set) => (set.kinds.includes('national_id') ? [set, without(set, 'national_id')] : [set])),
    { isPublished: true },
  );
}

/**
 * The methods on these sets, in the order given, by the models as they ship.
 * @param isPublished builds on to the published profiles, and scores these too.
 */
export async function measureSets(
  { warehouse, openDbt }: Laboratory,
  sets: readonly LinkageSet[],
  { isPublished = false } = {},
): Promise<Measured[]> {
  const [first] = sets;
  if (!first) return [];
  const project = await openMatchingProject(warehouse, {}, { isWhole: isPublished });
  // The project can be parsed only once it has records.
  await project.show(first);
  const dbt = await openDbt(project.dir);
  try {
    const measured: Measured[] = [];
    for (const set of sets) {
      measured.push(...(await measureMatching(warehouse, dbt, project, set, isPublished)));
      measured.push(await measureCompositeKeys(warehouse, set));
    }
    return measured;
  } finally {
    await dbt.close();
    await project.remove();
  }
}

async function measureMatching(
  warehouse: Warehouse,
  dbt: Dbt,
  project: MatchingProject,
  set: LinkageSet,
  isPublished: boolean,
): Promise<Measured[]> {
  await project.show(set);
  // What is measured is a build by the warm worker; reading the changed project is not a part of it.
  await dbt.manifest();
  const result = await dbt.build({
    select: ['+identity_match_edges', ...(isPublished ? ['+profile_identifiers'] : [])],
    fullRefresh: isPublished,
  });
  if (result.status !== 'success') {
    const broken = result.models.flatMap(({ name, error }) => (error ? [`${name}: ${error.message}`] : []));
    throw new BuildFailed(`Matching ${set.name} failed: ${broken.join('; ')}`);
  }
  const pairs = await warehouse.owner.ask(linkedPairs, {});
  const found = componentsOf(
    set.records.map(({ id }) => id),
    pairs.map(({ a, b }) => [a, b] as const),
  );
  const common = { set: set.name, records: set.records.length, seconds: result.seconds };
  const measured: Measured[] = [{ ...common, method: 'probabilistic', ...scorePartition(found, truthOf(set)) }];
  if (!isPublished) return measured;
  const published = await warehouse.owner.ask(profileOfRecords, {});
  const profiles = new Map(published.map(({ record, profile }) => [record, profile]));
  return [...measured, { ...common, method: 'published profiles', ...scorePartition(profiles, truthOf(set)) }];
}

/** A record's own id is a user id (matching-project.ts). */
const profileOfRecords = defineQuery({
  name: 'bench.profile_of_records',
  sql: `
    select
        identifier_value as record,
        toString(profile_id) as profile
    from sluice.profile_identifiers
    where identifier_type = 'user_id'
  `,
  params: z.object({}),
  row: z.object({ record: z.string(), profile: z.string() }),
});

const linkedPairs = defineQuery({
  name: 'bench.linked_pairs',
  sql: "select value_a as a, value_b as b from sluice_identity.identity_match_pairs where decision = 'link'",
  params: z.object({}),
  row: z.object({ a: z.string(), b: z.string() }),
});

async function measureCompositeKeys(warehouse: Warehouse, set: LinkageSet): Promise<Measured> {
  const startedMs = performance.now();
  const found = await linkByCompositeKeys(warehouse, LINKAGE_TABLE, set);
  const seconds = (performance.now() - startedMs) / 1_000;
  return { set: set.name, method: 'composite keys', records: set.records.length, seconds, ...scorePartition(found, truthOf(set)) };
}

function truthOf(set: LinkageSet): Map<string, string> {
  return new Map(set.records.map(({ id, person }) => [id, person]));
}
