/** Finds what a sync reads: its columns, and the `select` over a pinned version of it. */

import * as z from 'zod';
import type { Entity } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { hasExclusions, leftOutOf } from '../segments/left-out.ts';
import { membersOfVersion, membersOfVersions, paramsOfVersions, readCurrentVersion } from '../segments/versions.ts';
import { nullable } from '../sql/column-type.ts';
import { distinctTables, isSameTable, qualified, quoteIdentifier, type TableName } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import { CONSENT, type SourceRelation } from './compile-diff.ts';
import type { SourceColumn } from './compile-mapping.ts';
import type { SyncSource } from './definition.ts';
import type { SyncDeps } from './deps.ts';
import { errors } from './errors.ts';

export interface Source {
  readonly columns: ReadonlyMap<string, SourceColumn>;
  /** For people and the run's record: `segment lapsing, version 12`. */
  readonly label: string;
  /** The rows with these columns only, and CONSENT where columns of consent are given. */
  relation(columns: readonly string[], consent: readonly string[]): SourceRelation;
  /** Whether it leaves out the members of segments that are excluded everywhere. */
  readonly leavesOut: boolean;
}

/** The columns of an entity's tables, and the rows of those of its entities that `isMember` keeps. */
export interface EntityRows {
  readonly columns: ReadonlyMap<string, SourceColumn>;
  /** @param isMember SQL over the key, which it is handed. */
  sql(columns: readonly string[], consent: readonly string[], isMember: (key: string) => string): string;
}

const tableColumns = defineQuery({
  name: 'syncs.source_columns',
  sql: `
    select
        name,
        type
    from system.columns
    where database = {database:String}
      and table = {table:String}
    order by position
  `,
  params: z.object({ database: z.string(), table: z.string() }),
  row: z.object({ name: z.string(), type: z.string() }),
});

/** @throws CdpError `syncs.source_missing`. */
export async function findSource(deps: SyncDeps, source: SyncSource): Promise<Source> {
  return 'table' in source ? tableSource(deps, source.table) : segmentSource(deps, source.segment);
}

async function tableSource(deps: SyncDeps, table: string): Promise<Source> {
  const name = await findTable(deps, table);
  const columns = await columnsOf(deps, name);
  const leftOut = await leftOutOfTable(deps, name);
  return {
    columns: new Map(columns.map((column) => [column.name, column])),
    label: `table ${table}`,
    leavesOut: leftOut.where !== '',
    relation: (names, consent) => ({
      sql: `select ${selected(
        names.map((column) => ({ sql: `t.${quoteIdentifier(column)}`, name: column })),
        consent.map((column) => `ifNull(t.${quoteIdentifier(column)}, false)`),
      )} from ${qualified(name)} as t${leftOut.where}`,
      params: leftOut.params,
      hasConsent: consent.length > 0,
    }),
  };
}

function selected(columns: readonly { readonly sql: string; readonly name: string }[], consent: readonly string[]): string {
  const named = columns.map(({ sql, name }) => `${sql} as ${quoteIdentifier(name)}`);
  return [...named, ...(consent.length === 0 ? [] : [`toBool(${consent.join(' and ')}) as ${quoteIdentifier(CONSENT)}`])].join(', ');
}

/** A published table, or one that the catalogue knows in a database of the user's own. */
async function findTable(deps: SyncDeps, table: string): Promise<TableName> {
  const published: TableName = { database: deps.warehouse.databases.published, table };
  if ((await columnsOf(deps, published)).length > 0) return published;
  const known = [...(await deps.catalogue()).entities.values()].flatMap((entity) => [
    ...tablesOf(entity),
    ...entity.related.map((related) => related.table),
    ...entity.streams.map((stream) => stream.table),
  ]);
  const [found, ...others] = distinctTables(known.filter((name) => name.table === table));
  if (!found) throw errors.source_missing(`There is no published table ${table}`, { context: { table } });
  const [other] = others;
  if (other)
    throw errors.source_missing(
      `Two databases have a table ${table}: ${found.database} and ${other.database}. Give one of the two another alias`,
      {
        context: { table },
      },
    );
  if ((await columnsOf(deps, found)).length === 0)
    throw errors.source_missing(`The table ${found.database}.${table} is not there. Build it first`, { context: { table } });
  return found;
}

