/** First part of the story: the till's and the CRM's files land through `sluice load`'s own code, and are held to the published facts. */

import { join } from 'node:path';
import * as z from 'zod';
import { type LoadOptions, loadFiles } from '../src/loads/load-files.ts';
import type { LoadRequest } from '../src/loads/load-request.ts';
import { defineQuery } from '../src/warehouse/query.ts';
import { writeCustomers } from './customers.ts';
import { demoErrors } from './errors.ts';
import { assertPublishedFacts, type LandedFacts } from './facts.ts';
import { RETAIL_TABLES } from './retail-data.ts';
import type { Stages } from './stages.ts';
import type { Surroundings } from './surroundings.ts';

const households = defineQuery({
  name: 'demo.households',
  sql: `
    select distinct household_id
    from sluice_raw.pos__transactions
    order by household_id
  `,
  params: z.object({}),
  row: z.object({ household_id: z.coerce.number().int() }),
});

export interface LandedRetail extends LandedFacts {
  readonly householdIds: readonly number[];
}

export async function landRetail(surroundings: Surroundings, stages: Stages, signal: AbortSignal): Promise<LandedRetail> {
  const { warehouse, folder, retailData } = surroundings;
  const facts = await stages.run('landing', 'Loading till and CRM files of the grocery loyalty data', async (note) => {
    for (const { source, table } of RETAIL_TABLES) {
      const onProgress = (done: number, total: number) => note(`${source}.${table} ${Math.round((done / total) * 100)} %`);
      await load(surroundings, { from: join(retailData, `${table}.parquet`), source, table }, { signal, onProgress });
    }
    return assertPublishedFacts(warehouse);
  });

  const householdIds = (await warehouse.owner.ask(households, {})).map(({ household_id }) => household_id);
  await stages.run('landing', 'Loading generated names and addresses (example.com)', async () => {
    const file = join(folder.inbox, 'customers.csv');
    await writeCustomers(file, householdIds);
    await load(surroundings, { from: file, source: 'crm', table: 'customers' }, { signal });
  });
  return { ...facts, householdIds };
}

/** @throws CdpError `demo.facts_differ` when any row was rejected: the files are known to be sound. */
async function load(
  { warehouse, store, folder }: Surroundings,
  file: Pick<LoadRequest, 'from' | 'source' | 'table'>,
  options: LoadOptions,
): Promise<void> {
  const deps = { warehouse, leases: store.leases, dataDir: folder.data };
  const { rejected } = await loadFiles(deps, { ...file, mode: 'replace' }, options);
  if (rejected > 0) throw demoErrors.facts_differ(`${rejected} rows of ${file.from} do not fit ${file.source}.${file.table}.`);
}
