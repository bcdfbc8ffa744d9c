/** The parts of dbt's manifest.json that Sluice reads: models with their columns, contracts and meta. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { extendContracts } from './extended-contracts.ts';

const Meta = z.record(z.string(), z.unknown());
const Config = z.looseObject({ meta: Meta.optional() });

const Column = z
  .object({ name: z.string(), description: z.string(), data_type: z.string().nullish(), meta: Meta, config: Config.optional() })
  .transform(({ data_type, config, meta, ...column }) => ({
    ...column,
    dataType: data_type ?? undefined,
    meta: merged(meta, config?.meta),
  }));

const Model = z
  .object({
    unique_id: z.string(),
    name: z.string(),
    schema: z.string(),
    alias: z.string(),
    description: z.string(),
    original_file_path: z.string(),
    raw_code: z.string().nullish(),
    meta: Meta,
    columns: z.record(z.string(), Column),
    depends_on: z.object({ nodes: z.array(z.string()).default([]) }),
    config: Config.extend({ materialized: z.string(), contract: z.looseObject({ enforced: z.boolean() }).optional() }),
  })
  .transform(({ unique_id, original_file_path, raw_code, columns, config, depends_on, meta, ...model }) => ({
    ...model,
    uniqueId: unique_id,
    /** Views of segments' members that its SQL names, as a table or as a source. */
    audiences: [...new Set(raw_code?.match(/\baudience_[a-z0-9_]+/g) ?? [])],
    /** Path relative to the project. */
    file: original_file_path,
    /** Unique ids of the models, seeds and sources that it reads. */
    dependsOn: depends_on.nodes,
    materialized: config.materialized,
    hasContract: config.contract?.enforced ?? false,
    meta: merged(meta, config.meta),
    columns: Object.values(columns),
  }));

/** dbt knows both spellings, `meta` and `config.meta`; where both set one key, the newer `config.meta` wins. */
function merged(meta: Record<string, unknown>, config: Record<string, unknown> = {}): Record<string, unknown> {
  const both = { ...meta, ...config };
  return meta.sluice === undefined || config.sluice === undefined
    ? both
    : { ...both, sluice: { ...Object(meta.sluice), ...Object(config.sluice) } };
}

/** dbt's built-in tests of a column. */
const ColumnTest = z
  .object({
    attached_node: z.string(),
    column_name: z.string().nullish(),
    test_metadata: z.object({
      name: z.enum(['unique', 'relationships']),
      kwargs: z.looseObject({ column_name: z.string().optional(), field: z.string().optional() }),
    }),
    depends_on: z.object({ nodes: z.array(z.string()).default([]) }),
    meta: Meta.optional(),
    config: Config.extend({
      severity: z.string().default('ERROR'),
      error_if: z.string().default('!= 0'),
      where: z.string().nullish(),
      limit: z.number().nullish(),
    }),
  })
  .transform(({ attached_node, column_name, test_metadata: { name, kwargs }, depends_on, meta, config }) => ({
    is: name,
    model: attached_node,
    column: column_name ?? kwargs.column_name ?? '',
    /** Unique id of the model that a relationships test points to. A test may point to its own model. */
    to: depends_on.nodes.find((id) => id !== attached_node) ?? attached_node,
    field: kwargs.field ?? '',
    /** Whether the test holds for every row after each build that did not fail. */
    isEnforced: config.severity.toUpperCase() === 'ERROR' && config.error_if === '!= 0' && !config.where && !config.limit,
    meta: merged(meta ?? {}, config.meta),
  }));

/** The `meta.sluice` of models, snapshots and seeds and of their columns, beside or below `config`. */
const WithMeta = z.object({ meta: Meta.default({}), config: Config.default({}) });
const metaOf = ({ meta, config }: z.output<typeof WithMeta>) => merged(meta, config.meta);

const DeclaringNode = WithMeta.extend({
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
export type DeclaringNode = z.output<typeof DeclaringNode>;

const TABLES = new Set(['model', 'snapshot', 'seed']);

const Parsed = z.object({
  metadata: z.object({ project_name: z.string().nullish() }).default({}),
  nodes: z.record(z.string(), z.looseObject({ resource_type: z.string() })),
});

/** Nodes of other kinds are left out without reading them. */
export const Manifest = Parsed.transform(({ nodes, metadata }) => {
  const all = Object.values(nodes);
  const tests = all.flatMap((node) => (node.resource_type === 'test' ? (ColumnTest.safeParse(node).data ?? []) : []));
  const tables = withOneNameEach(
    extendContracts(z.array(Model).parse(all.filter((node) => TABLES.has(node.resource_type)))),
    metadata.project_name ?? '',
  );
  const nameOf = new Map(tables.map(({ uniqueId, name }) => [uniqueId, name]));
  const ofTable = Map.groupBy(tests, ({ model }) => model);
  return {
    /** Models, snapshots and seeds. */
    models: tables.map((table) => ({
      ...table,
      /** dbt's tests `unique` and `relationships` of its columns. */
      tests: (ofTable.get(table.uniqueId) ?? []).map(({ model: _, to, ...test }) => ({ ...test, to: nameOf.get(to) })),
    })),
    /** The `meta` of models, snapshots and seeds and of their columns. */
    declaring: z.array(DeclaringNode).parse(all.filter((node) => TABLES.has(node.resource_type))),
  };
});
export type Manifest = z.output<typeof Manifest>;

/**
 * A project may have a model with the same name as one of a package, such as `orders`: its own keeps that name, the package's is called
 * `sluice.orders`.
 */
function withOneNameEach<T extends { readonly name: string; readonly uniqueId: string }>(models: readonly T[], project: string): T[] {
  // model.<package>.<name>
  const packageOf = ({ uniqueId }: T) => uniqueId.split('.')[1] ?? '';
  const own = new Set(models.filter((model) => packageOf(model) === project).map(({ name }) => name));
  return models.map((model) =>
    packageOf(model) !== project && own.has(model.name) ? { ...model, name: `${packageOf(model)}.${model.name}` } : model,
  );
}

export async function readManifest(path: string): Promise<Manifest> {
  return Manifest.parse(JSON.parse(await readFile(path, 'utf8')));
}