/** Rows are kept unless their key is a member of a segment that is excluded everywhere; rows of nobody stay. */
async function leftOutOfTable(
  deps: SyncDeps,
  table: TableName,
): Promise<{ readonly where: string; readonly params: Record<string, string> }> {
  const keyed = (await hasExclusions(deps)) ? keysWithin([...(await deps.catalogue()).entities.values()], table) : [];
  const leftOut = await Promise.all(
    keyed.map(async ({ entity, column }) => ({ column, versions: await leftOutOf(deps, { entity, reader: `the table ${table.table}` }) })),
  );
  const used = leftOut.filter(({ versions }) => versions.length > 0);
  let place = 0;
  // By the key's text: a foreign key may be of another type than the key that it names.
  const conditions = used.map(({ column, versions }) => {
    const members = versions.map(() => {
      place += 1;
      return `({left_out_${place - 1}:String}, {left_out_version_${place - 1}:UInt64})`;
    });
    return `ifNull(toString(t.${quoteIdentifier(column)}) not in
    (
        select member_id
        from sluice_state.segment_members
        where (segment_id, version) in (${members.join(', ')})
    ), true)`;
  });
  return {
    where: conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`,
    params: paramsOfVersions(used.flatMap(({ versions }) => versions)),
  };
}

/** Columns of a table that the catalogue says hold the key of an entity. */
function keysWithin(entities: readonly Entity[], table: TableName): { readonly entity: string; readonly column: string }[] {
  return entities.flatMap((entity) => {
    const own = tablesOf(entity).some((one) => isSameTable(one, table)) ? [entity.key] : [];
    const foreign = entity.related
      .filter((one) => isSameTable(one.table, table) && one.from.column === entity.key)
      .map(({ column }) => column);
    const happened = entity.streams.filter((stream) => isSameTable(stream.table, table)).map(({ key }) => key);
    return [...new Set([...own, ...foreign, ...happened])].map((column) => ({ entity: entity.name, column }));
  });
}

async function segmentSource(deps: SyncDeps, segmentId: string): Promise<Source> {
  const resource = await deps.resources.get('segment', segmentId);
  if (!resource) throw errors.source_missing(`There is no segment ${segmentId}`, { context: { segment: segmentId } });
  const current = await readCurrentVersion(deps, segmentId);
  if (!current) throw errors.source_missing(`The segment ${segmentId} was never published`, { context: { segment: segmentId } });
  // Its last version is empty because it was removed, which says nothing about who is a member now that it is back.
  if (current.is_retired) {
    throw errors.source_missing(
      `The segment ${segmentId} was removed and has come back since: publish it first, \`sluice segment publish ${segmentId}\``,
      { context: { segment: segmentId } },
    );
  }
  // Of the version, not of the document: one that names another entity since has other members with its next publication.
  const entity = (await deps.catalogue()).entities.get(current.entity);
  if (!entity)
    throw errors.source_missing(`The segment ${segmentId} is of the entity ${current.entity}, which the catalogue does not have`);

  const { version } = current;
  const leftOut = await leftOutOf(deps, { entity: entity.name, segment: segmentId, reader: segmentId });
  const rows = await entityRows(deps, entity);
  const { kept } = keyTypeOf(entity);
  return {
    columns: rows.columns,
    label: `segment ${segmentId}, version ${version}`,
    leavesOut: leftOut.length > 0,
    relation: (names, consent) => ({
      sql: rows.sql(names, consent, (key) => {
        const isLeftOut = leftOut.length === 0 ? '' : ` and ${kept(key)} not in\n    (${membersOfVersions(entity, leftOut)}\n    )`;
        return `${kept(key)} in\n    (${membersOfVersion(entity)}\n    )${isLeftOut}`;
      }),
      params: { segment_id: segmentId, segment_version: version, ...paramsOfVersions(leftOut) },
      hasConsent: consent.length > 0,
    }),
  };
}

export async function entityRows(deps: Pick<SyncDeps, 'warehouse'>, entity: Entity): Promise<EntityRows> {
  const tables = tablesOf(entity);
  const placed = new Map<string, { column: SourceColumn; table: TableName }>();
  for (const table of tables) {
    for (const column of await columnsOf(deps, table)) {
      const trait = entity.traits.get(column.name);
      // A column that two tables have is taken from the entity's own, which comes first.
      if (!placed.has(column.name)) placed.set(column.name, { column: { ...column, isPii: trait?.isPii ?? column.isPii }, table });
    }
  }
  const typeOf = ({ column, table }: { column: SourceColumn; table: TableName }) =>
    column.name === entity.key || factsOf(entity, table)?.hasAll ? column.type : nullable(column.type);
  return {
    columns: new Map([...placed].map(([name, place]) => [name, { ...place.column, type: typeOf(place) }])),
    sql: (names, consent, isMember) => {
      const at = (name: string) => {
        const place = placed.get(name);
        return place ? [{ name, type: place.column.type, table: place.table }] : [];
      };
      return entitySql(entity, names.flatMap(at), consent.flatMap(at), isMember);
    },
  };
}

