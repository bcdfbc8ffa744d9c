/** `sluice catalogue`: what may be segmented by. */
import colors from 'picocolors';
import type { Catalogue, Entity } from '../catalogue/catalogue.ts';
import type { EventSample, PropertySample } from '../catalogue/event-sample.ts';
import type { RegisterCommand } from './program.ts';
import type { Terminal } from './terminal.ts';

interface Described {
  readonly entity: Entity;
  readonly events: readonly EventSample[];
  readonly openTraits: readonly PropertySample[];
}

export const registerCatalogue: RegisterCommand = (program, action) => {
  program
    .command('catalogue')
    .description('Show the entities, traits, events and relations that segments can use.')
    .addHelpText(
      'after',
      `
Examples:
  sluice catalogue
  sluice catalogue --json | jq -r '.entities[].traits[] | select(.is_pii) | .name'

Traits and relations are what the dbt models declare in meta.sluice. Traits of identify calls that nobody declared (traits.plan), events and
their properties are what the data holds: names of events are counted over everything, the others over a sample.`,
    )
    .action(() =>
      action(async ({ app, terminal }) => {
        const { sampleEvents, sampleTraits } = await import('../catalogue/sample.ts');
        const catalogue: Catalogue = await (await app.segments()).catalogue();
        const { reader } = await app.warehouse();
        const described: Described[] = [];
        for (const entity of catalogue.entities.values()) {
          described.push({
            entity,
            events: entity.events ? await sampleEvents(reader, entity.events) : [],
            openTraits: entity.openTraits ? await sampleTraits(reader, entity.openTraits) : [],
          });
        }
        terminal.result({ entities: described.map(documentOf) }, () => describe(described, terminal));
      }),
    );
};

function documentOf({ entity, events, openTraits }: Described) {
  return {
    name: entity.name,
    key: entity.key,
    table: `${entity.table.database}.${entity.table.table}`,
    traits: [...entity.traits.values()].map(({ name, label, description, type, column, isPii, table }) => ({
      name,
      label,
      type,
      kind: column.value.kind,
      is_pii: isPii,
      table: `${table.database}.${table.table}`,
      description,
    })),
    /** Of identify calls: named as segments name them, with the types and the share of people that were seen. */
    open_traits: openTraits.map((trait) => ({ ...trait, is_pii: entity.openTraits?.isPii ?? false })),
    events: events.map(({ name, count, firstSeenAt, lastSeenAt, properties }) => ({
      name,
      count,
      first_seen_at: firstSeenAt,
      last_seen_at: lastSeenAt,
      properties,
    })),
    related: entity.related.map(({ name, key, foreignKey, table, description }) => ({
      name,
      table: `${table.database}.${table.table}`,
      key,
      foreign_key: foreignKey,
      description,
    })),
  };
}

function describe(described: readonly Described[], terminal: Terminal): string {
  if (described.length === 0) return 'The catalogue is empty: no dbt model declares `meta.sluice.role: traits`.';
  return described
    .flatMap(({ entity, events, openTraits }) => [
      colors.bold(entity.name),
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
        ['event', 'count', 'first seen', 'last seen', 'properties'],
        events.map(({ name, count, firstSeenAt, lastSeenAt, properties }) => [
          name,
          count.toLocaleString('en'),
          firstSeenAt.slice(0, 10),
          lastSeenAt.slice(0, 10),
          properties.map((property) => `${property.name} (${property.types.join(', ')})`).join('\n'),
        ]),
      ),
      terminal.table(
        ['related rows', 'table', 'by'],
        entity.related.map(({ name, table, foreignKey }) => [name, table.table, foreignKey]),
      ),
    ])
    .join('\n');
}
