/** `sluice catalogue`: what segments can use. */
import colors from 'picocolors';
import type { Catalogue, Entity, EventStream } from '../catalogue/catalogue.ts';
import type { EventSample, PropertySample } from '../catalogue/event-sample.ts';
import type { RelationPath } from '../catalogue/relation-paths.ts';
import type { TableName } from '../sql/sql-text.ts';
import type { RegisterCommand } from './command.ts';
import type { Terminal } from './terminal.ts';

interface Described {
  readonly entity: Entity;
  readonly events: readonly EventSample[];
  readonly openTraits: readonly PropertySample[];
  readonly related: readonly RelationPath[];
}

export const registerCatalogue: RegisterCommand = (program, action) => {
  program
    .command('catalogue')
    .description('Show the entities, traits, events and relations that segments can use.')
    .option('--entity <name>', 'only this entity, such as person')
    .addHelpText(
      'after',
      `
Examples:
  sluice catalogue
  sluice catalogue --entity household
  sluice catalogue --json | jq -r '.entities[].traits[] | select(.is_pii) | .name'

Entities, traits, streams of events and relations are what the dbt models declare in meta.sluice (docs/catalogue.md). Traits of identify calls
that nobody declared (traits.plan), events and their properties are what the data holds: names of events are counted over everything, the
others over a sample. Relations are shown in both directions and to any depth (orders → lines → product), each way once.`,
    )
    .action(({ entity: wanted }: { entity?: string }) =>
      action(async ({ app, terminal }) => {
        const [{ sampleEvents, sampleTraits }, { relationPaths }] = await Promise.all([
          import('../catalogue/sample.ts'),
          import('../catalogue/relation-paths.ts'),
        ]);
        const catalogue: Catalogue = await (await app.segments()).catalogue();
        const entities = wanted === undefined ? [...catalogue.entities.values()] : [await entityNamed(catalogue, wanted)];
        const { reader } = await app.warehouse();
        const described: Described[] = [];
        for (const entity of entities) {
          described.push({
            entity,
            events: await sampleEvents(reader, entity.streams),
            openTraits: entity.openTraits ? await sampleTraits(reader, entity.openTraits) : [],
            related: relationPaths(catalogue, entity.name),
          });
        }
        terminal.result({ entities: described.map(documentOf) }, () => describe(described, terminal));
      }),
    );
};

async function entityNamed({ entities }: Catalogue, name: string): Promise<Entity> {
  const entity = entities.get(name);
  if (entity) return entity;
  const [{ errors }, { didYouMean }] = await Promise.all([import('../catalogue/errors.ts'), import('../catalogue/meta.ts')]);
  throw errors.unknown_entity(`There is no entity ${name}.${didYouMean(name, entities.keys())}`);
}

const fullName = ({ database, table }: TableName) => `${database}.${table}`;

function documentOf({ entity, events, openTraits, related }: Described) {
  return {
    name: entity.name,
    label: entity.label,
    key: entity.key,
    table: fullName(entity.table),
    /** Every table of its traits; the own one first. */
    tables: entity.tables.map(({ table }) => fullName(table)),
    traits: [...entity.traits.values()].map(({ name, label, description, type, column, isPii, table }) => ({
      name,
      label,
      type,
      kind: column.value.kind,
      is_pii: isPii,
      table: fullName(table),
      description,
    })),
    /** Traits of identify calls, named as segments name them, with the types and the share of people that were seen. */
    open_traits: openTraits.map((trait) => ({ ...trait, is_pii: entity.openTraits?.isPii ?? false })),
    streams: entity.streams.map((stream) => ({
      name: stream.name,
      table: fullName(stream.table),
      key: stream.key,
      time: stream.time.column,
      /** Name of every event, or the column that names each. */
      ...(stream.event.is === 'constant' ? { event: stream.event.name } : { event_column: stream.event.column }),
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
      /** How many rows it leads to: `many` orders of a person, the `one` person of an order. */
      cardinality: relation.cardinality,
      to: relation.to,
      table: fullName(relation.table),
      key: relation.key,
      /** Columns that are equal. */
      on: [`${fullName(relation.from.table)}.${relation.from.column}`, `${fullName(relation.table)}.${relation.column}`],
      description: relation.description,
      columns: [...relation.columns.values()].map(({ name, label, type, column, isPii }) => ({
        name,
        label,
        type,
        kind: column.value.kind,
        is_pii: isPii,
      })),
    })),
  };
}

const heading = ({ name, label, key, table }: Entity) =>
  `${colors.bold(label === name ? name : `${name} (${label})`)}: ${table.table}, one row for each ${key}`;

function sourceText({ event, table }: EventStream): string {
  return event.is === 'constant' ? `every row of ${table.table} is “${event.name}”` : `${table.table} names its events in ${event.column}`;
}

function describe(described: readonly Described[], terminal: Terminal): string {
  if (described.length === 0)
    return 'The catalogue is empty: no dbt model declares `meta.sluice` with `entity` and `key` (docs/catalogue.md).';
  return described
    .flatMap(({ entity, events, openTraits, related }) => [
      heading(entity),
      terminal.table(
        ['trait', 'label', 'kind', 'type', 'personal', 'in'],
        [...entity.traits.values()].map(({ name, label, column, type, isPii, table }) => [
          name,
          label,
          column.value.kind,
          type,
          isPii ? 'yes' : '',
          table.table,
        ]),
      ),
      terminal.table(
        ['trait of identify calls', 'types', 'people', 'personal'],
        openTraits.map(({ name, types, share }) => [
          name,
          types.join(', '),
          `${(share * 100).toFixed(share < 0.01 ? 2 : 0)} %`,
          entity.openTraits?.isPii ? 'yes' : '',
        ]),
      ),
      terminal.table(
        ['event', 'in', 'count', 'first seen', 'last seen', 'properties'],
        events.map(({ name, stream, count, firstSeenAt, lastSeenAt, properties }) => [
          name,
          stream,
          count.toLocaleString('en'),
          firstSeenAt?.slice(0, 10) ?? '',
          lastSeenAt?.slice(0, 10) ?? '',
          properties.map((property) => `${property.name} (${property.types.join(', ')})`).join('\n'),
        ]),
      ),
      ...entity.streams.map(sourceText),
      terminal.table(
        ['related rows', 'how many', 'table', 'by'],
        related.map(({ path, relation: { cardinality, table, from, column } }) => [
          path.join(' → '),
          cardinality,
          table.table,
          `${from.table.table}.${from.column} = ${table.table}.${column}`,
        ]),
      ),
    ])
    .join('\n');
}
