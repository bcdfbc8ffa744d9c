/** `sluice catalogue`: what segments can use. */
import colors from 'picocolors';
import type { Entity, EventStream } from '../catalogue/catalogue.ts';
import type { ForBuilder } from '../segments/builder-catalogue.ts';
import type { RegisterCommand } from './command.ts';
import type { Terminal } from './terminal.ts';

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
without a declaration (traits.plan), events and their properties are what the data holds: names of events are counted over everything, the
others over a sample. Relations are shown in both directions and to any depth (orders → lines → product), each way once.`,
    )
    .action(({ entity: wanted }: { entity?: string }) =>
      action(async ({ app, terminal }) => {
        const { builderCatalogue } = await import('../segments/builder-catalogue.ts');
        const entities = await builderCatalogue(await app.segments(), wanted);
        terminal.result({ entities: entities.map(({ shown }) => shown) }, () => describe(entities, terminal));
      }),
    );
};

const percent = (share: number) => `${(share * 100).toFixed(share > 0 && share < 0.01 ? 2 : 0)} %`;

const heading = ({ name, label, key, table }: Entity) =>
  `${colors.bold(label === name ? name : `${name} (${label})`)}: ${table.table}, one row for each ${key}`;

function sourceText({ event, table }: EventStream): string {
  return event.is === 'constant' ? `every row of ${table.table} is “${event.name}”` : `${table.table} names its events in ${event.column}`;
}

function describe(entities: readonly ForBuilder[], terminal: Terminal): string {
  if (entities.length === 0)
    return 'The catalogue is empty: no dbt model declares `meta.sluice` with `entity` and `key` (docs/catalogue.md).';
  return entities
    .flatMap(({ described: { entity, events, openTraits, related }, shown }) => [
      heading(entity),
      terminal.table(
        ['trait', 'label', 'kind', 'type', 'personal', 'have it', 'in'],
        shown.traits.map(({ name, label, kind, type, unit, currency, is_pii: isPii, fill_rate: share, table }) => [
          name,
          label,
          [kind, currency ?? unit ?? ''].join(' ').trim(),
          type,
          isPii ? 'yes' : '',
          share === null ? '?' : percent(share),
          table.split('.').at(-1) ?? '',
        ]),
      ),
      terminal.table(
        ['trait of identify calls', 'types', 'people', 'personal'],
        openTraits.map(({ name, types, share }) => [name, types.join(', '), percent(share), entity.openTraits?.isPii ? 'yes' : '']),
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
