/**
 * Databases aside: `sluice_aside_trial_identity` beside `sluice_identity`. The name is the same each time, because a project is parsed for the
 * names of its databases, and a parse takes longer than most trials. Known by their name alone, so that whoever holds the lease next can drop
 * what a killed process left.
 */
import type { WarehouseClient } from '../warehouse/client.ts';
import { asideDatabases, buildComment, createAside, dropAside, killBuildQueries } from './queries.ts';

export const asidePrefix = (prefix: string) => `${prefix}_aside_trial`;

/** The database that dbt connects to; it makes those that it builds into by itself. */
export async function makeAside(owner: Pick<WarehouseClient, 'run'>, prefix: string): Promise<void> {
  await owner.run(createAside(asidePrefix(prefix)), {});
}

/** Ends the queries of builds aside, and drops their databases. Only under the lease: it spares none. */
export async function clearAsides(owner: Pick<WarehouseClient, 'ask' | 'run'>, prefix: string): Promise<void> {
  const left = await owner.ask(asideDatabases, { prefix: asidePrefix(prefix) });
  if (left.length === 0) return;
  await owner.run(killBuildQueries, { comment: buildComment(asidePrefix(prefix)) });
  for (const { name } of left) await owner.run(dropAside(name), {});
}
