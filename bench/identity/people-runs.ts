/** Noisy people, from raw rows through every model of identity, compared with who they are. */
import * as z from 'zod';
import type { Dbt } from '../../src/dbt/dbt.ts';
import { noisyRows, YEAR_START } from '../../test/laboratory/noisy-people.ts';
import { createNoisyProject, type NoisyProject } from '../../test/laboratory/noisy-project.ts';
import { scorePartitionInSql } from '../../test/laboratory/partition-score.ts';
import { createPeople, type Population, type TrueIdentifier } from '../../test/laboratory/people.ts';
import { benchErrors } from '../errors.ts';
import { watchMemory } from '../memory.ts';
import { rounded } from '../statistics.ts';
import { churnSince, keepGraph } from './full-solve.ts';
import type { Laboratory } from './laboratory.ts';
import type { PeopleResult } from './result.ts';

const SEED = 4;
/** The first build sees ten months; what follows comes in builds of its own. */
const BUILDS_AT_DAYS = [300, 330, 370];
const DAY_MS = 86_400_000;
const CHUNK = 50_000;

export async function measurePeople(laboratory: Laboratory, people: number): Promise<PeopleResult> {
  const population = { people, seed: SEED };
  const project = await createNoisyProject(laboratory.warehouse);
  const dbt = await laboratory.openDbt(project.dir);
  try {
    await landTruth(laboratory, population);
    const builds: { readonly seconds: number; readonly rows: number }[] = [];
    let peakMb = 0;
    for (const rows of yearInParts(population)) {
      const landed = await land(project, rows);
      const { seconds, peakMb: peak } = await build(laboratory, dbt);
      builds.push({ seconds: rounded(seconds), rows: landed });
      peakMb = Math.max(peakMb, peak);
      laboratory.say(`  ${landed.toLocaleString('en')} rows: ${seconds.toFixed(1)} s`);
    }
    const score = await scorePartitionInSql(laboratory, labelled);
    const limits = await brokenLimits(laboratory, project.limits);
    await keepGraph(laboratory, 'people');
    const full = await build(laboratory, dbt, true);
    return {
      people,
      rows: builds.reduce((total, { rows }) => total + rows, 0),
      score,
      limit_violations: limits,
      recorded_violations: await recordedViolations(laboratory),
      builds,
      full_seconds: rounded(full.seconds),
      churn: await churnSince(laboratory, 'people'),
      peak_mb: Math.round(Math.max(peakMb, full.peakMb)),
    };
  } finally {
    await dbt.close();
    await project.remove();
  }
}

/** The year, cut where builds come. */
function* yearInParts(
  population: Population,
): Generator<Iterable<ReturnType<typeof noisyRows> extends Generator<infer Day> ? Day : never>> {
  const days = noisyRows(population);
  for (const until of BUILDS_AT_DAYS) {
    yield {
      *[Symbol.iterator]() {
        for (let next = days.next(); !next.done; next = days.next()) {
          yield next.value;
          if ((next.value.at(-1)?.received_at.getTime() ?? 0) >= YEAR_START + (until - 1) * DAY_MS) return;
        }
      },
    };
  }
}

async function land(project: NoisyProject, days: Iterable<Parameters<NoisyProject['land']>[0]>): Promise<number> {
  let rows = 0;
  let chunk: Parameters<NoisyProject['land']>[0][number][] = [];
  for (const day of days) {
    chunk.push(...day);
    rows += day.length;
    if (chunk.length < CHUNK) continue;
    await project.land(chunk);
    chunk = [];
  }
  if (chunk.length > 0) await project.land(chunk);
  return rows;
}

async function landTruth({ run, warehouse }: Laboratory, population: Population): Promise<void> {
  await run(
    'create or replace table sluice_identity.noisy_truth (type LowCardinality(String), value String, owner String) engine = MergeTree() order by (type, value)',
  );
  let chunk: TrueIdentifier[] = [];
  const flush = async () => {
    if (chunk.length > 0) await warehouse.owner.insert('sluice_identity.noisy_truth', chunk, { columns: ['type', 'value', 'owner'] });
    chunk = [];
  };
  for (const identifier of createPeople(population).truth()) {
    chunk.push(identifier);
    if (chunk.length >= CHUNK) await flush();
  }
  await flush();
}

/** Profile and owner of every identifier that is in the graph. */
const labelled = `
    select graph.canonical_id as profile, truth.owner as owner
    from sluice_identity.identity_graph as graph
    inner join sluice_identity.identity_identifiers as identifier on identifier.node = graph.node
    inner join sluice_identity.noisy_truth as truth on truth.type = identifier.identifier_type and truth.value = identifier.identifier_value
    where graph.node != 0`;

async function build(
  { serverPid }: Laboratory,
  dbt: Dbt,
  fullRefresh = false,
): Promise<{ readonly seconds: number; readonly peakMb: number }> {
  const { result, peakMb } = await watchMemory(serverPid, () =>
    dbt.build({ select: ['+identity_map', '+identity_identifiers'], fullRefresh }),
  );
  if (result.status === 'success') return { seconds: result.seconds, peakMb };
  const failed = [...result.models, ...result.tests].filter(({ status }) => status === 'error' || status === 'fail');
  throw benchErrors.step_failed(`Building the noisy people failed: ${JSON.stringify(failed)}`);
}

/** Profiles that hold more values of a type than the rules allow. */
async function brokenLimits({ ask }: Laboratory, limits: ReadonlyMap<string, number>): Promise<number> {
  const isTooMuch = [...limits].map(([type, max]) => `countIf(identifier_type = '${type}') > ${max}`);
  const [found] = await ask(
    `select count() as profiles from (
        select profile_id from sluice_identity.identity_map where entity = 'person' group by profile_id having ${isTooMuch.join(' or ') || '0'}
    )`,
    z.object({ profiles: z.coerce.number() }),
  );
  return found?.profiles ?? 0;
}

/** What the guards held back, by kind: evidence that they had something to do. */
async function recordedViolations({ ask }: Laboratory): Promise<Record<string, number>> {
  const found = await ask(
    `select kind, count() as times from (
        select kind, type_number, node_a, node_b from sluice_identity.identity_graph__violations
        group by kind, type_number, node_a, node_b having argMax(is_open, version) = 1
    ) group by kind order by kind`,
    z.object({ kind: z.string(), times: z.coerce.number() }),
  );
  return Object.fromEntries(found.map(({ kind, times }) => [kind, times]));
}
