/**
 * Builds that the service did not run: what is scheduled after a build follows them too, once for each invocation of dbt, however often it is
 * reported and by however many replicas it is seen. They are known by the record that the dbt package writes (sql/macros/invocations.sql), by
 * `sluice after-build` and by POST /api/builds.
 */
import { inArray, sql } from 'drizzle-orm';
import * as z from 'zod';
import { errors } from './dbt/errors.ts';
import type { Manifest } from './dbt/manifest.ts';
import { type FollowDeps, readersOf } from './follow-build.ts';
import { type Job, subjectOf } from './schedule/jobs.ts';
import type { Queue } from './schedule/queue.ts';
import { dependentsOf, listScheduled } from './schedule/scheduled.ts';
import { scheduleSlots } from './store/schema.ts';
import type { Store } from './store/store.ts';
import { defineQuery } from './warehouse/query.ts';
import type { Warehouse } from './warehouse/warehouse.ts';

export interface ReportedBuild {
  /** dbt's own id of the run. */
  readonly invocationId: string;
  readonly isSuccess: boolean;
  /** Names or unique ids of what was built; undefined for everything. */
  readonly models?: readonly string[];
}

export interface Followed {
  readonly invocation_id: string;
  /** False when it was reported before: then nothing was queued now. */
  readonly is_new: boolean;
  /** `segment:x`, `sync:y`. */
  readonly queued: readonly string[];
}

export interface ReportDeps<Rooms> extends FollowDeps<Rooms> {
  readonly store: Store;
  readonly queue: Pick<Queue, 'enqueue'>;
}

/**
 * Queues what reads the tables that were built. A build that failed is followed by nothing.
 * @throws CdpError `dbt.unknown_models`, and what reading the project throws: then nothing is remembered of the report, and it may be made again.
 */
export async function followReportedBuild<Rooms>(deps: ReportDeps<Rooms>, build: ReportedBuild): Promise<Followed> {
  const { store, queue } = deps;
  const { invocationId } = build;
  const jobs = build.isSuccess ? await concerned(deps, build.models) : [];
  return store.transaction(async (transaction) => {
    const schedule = subjectOfInvocation(invocationId);
    // Two who report the same at once come here one after the other.
    await transaction.execute(sql`select pg_advisory_xact_lock(hashtext(${schedule}))`);
    const known = await transaction
      .select()
      .from(scheduleSlots)
      .where(inArray(scheduleSlots.schedule, [schedule]));
    if (known.length > 0) return { invocation_id: invocationId, is_new: false, queued: [] };
    const now = sql`clock_timestamp()`;
    await transaction.insert(scheduleSlots).values({ schedule, slotAt: now, outcome: 'enqueued', recordedAt: now });
    for (const job of jobs) await queue.enqueue(job, transaction);
    return { invocation_id: invocationId, is_new: true, queued: jobs.map(subjectOf) };
  });
}

/** Follows the recorded builds that no replica has followed yet. */
export async function followRecordedBuilds<Rooms>(
  deps: ReportDeps<Rooms> & { readonly warehouse: Pick<Warehouse, 'owner'> },
): Promise<readonly Followed[]> {
  const { store, warehouse } = deps;
  const recorded = await warehouse.owner.ask(recordedBuilds, {});
  if (recorded.length === 0) return [];
  const subjects = recorded.map(({ invocation_id }) => subjectOfInvocation(invocation_id));
  const known = await store.attempt((db) =>
    db.select({ schedule: scheduleSlots.schedule }).from(scheduleSlots).where(inArray(scheduleSlots.schedule, subjects)),
  );
  const done = new Set(known.map(({ schedule }) => schedule));
  const followed: Followed[] = [];
  for (const { invocation_id: invocationId, is_partial, models } of recorded) {
    if (done.has(subjectOfInvocation(invocationId))) continue;
    followed.push(await followReportedBuild(deps, { invocationId, isSuccess: true, ...(is_partial && { models }) }));
  }
  return followed.filter(({ is_new }) => is_new);
}

/** In the record of slots, which is kept for longer than the record of builds is read. */
const subjectOfInvocation = (invocationId: string) => `invocation:${invocationId.toLowerCase()}`;

/** As far back as the clock looks for missed slots (schedule/due.ts). */
const recordedBuilds = defineQuery({
  name: 'builds.recorded',
  sql: `
    select
        runs.invocation_id as invocation_id,
        notEmpty(runs.selected) or notEmpty(runs.excluded) or notEmpty(runs.vars) as is_partial,
        models.unique_ids as models
    from sluice_audit.dbt_runs as runs
    inner join
    (
        select
            run_id,
            groupArray(unique_id) as unique_ids
        from sluice_audit.dbt_run_models
        where status = 'success' and started_at > now() - interval 8 day
        group by run_id
    ) as models on models.run_id = runs.run_id
    where runs.recorded_by = 'dbt'
      and runs.status = 'success'
      and runs.started_at > now() - interval 8 day
      and runs.finished_at > now() - interval 7 day
    order by runs.finished_at
  `,
  params: z.object({}),
  row: z.object({ invocation_id: z.string(), is_partial: z.coerce.boolean(), models: z.array(z.string()) }),
});

async function concerned<Rooms>(deps: ReportDeps<Rooms>, names: readonly string[] | undefined): Promise<readonly Job[]> {
  const dependents = dependentsOf({ name: 'build' }, await listScheduled(deps.store.resources, deps.kinds));
  if (names === undefined || dependents.length === 0) return dependents;
  const models = builtModels(await deps.manifest(), names);
  const isConcerned = await readersOf(deps, { models });
  const jobs: Job[] = [];
  for (const job of dependents) if (await isConcerned(job)) jobs.push(job);
  return jobs;
}

/** Unique ids of seeds, snapshots and tests are let through: what reads a model that reads these is concerned by that model. */
function builtModels({ models }: Pick<Manifest, 'models'>, names: readonly string[]) {
  const known = new Map(models.flatMap(({ name, uniqueId }) => [[name, uniqueId] as const, [uniqueId, uniqueId] as const]));
  const unknown = names.filter((name) => !known.has(name) && !name.includes('.'));
  if (unknown.length > 0) throw errors.unknown_models(`There is no model ${unknown.join(', ')} in this project`);
  return names.flatMap((name) => (known.has(name) ? [{ uniqueId: known.get(name) ?? name, status: 'success' as const }] : []));
}
