/** dbt's manifest.json, as far as Sluice reads it: models with their columns, contracts and meta. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';

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

const WithMeta = z.object({ meta: Meta.default({}), config: z.looseObject({ meta: Meta.default({}) }).default({ meta: {} }) });
const metaOf = ({ meta, config }: z.output<typeof WithMeta>) => ({ ...meta, ...config.meta });

/** What models, snapshots and seeds say of themselves and of their columns, in `meta` beside or below `config`. */
const Declaring = WithMeta.extend({
  unique_id: z.string(),
  name: z.string(),
  package_name: z.string(),
  original_file_path: z.string(),
  columns: z.record(z.string(), WithMeta).default({}),
}).transform(({ unique_id, name, package_name, original_file_path, columns, ...own }) => ({
  uniqueId: unique_id,
  name,
  packageName: package_name,
  file: original_file_path,
  meta: metaOf(own),
  columnMetas: Object.values(columns).map(metaOf),
}));
export type Declaring = z.output<typeof Declaring>;

const DECLARING = ['model', 'snapshot', 'seed'];

/** Other nodes (tests) are left out unread. */
export const Manifest = z.object({ nodes: z.record(z.string(), z.looseObject({ resource_type: z.string() })) }).transform(({ nodes }) => {
  const all = Object.values(nodes);
  return {
    models: z.array(Model).parse(all.filter((node) => node.resource_type === 'model')),
    declaring: z.array(Declaring).parse(all.filter((node) => DECLARING.includes(node.resource_type))),
  };
});
export type Manifest = z.output<typeof Manifest>;

export async function readManifest(path: string): Promise<Manifest> {
  return Manifest.parse(JSON.parse(await readFile(path, 'utf8')));
}
