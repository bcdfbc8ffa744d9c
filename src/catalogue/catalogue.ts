/**
 * What can be segmented: entities, their traits, their events and related rows, read from dbt's manifest. Nothing is maintained by hand.
 * Pure.
 */

import type { TableName } from '../sql/sql-text.ts';
import { type Audience, readAudiences } from './audiences.ts';
import { type OpenTraits, readOpenTraits, readTrait, type Trait, withOwnLabels } from './column-meta.ts';
import { errors } from './errors.ts';
import { readKeyType } from './key-type.ts';
import { type Declaration, didYouMean, readDeclaration } from './meta.ts';
import { isUnique, isWithin, type PublishedModel, tableOf } from './published-model.ts';
import { type RelatedModel, type Relation, readRelations } from './relations.ts';
import { assertOwnNames, type EventStream, readStream } from './streams.ts';
import { assertKnownWords } from './words.ts';

export type { Audience } from './audiences.ts';
export type { OpenTraits, Trait, TypedColumn } from './column-meta.ts';
export type { PublishedColumn, PublishedModel } from './published-model.ts';
export { isComparable, isTime, type RelatedModel, type Relation } from './relations.ts';
export type { EventStream } from './streams.ts';

export interface Entity {
  /** `person`, `account`, `household`. */
  readonly name: string;
  /** Label of one entity: `Household`. */
  readonly label: string;
  /** Column that identifies an entity in every table of its traits. */
  readonly key: string;
  /** Declared type of that column in the entity's own table: `UUID`, `UInt64`, `Nullable(String)`. `readKeyType` reads it. */
  readonly keyType: string;
  /** The entity's own table: an entity exists when it has a row there. One row each, when dbt tests that. */
  readonly table: TableName;
  /** Every table of its traits, its own table first. */
  readonly tables: readonly TraitTable[];
  readonly traits: ReadonlyMap<string, Trait>;
  /** Undefined when no model has such a column. */
  readonly openTraits?: OpenTraits;
  readonly related: readonly Relation[];
  readonly streams: readonly EventStream[];
}

/** A table of traits may lack entities. Unless dbt tests otherwise, it may also have a key twice, or keys that belong to no entity. */
export interface TraitTable {
  readonly table: TableName;
  readonly isUnique: boolean;
  /** Every key is in the entity's own table. */
  readonly isWithin: boolean;
  /** Every entity of the own table has a row here. */
  readonly hasAll: boolean;
}

export interface Catalogue {
  readonly entities: ReadonlyMap<string, Entity>;
  /** Models that are no entity, but that relations lead to or from, by name. */
  readonly models: ReadonlyMap<string, RelatedModel>;
  /** Models that are audiences, by name. */
  readonly audiences: ReadonlyMap<string, Audience>;
  /** Name of the model that makes each table, by `database.table`. */
  readonly modelNames: ReadonlyMap<string, string>;
}

/**
 * Reads `meta.sluice` of each model and column; docs/catalogue.md describes the allowed words. The order of the models does not matter.
 *
 * @throws CdpError `catalogue.invalid` that names the model, the column and what to write.
 */
export function catalogueOf(models: readonly PublishedModel[]): Catalogue {
  const sorted = [...models].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const model of sorted) assertKnownWords(model);
  const declarations = sorted.map(readDeclaration);
  const names = [...new Set(declarations.flatMap(({ rows }) => rows?.entity ?? []))].sort();
  assertKnown(declarations, names);
  const drafts = names.map((name) => readEntity(name, declarations));
  const relations = readRelations(declarations, new Map(drafts.map(({ entity: { name, key }, model }) => [name, { name, key, model }])));
  const entities = drafts.map(({ entity }) => ({ ...entity, related: relations.ofEntity.get(entity.name) ?? [] }));
  const byName = new Map(entities.map((entity) => [entity.name, entity]));
  const modelNames = new Map(models.map((model) => [`${model.schema}.${model.alias}`, model.name]));
  return { entities: byName, models: relations.models, audiences: readAudiences(declarations, byName), modelNames };
}

