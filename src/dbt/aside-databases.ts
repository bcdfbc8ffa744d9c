/**
 * Names of databases aside: `sluice_aside_1f0c9a2b_identity` beside `sluice_identity`. Known by their name alone, so that whoever holds the
 * lease next can drop what a killed process left.
 */
import { randomBytes } from 'node:crypto';
import type { WarehouseClient } from '../warehouse/client.ts';
import { asideDatabases, dropAside, killBuildQueries } from './queries.ts';

const start = (prefix: string) => `${prefix}_aside_`;

export const newAsidePrefix = (prefix: string) => `${start(prefix)}${randomBytes(4).toString('hex')}`;

/** Ends the queries of builds aside, and drops their databases. Only under the lease: it spares none. */
export async function clearAsides(owner: Pick<WarehouseClient, 'ask' | 'run'>, prefix: string): Promise<void> {
  const left = await owner.ask(asideDatabases, { prefix: start(prefix) });
  if (left.length === 0) return;
  await owner.run(killBuildQueries, { comment: `/* sluice-build service ${start(prefix)}` });
  for (const { name } of left) await owner.run(dropAside(name), {});
}
