/** What may be segmented: entities, their traits, their events and related rows, read from dbt's manifest. Nothing is kept by hand. Pure. */
import * as z from 'zod';
import { type ColumnType, readColumnType } from './column-type.ts';
import { errors } from './errors.ts';
import { readKeyType } from './key-type.ts';

export interface TableName {
  readonly database: string;
  readonly table: string;
}

export interface Trait {
  readonly name: string;
  /** What people read: `Lifetime value`. */
  readonly label: string;
  readonly description: string;
  /** ClickHouse's, from the model's contract. */
  readonly type: string;
  readonly column: ColumnType;
  /** Personal data: masked in previews and logs. */
  readonly isPii: boolean;
  readonly table: TableName;
  /** Of a trait that is a path into a JSON column: the column, then the names from level to level. */
  readonly path?: readonly [string, ...string[]];
}

/** A JSON column of traits that nobody declared one by one: whatever identify calls say. Segments name one as `traits.plan`, the column first. */
export interface OpenTraits {
  readonly column: string;
  readonly description: string;
  readonly isPii: boolean;
  readonly table: TableName;
}

/** Rows that belong to an entity, many to one: orders, subscriptions. */
export interface Related {
  readonly name: string;
  readonly description: string;
  readonly table: TableName;
  readonly key: string;
  readonly foreignKey: string;
}

export interface Entity {
  /** `person`, `account`. */
  readonly name: string;
  /** Column that names one entity in every table of it. */
  readonly key: string;
  /** Of that column in the entity's own table, as it is declared: `UUID`, `UInt64`, `Nullable(String)`. `readKeyType` reads it. */
  readonly keyType: string;
  /** Has one row for each entity, like every table of its traits. */
  readonly table: TableName;
  readonly traits: ReadonlyMap<string, Trait>;
  /** Undefined where no model has such a column. */
  readonly openTraits?: OpenTraits;
  readonly related: readonly Related[];
  /** Undefined where no model holds events of this entity. */
  readonly events?: EventModel;
}

/** The published events: `event_name`, `occurred_at` and `properties` (JSON) beside the entity's key. */
export interface EventModel {
  readonly table: TableName;
  readonly description: string;
}

export interface Catalogue {
  readonly entities: ReadonlyMap<string, Entity>;
}

const TraitMeta = z.looseObject({
  label: z.string().optional(),
  trait: z.boolean().optional(),
  traits: z.boolean().optional(),
  pii: z.boolean().optional(),
});

/** Two columns together name nothing here: no view, sync or link has room for them. */
const KeyColumn = z.string('a key is the name of one column. Where several name a row together, make one of them in the model');

const ModelMeta = z.discriminatedUnion('role', [
  z.looseObject({ role: z.literal('traits'), entity: z.string(), key: KeyColumn }),
  z.looseObject({ role: z.literal('events'), entity: z.string() }),
  z.looseObject({ role: z.literal('related'), entity: z.string(), name: z.string(), key: z.string(), foreign_key: z.string() }),
]);
type ModelMeta = z.output<typeof ModelMeta>;

/** What the catalogue needs to know of a dbt model; `src/dbt` reads it from target/manifest.json. */
export interface PublishedModel {
  readonly name: string;
  /** The ClickHouse database, prefix included. */
  readonly schema: string;
  readonly alias: string;
  readonly description: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly columns: readonly PublishedColumn[];
}

export interface PublishedColumn {
  readonly name: string;
  readonly description: string;
  /** From the model's contract; undefined where none is declared. */
  readonly dataType: string | undefined;
  readonly meta: Readonly<Record<string, unknown>>;
}

/**
 * Reads `meta.sluice` of each model and column:
 * a model with `{ entity: person, key: profile_id, role: traits }` holds one row per person, and each of its columns with `{ trait: true }`
 * is a trait (a JSON column with `{ traits: true }` holds any number of them); `role: events` names the events; `role: related` names rows that belong to the entity.
 *
 * @throws CdpError `catalogue.invalid` that names the model and what is wrong with its meta.
 */
export function catalogueOf(models: readonly PublishedModel[]): Catalogue {
  const declared = models.flatMap((model) => {
    const meta = modelMeta(model);
    return meta ? [{ model, meta }] : [];
  });
  const names = new Set(declared.map(({ meta }) => meta.entity));
  const entities = [...names].sort().flatMap((name) => {
    const entity = readEntity(
      name,
      declared.filter(({ meta }) => meta.entity === name),
    );
    return entity ? [[name, entity] as const] : [];
  });
  return { entities: new Map(entities) };
}

interface Declared {
  readonly model: PublishedModel;
  readonly meta: ModelMeta;
}

function modelMeta(model: PublishedModel): ModelMeta | undefined {
  const declared = model.meta.sluice;
  if (declared === undefined || typeof declared !== 'object' || declared === null || !('role' in declared)) return undefined;
  const meta = ModelMeta.safeParse(declared);
  if (!meta.success) throw errors.invalid(`The meta.sluice of the model ${model.name} cannot be used:\n${z.prettifyError(meta.error)}`);
  return meta.data;
}

/** The warehouse contract's name for the table that is an entity: it comes before other tables of its traits. */
const OWN_TABLE: Readonly<Record<string, string>> = { person: 'profiles', account: 'accounts' };

