/** dbt's manifest.json, as far as Sluice reads it: models with their columns, contracts and meta. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { extendContracts } from './extended-contracts.ts';

const Meta = z.record(z.string(), z.unknown());

const Column = z
  .object({ name: z.string(), description: z.string(), data_type: z.string().nullish(), meta: Meta })
  .transform(({ data_type, ...column }) => ({ ...column, dataType: data_type ?? undefined }));

const Model = z
  .object({
    unique_id: z.string(),
    name: z.string(),
    schema: z.string(),
    alias: z.string(),
    description: z.string(),
    original_file_path: z.string(),
    meta: Meta,
    columns: z.record(z.string(), Column),
    depends_on: z.object({ nodes: z.array(z.string()) }),
    config: z.looseObject({ materialized: z.string(), contract: z.looseObject({ enforced: z.boolean() }).optional() }),
  })
  .transform(({ unique_id, original_file_path, columns, config, depends_on, ...model }) => ({
    ...model,
    uniqueId: unique_id,
    /** Path below the project. */
    file: original_file_path,
    /** Unique ids of what it reads: models, seeds, sources. */
    dependsOn: depends_on.nodes,
    materialized: config.materialized,
    hasContract: config.contract?.enforced ?? false,
    columns: Object.values(columns),
  }));

/** Nodes that are not models (tests, seeds) are left out unread. */
export const Manifest = z.object({ nodes: z.record(z.string(), z.looseObject({ resource_type: z.string() })) }).transform(({ nodes }) => ({
  models: extendContracts(z.array(Model).parse(Object.values(nodes).filter((node) => node.resource_type === 'model'))),
}));
export type Manifest = z.output<typeof Manifest>;

export async function readManifest(path: string): Promise<Manifest> {
  return Manifest.parse(JSON.parse(await readFile(path, 'utf8')));
}
