/** Reads from the data what the models cannot declare: which events there are, and which properties come with them. Runs as the reader. */

import * as z from 'zod';
import { qualified, quoteIdentifier } from '../sql/sql-text.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { EventStream, OpenTraits } from './catalogue.ts';
import type { DeclaredProperty, EventSample, PropertySample, SeenEvent } from './event-sample.ts';

/** Sampled rows of each event: enough to meet every property that one event in a hundred has, and read from a few granules. */
const SAMPLED_EVENTS = 500;
/** More names than this mean that ids are part of event names: these are counted, but their properties are not sampled. */
const MAX_NAMES = 200;
/** Names whose properties are asked for in one query. */
const NAMES_PER_QUERY = 20;

/** The events of every stream, most frequent first. A stream with one event name lists it even before the first event happened. */
export async function sampleEvents(reader: Pick<WarehouseClient, 'ask'>, streams: readonly EventStream[]): Promise<EventSample[]> {
  const samples: EventSample[] = [];
  for (const stream of streams) samples.push(...(await sampleStream(reader, stream)));
  return samples.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

/**
 * The names of events in every stream, and the properties that came with those of `asked`: what is needed to check a document, in a fraction of
 * the time of `sampleEvents` (over 20 M events 0.02 s of the processor's time against 0.5 s), which also counts them.
 */
export async function seenEvents(
  reader: Pick<WarehouseClient, 'ask'>,
  streams: readonly EventStream[],
  asked: readonly string[],
): Promise<SeenEvent[]> {
  const ofStreams = streams.map(async (stream) => {
    const names = await namesSeen(reader, stream, asked);
    const properties = await propertiesOfNames(
      reader,
      stream,
      names.filter((name) => asked.includes(name)),
    );
    return names.map((name) => ({ name, stream: stream.name, properties: properties(name) }));
  });
  return (await Promise.all(ofStreams)).flat();
}

/** A stream with one event name has it even before the first event happened. */
async function namesSeen(reader: Pick<WarehouseClient, 'ask'>, stream: EventStream, asked: readonly string[]): Promise<string[]> {
  if (stream.event.is === 'constant') return [stream.event.name];
  const query = defineQuery({
    name: 'catalogue.names_seen',
    sql: `
      select name
      from (select distinct ${nameSql(stream)} as name from ${tableSql(stream)})
      where name != ''
      order by has({asked:Array(String)}, name) desc, name
      limit 1000
    `,
    params: z.object({ asked: z.array(z.string()) }),
    row: z.object({ name: z.string() }),
  });
  const rows = await reader.ask(query, { asked: [...asked] });
  return rows.map(({ name }) => name);
}

async function sampleStream(reader: Pick<WarehouseClient, 'ask'>, stream: EventStream): Promise<EventSample[]> {
  const params = stream.event.is === 'constant' ? { constant: stream.event.name } : {};
  const named = await reader.ask(eventNames(stream), params);
  const properties = await propertiesOfNames(
    reader,
    stream,
    named.map(({ name }) => name),
  );
  return named.map(({ name, occurrences, first_seen_at, last_seen_at }) => ({
    name,
    stream: stream.name,
    count: occurrences,
    firstSeenAt: first_seen_at,
    lastSeenAt: last_seen_at,
    properties: properties(name),
  }));
}

async function propertiesOfNames(
  reader: Pick<WarehouseClient, 'ask'>,
  stream: EventStream,
  names: readonly string[],
): Promise<(name: string) => EventSample['properties']> {
  if (stream.properties.is === 'columns') {
    const declared: DeclaredProperty[] = [...stream.properties.columns.values()].map(({ name, type, label, description }) => ({
      name,
      types: [type],
      label,
      description,
    }));
    return () => declared;
  }
  const sampled = new Map<string, readonly PropertySample[]>();
  for (let first = 0; first < Math.min(names.length, MAX_NAMES); first += NAMES_PER_QUERY) {
    const asked = names.slice(first, first + NAMES_PER_QUERY);
    for (const [name, found] of await sampleProperties(reader, stream, stream.properties.column, asked)) sampled.set(name, found);
  }
  return (name) => sampled.get(name) ?? [];
}

/** People whose traits are looked at. */
const SAMPLED_PEOPLE = 10_000;
/** Names and types that are listed, over all traits and for each event: a stranger may send thousands. */
const MAX_PROPERTIES = 1_000;
/** Types of one name, the most frequent ones: each depth of nested lists is a type of its own. */
const MAX_TYPES = 8;

/**
 * Traits of identify calls, over people who have any, most frequent first; named as segments write them: `traits.plan`. The more names a
 * person has, the less each counts, so that thousands of names of one person do not hide those of the others.
 */
export async function sampleTraits(reader: Pick<WarehouseClient, 'ask'>, { table, column }: OpenTraits): Promise<PropertySample[]> {
  const query = defineQuery({
    name: 'catalogue.open_traits',
    sql: `
      with samples as (
          select JSONAllPathsWithTypes(${quoteIdentifier(column)}) as types
          from ${qualified(table)}
          where notEmpty(types)
          limit ${SAMPLED_PEOPLE}
      )
      select '' as name, property_name, type, seen, (select count() from samples) as sampled
      from (
          select
              concat({column:String}, '.', property.1) as property_name,
              property.2 as type,
              count() as seen,
              sum(1 / length(types)) as weight
          from samples
          array join types::Array(Tuple(String, String)) as property
          group by property_name, type
          order by seen desc, type
          limit ${MAX_TYPES} by property_name
      )
      order by sum(weight) over (partition by property_name) desc, property_name, seen desc
      limit ${MAX_PROPERTIES}
    `,
    params: z.object({ column: z.string() }),
    row: propertyRow,
  });
  return propertiesOf(await reader.ask(query, { column }));
}

const propertyRow = z.object({
  name: z.string(),
  property_name: z.string(),
  type: z.string(),
  seen: z.coerce.number(),
  sampled: z.coerce.number(),
});

/** Columns are qualified: a column of the model may have the same name as one of the answer. */
const tableSql = ({ table }: EventStream) => `${qualified(table)} as s`;

/** SQL of the name of an event; undefined when all have the same. */
function nameSql({ event }: EventStream): string | undefined {
  if (event.is === 'constant') return undefined;
  const column = `s.${quoteIdentifier(event.column)}`;
  return event.needsCast ? `toString(${column})` : column;
}

function eventNames(stream: EventStream) {
  const [name, time] = [nameSql(stream), `s.${quoteIdentifier(stream.time.column)}`];
  return defineQuery({
    name: 'catalogue.event_names',
    sql: `
      select
          ${name ?? '{constant:String}'} as name,
          count() as occurrences,
          minOrNull(${time}) as first_seen_at,
          maxOrNull(${time}) as last_seen_at
      from ${tableSql(stream)}
      ${name === undefined ? '' : `where ${name} != ''\n      group by ${name}`}
      order by occurrences desc, name
      limit 1000
    `,
    params: z.looseObject({}),
    row: z.object({
      name: z.string(),
      occurrences: z.coerce.number(),
      first_seen_at: z.string().nullable(),
      last_seen_at: z.string().nullable(),
    }),
  });
}

/**
 * As with traits, the more names an event has, the less each counts; names that many events have come first. A `limit` for each event name
 * reads a few granules of it; one `limit … by event_name` would read the properties of every event.
 */
function eventProperties(stream: EventStream, column: string, count: number) {
  const own = nameSql(stream);
  const samples = Array.from({ length: count }, (_, index) => {
    const name = `{e${index}:String}`;
    const where = own === undefined ? '' : ` where ${own} = ${name}`;
    return `select ${name} as name, JSONAllPathsWithTypes(s.${quoteIdentifier(column)}) as types from ${tableSql(stream)}${where} limit ${SAMPLED_EVENTS}`;
  });
  return defineQuery({
    name: 'catalogue.event_properties',
    sql: `
      with
          samples as (${samples.join(' union all ')}),
          sizes as (select name, count() as sampled from samples group by name)
      select name, property_name, type, seen, sampled
      from (
          select *
          from (
              select
                  name,
                  property.1 as property_name,
                  property.2 as type,
                  count() as seen,
                  sum(1 / length(types)) as weight
              from samples
              array join types::Array(Tuple(String, String)) as property
              group by name, property_name, type
              order by seen desc, type
              limit ${MAX_TYPES} by name, property_name
          )
          order by sum(weight) over (partition by name, property_name) desc, property_name, seen desc
          limit ${MAX_PROPERTIES} by name
      ) as properties
      inner join sizes using (name)
      order by name, property_name, seen desc
    `,
    params: z.looseObject({}),
    row: propertyRow,
  });
}

async function sampleProperties(
  reader: Pick<WarehouseClient, 'ask'>,
  stream: EventStream,
  column: string,
  names: readonly string[],
): Promise<Map<string, PropertySample[]>> {
  const params = Object.fromEntries(names.map((name, index) => [`e${index}`, name]));
  const rows = await reader.ask(eventProperties(stream, column, names.length), params);
  const byEvent = Map.groupBy(rows, ({ name }) => name);
  return new Map([...byEvent].map(([name, found]) => [name, propertiesOf(found)]));
}

function propertiesOf(rows: readonly { property_name: string; type: string; seen: number; sampled: number }[]): PropertySample[] {
  return [...Map.groupBy(rows, ({ property_name }) => property_name)].map(([name, types]) => ({
    name,
    types: types.map(({ type }) => type),
    share: types.reduce((sum, { seen }) => sum + seen, 0) / (types[0]?.sampled ?? 1),
  }));
}
