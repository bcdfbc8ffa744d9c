/** Entities with what the data says of them: what `sluice catalogue` and GET /api/catalogue show. */
import type { TableName } from '../sql/sql-text.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import type { Catalogue, Entity, TypedColumn } from './catalogue.ts';
import { errors } from './errors.ts';
import type { EventSample, PropertySample } from './event-sample.ts';
import { didYouMean } from './meta.ts';
import { type RelationPath, relationPaths } from './relation-paths.ts';
import { sampleEvents, sampleTraits } from './sample.ts';
import type { CatalogueEntity } from './schema.ts';

export interface Described {
  readonly entity: Entity;
  readonly events: readonly EventSample[];
  readonly openTraits: readonly PropertySample[];
  readonly related: readonly RelationPath[];
}

/**
 * @param only the name of one entity; all of them without it.
 * @throws CdpError `catalogue.unknown_entity`.
 */
export async function describeEntities(reader: WarehouseClient, catalogue: Catalogue, only?: string): Promise<Described[]> {
  const entities = only === undefined ? [...catalogue.entities.values()] : [entityNamed(catalogue, only)];
  const described: Described[] = [];
  for (const entity of entities) {
    described.push({
      entity,
      events: await sampleEvents(reader, entity.streams),
      openTraits: entity.openTraits ? await sampleTraits(reader, entity.openTraits) : [],
      related: relationPaths(catalogue, entity.name),
    });
  }
  return described;
}

function entityNamed({ entities }: Catalogue, name: string): Entity {
  const entity = entities.get(name);
  if (entity) return entity;
  throw errors.unknown_entity(`There is no entity ${name}.${didYouMean(name, entities.keys())}`);
}

const fullName = ({ database, table }: TableName) => `${database}.${table}`;

export function presentEntity({ entity, events, openTraits, related }: Described): CatalogueEntity {
  return {
    name: entity.name,
    label: entity.label,
    key: entity.key,
    table: fullName(entity.table),
    /** Every table of its traits; the own one first. */
    tables: entity.tables.map(({ table }) => fullName(table)),
    traits: [...entity.traits.values()].map((trait) => ({ ...columnDescribed(trait), table: fullName(trait.table) })),
    /** Of identify calls: named as segments name them, with the types and the share of people that were seen. */
    open_traits: openTraits.map((trait) => ({ ...trait, is_pii: entity.openTraits?.isPii ?? false })),
    streams: entity.streams.map((stream) => ({
      name: stream.name,
      table: fullName(stream.table),
      key: stream.key,
      time: stream.time.column,
      /** Name of every event, or the column that names each. */
      ...(stream.event.is === 'constant' ? { event: stream.event.name } : { event_column: stream.event.column }),
      columns: [...stream.columns.values()].map(columnDescribed),
      description: stream.description,
    })),
    events: events.map(({ name, stream, count, firstSeenAt, lastSeenAt, properties }) => ({
      name,
      stream,
      count,
      first_seen_at: firstSeenAt,
      last_seen_at: lastSeenAt,
      properties,
    })),
    related: related.map(({ path, relation }) => ({
      name: relation.name,
      path,
      depth: path.length,
      /** Of how many rows: `many` orders of a person, the `one` person of an order. */
      cardinality: relation.cardinality,
      to: relation.to,
      table: fullName(relation.table),
      key: relation.key,
      /** Columns that are equal. */
      on: [`${fullName(relation.from.table)}.${relation.from.column}`, `${fullName(relation.table)}.${relation.column}`],
      description: relation.description,
      columns: [...relation.columns.values()].map(columnDescribed),
    })),
  };
}

export const columnDescribed = ({ name, label, description, type, column, isPii, unit, currency }: TypedColumn) => ({
  name,
  label,
  description,
  type,
  kind: column.value.kind,
  is_pii: isPii,
  unit: unit ?? null,
  currency: currency ?? null,
});