function assertKnown(declarations: readonly Declaration[], entities: readonly string[]): void {
  for (const { model, events } of declarations) {
    for (const { entity } of events) {
      if (entities.includes(entity)) continue;
      throw errors.invalid(
        `The events of the model ${model.name} are of the entity ${entity}, which no model declares.${didYouMean(entity, entities)} Declare it on the model with one row for each: \`entity: ${entity}\`, \`key: …\`.`,
      );
    }
  }
}

/** The warehouse contract's name for an entity's own table: it takes precedence over other tables of its traits. */
const OWN_TABLE: Readonly<Record<string, string>> = { person: 'profiles', account: 'accounts' };

type Rows = Declaration & { readonly rows: NonNullable<Declaration['rows']> };

/** The model with a label; if several or none have one, the package's `profiles` or `accounts`, else the first by name. */
function ownOf(name: string, models: readonly Rows[]): Rows | undefined {
  const labelled = models.filter(({ rows }) => rows.label !== undefined);
  const candidates = labelled.length > 0 ? labelled : models;
  const ours = OWN_TABLE[name];
  return candidates.find(({ model }) => model.name === ours || model.name === `sluice.${ours}`) ?? candidates[0];
}

function readEntity(name: string, declarations: readonly Declaration[]): { entity: Entity; model: PublishedModel } {
  const declaring = declarations.filter((declaration): declaration is Rows => declaration.rows?.entity === name);
  const first = ownOf(name, declaring);
  if (!first) throw new Error(`no model declares the entity ${name}`);
  const traitModels = [first, ...declaring.filter((one) => one !== first)];
  const { key, label = name } = first.rows;
  const other = traitModels.find(({ rows }) => rows.key !== key);
  if (other)
    throw errors.invalid(
      `The models ${first.model.name} and ${other.model.name} hold traits of ${name} under different keys (${key}, ${other.rows.key}). Let the column have one name in both: \`${other.rows.key} as ${key}\` in ${other.model.name}.`,
    );

  const traits = new Map<string, Trait>();
  for (const { model } of traitModels) {
    for (const trait of model.columns.flatMap((column) => readTrait(model, column) ?? [])) {
      const twin = traits.get(trait.name);
      if (twin)
        throw errors.invalid(
          `The trait ${trait.name} of ${name} is declared by two models: ${twin.table.table} and ${model.name}. Take \`trait: true\` away from one of them, or give it another name there.`,
        );
      traits.set(trait.name, trait);
    }
  }

  const [openTraits, another] = traitModels.flatMap(({ model }) => model.columns.flatMap((column) => readOpenTraits(model, column) ?? []));
  if (openTraits && another)
    throw errors.invalid(
      `${openTraits.table.table}.${openTraits.column} and ${another.table.table}.${another.column} both hold the traits of ${name}. Take \`traits: true\` away from one of them.`,
    );
  const streams = declarations.flatMap(({ model, events }) =>
    events.flatMap((meta) => (meta.entity === name ? [readStream(model, meta, { model: first.model, key })] : [])),
  );
  assertOwnNames(name, streams);
  const tables = traitModels.map(({ model }) => ({
    table: tableOf(model),
    isUnique: isUnique(model, key),
    isWithin: model === first.model || isWithin(model, key, first.model.name, key),
    hasAll: model === first.model || isWithin(first.model, key, model.name, key),
  }));
  const entity: Entity = {
    name,
    label,
    key,
    keyType: declaredKeyType(name, first.model, key),
    table: tableOf(first.model),
    tables,
    traits: withOwnLabels(traits),
    ...(openTraits ? { openTraits } : {}),
    related: [],
    streams,
  };
  return { entity, model: first.model };
}

/** Where the members of its segments are stored depends on the type, so it cannot be guessed. */
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

/** Columns beside the key in the view of a segment's members. */
const AUDIENCE_COLUMNS: readonly string[] = ['entered_at', 'version'];