interface PlacedColumn {
  readonly name: string;
  /** As the table has it. */
  readonly type: string;
  readonly table: TableName;
}

/**
 * Members are looked up in a set, and only the tables whose columns are mapped are read: most syncs need one. A member who has no row in a table is
 * sent all the same, with nothing from there; of several rows of one member each column's greatest value counts, as it does in segments.
 */
function entitySql(
  entity: Entity,
  columns: readonly PlacedColumn[],
  consent: readonly PlacedColumn[],
  isMember: (key: string) => string,
): string {
  const used = tablesOf(entity).filter((table) => columns.some((column) => isSameTable(column.table, table)));
  const isWhole = used.every((table) => factsOf(entity, table)?.hasAll);
  const [first = entity.table, ...others] = isWhole ? used : distinctTables([entity.table, ...used]);
  const alias = (table: TableName) => `t${[first, ...others].findIndex((other) => isSameTable(other, table))}`;
  const key = quoteIdentifier(entity.key);
  const joins = others.map(
    (table) => `left join ${rowsOf(entity, table, columns)} as ${alias(table)} on ${alias(first)}.${key} = ${alias(table)}.${key}`,
  );
  const member = `${alias(first)}.${key}`;
  const named = columns.map(({ name, table }) => ({ sql: `${alias(table)}.${quoteIdentifier(name)}`, name }));
  return `
    select ${selected(named, consentOf(member, entity, consent))}
    from ${rowsOf(entity, first, columns)} as ${alias(first)}
    ${joins.join('\n    ')}
    where ${isMember(member)}`;
}

/**
 * Of several rows of one member each must say yes. Greatest values, as for what is sent, would take a yes of one row for the no of another.
 */
function consentOf(member: string, entity: Entity, consent: readonly PlacedColumn[]): string[] {
  const key = quoteIdentifier(entity.key);
  return consent.map(({ name, table }) => {
    const isGiven = `ifNull(c.${quoteIdentifier(name)}, false)`;
    return `${member} in (select c.${key} from ${qualified(table)} as c group by c.${key} having min(${isGiven}))`;
  });
}

/** What dbt's tests say of a table; the entity's own, which may have no traits, is taken as whole. */
function factsOf(entity: Entity, table: TableName): { readonly isUnique: boolean; readonly hasAll: boolean } | undefined {
  return (
    entity.tables.find((one) => isSameTable(one.table, table)) ??
    (isSameTable(entity.table, table) ? { isUnique: true, hasAll: true } : undefined)
  );
}

/** The table with one row for each key, and no default where an entity may lack a row: NULL is unknown, 0 would be a fact. */
function rowsOf(entity: Entity, table: TableName, columns: readonly PlacedColumn[]): string {
  const { isUnique = false, hasAll = false } = factsOf(entity, table) ?? {};
  if (isUnique && hasAll) return qualified(table);
  const key = quoteIdentifier(entity.key);
  const selected = columns
    .filter((column) => isSameTable(column.table, table) && column.name !== entity.key)
    .map(({ name, type }) => {
      const column = `t.${quoteIdentifier(name)}`;
      const one = isUnique ? column : /^(Map|JSON|Dynamic|Variant|Object)\b/.test(type) ? `any(${column})` : `max(${column})`;
      return `${hasAll || nullable(type) === type ? one : `toNullable(${one})`} as ${quoteIdentifier(name)}`;
    });
  const grouped = isUnique ? '' : ` group by t.${key}`;
  return `(select ${[`t.${key} as ${key}`, ...selected].join(', ')} from ${qualified(table)} as t${grouped})`;
}

function tablesOf(entity: Entity): TableName[] {
  return distinctTables([entity.table, ...[...entity.traits.values()].map((trait) => trait.table)]);
}

async function columnsOf(deps: Pick<SyncDeps, 'warehouse'>, table: TableName): Promise<SourceColumn[]> {
  const columns = await deps.warehouse.owner.ask(tableColumns, table);
  // An undeclared text is treated as personal data.
  return columns.map(({ name, type }) => ({ name, type, isPii: type.includes('String') }));
}
