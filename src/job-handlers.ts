/** What each kind of job does: the build, and what the kinds of documents declare. */
import type { Dbt } from './dbt/dbt.ts';
import { type DocumentKind, jobNameOf } from './documents/kind.ts';
import { BuildOptions } from './schedule/jobs.ts';
import type { JobHandler, JobHandlers } from './schedule/queue.ts';

/** @param rooms what the jobs of the kinds ask for. */
export function jobHandlers<Rooms>(dbt: Dbt, kinds: readonly DocumentKind<never, never, Rooms>[], rooms: Rooms): JobHandlers {
  return {
    build: buildHandler(dbt),
    ...Object.fromEntries(kinds.flatMap((kind) => (kind.job ? [[jobNameOf(kind, kind.job), handlerOf(kind.job, rooms)]] : []))),
  };
}

function handlerOf<Rooms>({ run }: NonNullable<DocumentKind<never, never, Rooms>['job']>, rooms: Rooms): JobHandler {
  return async (job, { signal }) => {
    if (job.name === 'build') throw new Error('the build is no work of a document');
    const { name: _, ...request } = job;
    return run(request, rooms, signal);
  };
}

function buildHandler(dbt: Dbt): JobHandler {
  return async (job, { signal }) => {
    const { select, exclude, full_refresh: fullRefresh } = BuildOptions.parse(job);
    const asked = { ...(select && { select }), ...(exclude && { exclude }), ...(fullRefresh && { fullRefresh }) };
    const { runId, status, models, tests } = await dbt.build({ ...asked, signal });
    const count = (list: readonly { readonly status: string }[], ...wanted: string[]) =>
      list.filter((one) => wanted.includes(one.status)).length;
    const built = { models_built: count(models, 'success'), models_failed: count(models, 'error') };
    return {
      // A project without models builds nothing to wait for.
      succeeded: status === 'success' && models.length > 0,
      summary: { run_id: runId, status, ...built, tests_failed: count(tests, 'fail', 'error') },
    };
  };
}
