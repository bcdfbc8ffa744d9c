/**
 * Trial builds: models are built into databases of their own, from the real raw data, and thrown away. No published table is
 * touched, and nothing is recorded. They answer questions of the form "what if".
 */
import { type Databases, databasesOf } from '../sql/databases.ts';
import { asidePrefix, makeAside } from './aside-databases.ts';
import { errors } from './errors.ts';
import type { BuildResult } from './result.ts';
import { type BuildCollaborators, type BuildEvent, buildUnderLease, clearBuild, underLease } from './runs.ts';

export interface TrialBuild {
  /** Databases of the trial. dbt makes those that it builds into; `raw` must be made by the code that needs it. */
  readonly databases: Databases;
  /** Aborted when the work is to stop, and when the lease is lost. */
  readonly signal: AbortSignal;
  /**
   * Builds models, without their tests.
   * @param vars replace those of dbt_project.yml that have the same names.
   * @throws CdpError as `Dbt.build` does; also `dbt.failed` when a model fails, with its name and the database's words.
   */
  build(select: readonly string[], vars?: Readonly<Record<string, unknown>>): Promise<BuildResult>;
}

export interface TrialOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: BuildEvent) => void;
}

/**
 * Gives `work` trial databases, and drops them whatever happens; after a crash the next build drops them. Builds of one installation run
 * one after the other, trials included: two solves at once would compete for the same memory.
 * @throws CdpError `dbt.busy`, and what `work` throws.
 */
export async function workAside<T>(
  collaborators: Omit<BuildCollaborators, 'record'>,
  { signal: stop, onEvent }: TrialOptions,
  work: (aside: TrialBuild) => Promise<T>,
): Promise<T> {
  const { owner, prefix: realPrefix } = collaborators.warehouse;
  return underLease(collaborators.leases, stop, async (signal) => {
    await clearBuild(collaborators.warehouse);
    const prefix = asidePrefix(realPrefix);
    const databases = databasesOf(prefix);
    const trial = { ...collaborators, warehouse: { owner, databases, prefix }, record: async () => undefined };
    const build: TrialBuild['build'] = async (select, vars = {}) => {
      const request = { select, vars: { ...vars, sluice_aside: prefix }, isWithoutTests: true, ...(onEvent && { onEvent }) };
      const result = await buildUnderLease(trial, request, signal);
      const failed = result.models.find(({ status }) => status === 'error');
      if (failed) throw errors.failed(`${failed.name}: ${failed.error?.message ?? 'it failed'}`);
      return result;
    };
    try {
      await makeAside(collaborators.warehouse.owner, realPrefix);
      return await work({ databases, signal, build });
    } finally {
      await clearBuild(collaborators.warehouse);
    }
  });
}
