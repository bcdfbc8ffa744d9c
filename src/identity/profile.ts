/** Everything that is known of one entity, by any of its identifiers: its columns, what happened to it, its consent. */
import * as z from 'zod';
import type { Catalogue, Entity, EventStream } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { masked, maskedWithin } from '../documents/mask.ts';
import { CdpError } from '../errors.ts';
import { innerType } from '../sql/column-type.ts';
import { qualified, quoteIdentifier, quoteText, type TableName } from '../sql/sql-text.ts';
import { type Page, type PageRequest, pageOf, pageParams } from '../warehouse/page.ts';
import { defineQuery } from '../warehouse/query.ts';
import { errors } from './errors.ts';
import type { ProfileColumn, ProfileView, TimelineEvent } from './schema.ts';
import { type ExplainDeps, findSubject } from './subject.ts';

export interface ProfileDeps extends ExplainDeps {
  readonly catalogue: () => Promise<Catalogue>;
}

export interface Shown {
  readonly isUnmasked: boolean;
}

/** One of an entity, as the catalogue and the identity graph know it. */
export interface Named {
  readonly entity: Entity;
  /** Its key, as text. */
  readonly id: string;
}

/**
 * @param asked the id of a profile or account, an id that was one once, or `type:value` in any spelling. Of an entity of the company's own, its key.
 * @throws CdpError `identity.unknown_subject`, and what reading an identifier may raise.
 */
export async function findNamed(deps: ProfileDeps, entityName: string, asked: string): Promise<Named> {
  const entity = (await deps.catalogue()).entities.get(entityName);
  if (!entity) throw errors.unknown_subject(`The catalogue has no entity ${entityName}`);
  return { entity, id: (await mayBeResolved(deps, entity)) ? await idOf(deps, entity, asked) : asked };
}

/** Whether the identity graph can know members of the entity: its ids are UUIDs, of entities that the rules have identifiers of. */
async function mayBeResolved(deps: ProfileDeps, entity: Entity): Promise<boolean> {
  return keyTypeOf(entity).column === 'member_uuid' && (await deps.types()).has(entity.name);
}

/**
 * The key that is meant: the id of the profile or account as `findNamed` finds it, and otherwise what was asked, which may be the key of an
 * entity that no identifier leads to. @throws CdpError `identity.unknown_subject` of an identifier that is nobody's.
 */
export async function keyMeant(deps: ProfileDeps, entityName: string, asked: string): Promise<string> {
  try {
    return (await findNamed(deps, entityName, asked)).id;
  } catch (error) {
    if (error instanceof CdpError && error.code === 'identity.unknown_subject' && !asked.includes(':')) return asked;
    throw error;
  }
}

const NO_GRAPH = ['warehouse.unknown_table', 'identity.no_graph'];

async function idOf(deps: ProfileDeps, entity: Entity, asked: string): Promise<string> {
  try {
    const { profile, located } = await findSubject(deps, asked, asked.includes(':') ? entity.name : undefined);
    if (profile?.entity === entity.name) return profile.profileId;
    if (profile) throw errors.unknown_subject(`This is no ${entity.name} but a ${profile.entity}`);
    throw errors.unknown_subject(
      `${located === null ? 'The id' : 'The identifier'} belongs to no profile. GET /api/identity/explain says why`,
    );
  } catch (error) {
    // Where a company has a key of its own and builds none of the package, there is no graph to ask.
    if (error instanceof CdpError && NO_GRAPH.includes(error.code)) return asked;
    throw error;
  }
}

/** @throws CdpError `identity.unknown_subject` where no table of the entity has a row for it. */
export async function readProfileView(deps: ProfileDeps, { entity, id }: Named, { isUnmasked }: Shown): Promise<ProfileView> {
  const columns = await columnsOf(deps, { entity, id });
  const shown = isUnmasked ? columns : columns.map(hidden);
  return {
    entity: entity.name,
    id,
    columns: shown,
    consent: shown.filter(({ name }) => /^consent_(?!.*_source$)/.test(name)).map(({ name, value }) => ({ name, value })),
  };
}

