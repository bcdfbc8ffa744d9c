/** The columns that a project declares of what a sync reads: for a look at a mapping before anything is built. Pure. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Manifest } from '../dbt/manifest.ts';
import type { TableName } from '../sql/sql-text.ts';
import type { SourceColumn } from '../syncs/compile-mapping.ts';
import type { SyncSource } from '../syncs/definition.ts';

interface Project {
  readonly models: Manifest['models'];
  readonly catalogue: Catalogue;
  /** Database of the published models. */
  readonly published: string;
  readonly entityOf: (segment: string) => string | undefined;
}

/** Undefined when a table is not the project's, or declares its columns without a contract: then there may be more columns. */
export function declaredColumns(project: Project, source: SyncSource): ReadonlyMap<string, SourceColumn> | undefined {
  const columns = new Map<string, SourceColumn>();
  const tables = tablesOf(project, source);
  for (const { database, table } of tables) {
    const model = project.models.find(({ schema, alias }) => schema === database && alias === table);
    if (!model?.hasContract) return undefined;
    for (const { name, dataType } of model.columns) {
      if (dataType === undefined) return undefined;
      if (!columns.has(name)) columns.set(name, { name, type: dataType, isPii: true });
    }
  }
  return tables.length === 0 ? undefined : columns;
}

function tablesOf({ models, catalogue, published, entityOf }: Project, source: SyncSource): readonly TableName[] {
  if ('table' in source) {
    const named = models.filter(({ alias }) => alias === source.table).map(({ schema, alias }) => ({ database: schema, table: alias }));
    return named
      .filter(({ database }) => database === published)
      .concat(named)
      .slice(0, 1);
  }
  const entity = catalogue.entities.get(entityOf(source.segment) ?? 'person');
  return entity?.tables.map(({ table }) => table) ?? [];
}
