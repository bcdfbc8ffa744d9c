/**
 * Databases for trial builds: `sluice_aside_trial_identity` beside `sluice_identity`. The name is the same each time, because a project is
 * parsed for the names of its databases, and a parse takes longer than most trials. The name alone identifies them, so the next holder of
 * the lease can drop what a killed process left.
 */
import type { WarehouseClient } from '../warehouse/client.ts';
import { asideDatabases, buildComment, createAside, dropAside, killBuildQueries } from './queries.ts';

export const asidePrefix = (prefix: string) => `${prefix}_aside_trial`;

/** Makes the database that dbt connects to; dbt makes those that it builds into. */
export async function makeAside(owner: Pick<WarehouseClient, 'run'>, prefix: string): Promise<void> {
  await owner.run(createAside(asidePrefix(prefix)), {});
}

/** Ends the queries of trial builds, and drops their databases. Call it only under the lease: it ends every trial build. */
export async function clearAsides(owner: Pick<WarehouseClient, 'ask' | 'run'>, prefix: string): Promise<void> {
  const left = await owner.ask(asideDatabases, { prefix: asidePrefix(prefix) });
  if (left.length === 0) return;
  await owner.run(killBuildQueries, { comment: buildComment(asidePrefix(prefix)) });
  for (const { name } of left) await owner.run(dropAside(name), {});
}