function readEntity(name: string, declared: readonly Declared[]): Entity | undefined {
  const traitModels = declared.flatMap(({ model, meta }) => (meta.role === 'traits' ? [{ model, key: meta.key }] : []));
  const first = traitModels.find(({ model }) => model.name === OWN_TABLE[name]) ?? traitModels[0];
  if (!first) return undefined;
  const other = traitModels.find(({ key }) => key !== first.key);
  if (other)
    throw errors.invalid(
      `The models ${first.model.name} and ${other.model.name} hold traits of ${name} under different keys (${first.key}, ${other.key}).`,
    );

  const traits = new Map<string, Trait>();
  for (const { model } of traitModels) {
    for (const trait of model.columns.flatMap((column) => readTrait(model, column) ?? [])) {
      const twin = traits.get(trait.name);
      if (twin)
        throw errors.invalid(`The trait ${trait.name} of ${name} is declared by two models: ${twin.table.table} and ${model.name}.`);
      traits.set(trait.name, trait);
    }
  }

  const [openTraits, another] = traitModels.flatMap(({ model }) => model.columns.flatMap((column) => readOpenTraits(model, column) ?? []));
  if (openTraits && another)
    throw errors.invalid(
      `${openTraits.table.table}.${openTraits.column} and ${another.table.table}.${another.column} both hold the traits of ${name}.`,
    );

  const events = declared.find(({ meta }) => meta.role === 'events')?.model;
  return {
    name,
    key: first.key,
    keyType: declaredKeyType(name, first.model, first.key),
    table: tableOf(first.model),
    traits: withOwnLabels(traits),
    ...(openTraits ? { openTraits } : {}),
    related: declared.flatMap(({ model, meta }) =>
      meta.role === 'related'
        ? [{ name: meta.name, description: model.description, table: tableOf(model), key: meta.key, foreignKey: meta.foreign_key }]
        : [],
    ),
    ...(events ? { events: { table: tableOf(events), description: events.description } } : {}),
  };
}

/** Where the members of its segments are kept depends on it, so it cannot be guessed. */
function declaredKeyType(entity: string, model: PublishedModel, key: string): string {
  const dataType = model.columns.find(({ name }) => name === key)?.dataType;
  if (dataType === undefined) {
    throw errors.invalid(
      `The key ${model.name}.${key} of ${entity} has no data_type. Add it to the model's yml: columns: [{ name: ${key}, data_type: UUID }], with the type that the column has.`,
    );
  }
  if (readKeyType(dataType) === undefined) {
    throw errors.invalid(
      `The key ${model.name}.${key} of ${entity} has the type ${dataType}. A key is one column that holds a whole number, a text, a UUID or a date: make such a column in the model.`,
    );
  }
  if (AUDIENCE_COLUMNS.includes(key)) {
    throw errors.invalid(
      `The key ${model.name}.${key} of ${entity} has the name of another column of audience views (${AUDIENCE_COLUMNS.join(', ')}). Give it another name in the model.`,
    );
  }
  return dataType;
}

/** Beside the key, in the view that shows the members of a segment. */
const AUDIENCE_COLUMNS: readonly string[] = ['entered_at', 'version'];

/** Names are unique and labels need not be: those that people could not tell apart get their name behind them. */
function withOwnLabels(traits: ReadonlyMap<string, Trait>): ReadonlyMap<string, Trait> {
  const read = ({ label }: Trait) => label.trim().replace(/\s+/g, ' ').toLowerCase();
  const alike = Map.groupBy(traits.values(), read);
  const told = [...traits.values()].map((trait) => {
    const isShared = (alike.get(read(trait)) ?? []).length > 1;
    return isShared ? { ...trait, label: `${trait.label.trim()} (${trait.name})` } : trait;
  });
  const byName = new Map(told.map((trait) => [trait.name, trait]));
  // `City (home)` may be what somebody calls another one.
  return new Set(told.map(read)).size === told.length || told.every((trait) => trait === traits.get(trait.name))
    ? byName
    : withOwnLabels(byName);
}

function traitMeta(model: PublishedModel, column: PublishedColumn) {
  const meta = TraitMeta.safeParse(column.meta.sluice ?? {});
  if (!meta.success)
    throw errors.invalid(`The meta.sluice of ${model.name}.${column.name} cannot be used:\n${z.prettifyError(meta.error)}`);
  return meta.data;
}

function readOpenTraits(model: PublishedModel, column: PublishedColumn): OpenTraits | undefined {
  const meta = traitMeta(model, column);
  if (meta.traits !== true) return undefined;
  if (!/^JSON(\(|$)/.test(column.dataType ?? ''))
    throw errors.invalid(
      `${model.name}.${column.name} is to hold traits of any name, and is no JSON but ${column.dataType ?? 'of no type'}.`,
    );
  return { column: column.name, description: column.description, isPii: meta.pii ?? false, table: tableOf(model) };
}

function readTrait(model: PublishedModel, column: PublishedColumn): Trait | undefined {
  const meta = traitMeta(model, column);
  if (meta.trait !== true) return undefined;
  const { dataType } = column;
  if (dataType === undefined)
    throw errors.invalid(`The trait ${model.name}.${column.name} has no data_type. Declare it in the model's yml.`);
  const type = readColumnType(dataType);
  if (!type) throw errors.invalid(`The trait ${model.name}.${column.name} has the type ${dataType}, by which nobody can be chosen.`);
  return {
    name: column.name,
    label: meta.label ?? column.name,
    description: column.description,
    type: dataType,
    column: type,
    isPii: meta.pii ?? false,
    table: tableOf(model),
  };
}

const tableOf = (model: PublishedModel): TableName => ({ database: model.schema, table: model.alias });