/** Of all tables of its traits; a column that two have is the own table's, which comes first. */
export async function columnsOf(deps: ProfileDeps, { entity, id }: Named): Promise<ProfileColumn[]> {
  const columns = new Map<string, ProfileColumn>();
  for (const { table } of entity.tables) {
    const [row] = await deps.warehouse.reader.ask(rowOf(entity, table), { id });
    if (row === undefined && columns.size === 0) throw errors.unknown_subject(`No row of ${table.table} has this key`);
    for (const [name, value] of Object.entries(row ?? {})) {
      if (columns.has(name)) continue;
      const trait = entity.traits.get(name);
      const is_personal = trait?.isPii ?? (name !== entity.key && isText(value));
      columns.set(name, { name, label: trait?.label ?? name, table: table.table, value, is_trait: trait !== undefined, is_personal });
    }
  }
  return [...columns.values()];
}

/** An undeclared column may hold personal data when it is a text or holds texts. */
const isText = (value: unknown): boolean =>
  typeof value === 'object' ? value !== null : typeof value === 'string' && !/^\d{4}-\d\d-\d\d([T ]|$)/.test(value);

const hidden = (column: ProfileColumn): ProfileColumn => (column.is_personal ? { ...column, value: masked(column.value) } : column);

const keyIs = (entity: Entity, column: string) =>
  `${quoteIdentifier(column)} = accurateCastOrNull({id:String}, ${quoteText(innerType(entity.keyType))})`;

const rowOf = (entity: Entity, table: TableName) =>
  defineQuery({
    name: 'identity.profile_row',
    sql: `
    select *
    from ${qualified(table)}
    where ${keyIs(entity, entity.key)}
    limit 1
  `,
    params: z.object({ id: z.string() }),
    row: z.looseObject({}),
  });

const timelineOf = (entity: Entity, stream: EventStream) => {
  const time = `toDateTime64(${quoteIdentifier(stream.time.column)}, 3, 'UTC')`;
  const name = stream.event.is === 'constant' ? quoteText(stream.event.name) : `toString(${quoteIdentifier(stream.event.column)})`;
  const properties = stream.properties.is === 'json' ? [stream.properties.column] : [...stream.properties.columns.keys()];
  const fields = properties.map((column) => quoteIdentifier(column)).join(', ');
  return defineQuery({
    name: 'identity.timeline',
    sql: `
    select
        ${time} as at,
        ${name} as event,
        ${properties.length === 0 ? "'{}'" : `toJSONString(tuple(${fields}))`} as fields
    from ${qualified(stream.table)}
    where ${keyIs(entity, stream.key)}
      and ${time} <= {page_at:DateTime64(3, 'UTC')}
    order by
        at desc,
        event,
        fields
    limit {page_take:UInt64}
  `,
    params: z.object({ ...pageParams, id: z.string() }),
    row: z.object({ at: z.string(), event: z.string(), fields: z.string() }),
  });
};

/** What happened to it, newest first, of all streams of its entity. Values of properties may be personal: they are masked unless asked for. */
export async function readTimeline(
  deps: ProfileDeps,
  { entity, id }: Named,
  request: PageRequest,
  { isUnmasked }: Shown,
): Promise<Page<TimelineEvent>> {
  const { limit, from } = request;
  // Each stream may fill the whole page, and what was shown of the first moment stands before it.
  const page = { id, page_at: from.at.replace('Z', ''), page_skip: 0, page_take: from.skip + limit + 1 };
  const found = await Promise.all(
    entity.streams.map(async (stream) => {
      const rows = await deps.warehouse.reader.ask(timelineOf(entity, stream), page);
      return rows.map((row) => ({ at: row.at, event: row.event, stream: stream.name, properties: propertiesOf(stream, row.fields) }));
    }),
  );
  const all = found.flat().sort((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0));
  const { items, next } = pageOf(all.slice(from.skip, from.skip + limit + 1), request, ({ at }) => at);
  return {
    items: isUnmasked ? items : items.map((event) => ({ ...event, properties: maskedWithin(event.properties) as Record<string, unknown> })),
    next,
  };
}

function propertiesOf({ properties }: EventStream, fields: string): Record<string, unknown> {
  const parsed: unknown = JSON.parse(fields);
  const values = Array.isArray(parsed) ? parsed : Object.values(parsed as object);
  if (properties.is === 'json') return (values[0] ?? {}) as Record<string, unknown>;
  return Object.fromEntries([...properties.columns.keys()].map((name, index) => [name, values[index]]));
}
