/** Reads `meta.sluice` of a model: what its rows are, which events they hold, to which entity they belong. Pure. */
import * as z from 'zod';
import { nearest } from '../documents/problem.ts';
import { errors } from './errors.ts';
import type { PublishedColumn, PublishedModel } from './published-model.ts';

const EventsMeta = z.strictObject({
  entity: z.string(),
  /** Column with the entity's key; undefined in the old spelling, where it has the entity's own name. */
  key: z.string().optional(),
  /** Column with the moment. */
  time: z.string(),
  /** A column that names each event, or one name for all. */
  name: z.string(),
  /** A JSON column, or several columns. */
  properties: z.union([z.string(), z.array(z.string())], { error: 'the name of a JSON column, or a list of columns' }).optional(),
  /** Columns beside the properties that conditions may ask for. */
  columns: z.array(z.string(), { error: 'a list of columns' }).optional(),
});
export type EventsMeta = z.output<typeof EventsMeta>;

const RelatedMeta = z.strictObject({
  entity: z.string().optional(),
  model: z.string().optional(),
  key: z.string().optional(),
  foreign_key: z.string(),
  name: z.string(),
  inverse: z.string().optional(),
  /** Column that says when a row happened. */
  time: z.string().optional(),
});
export type RelatedMeta = z.output<typeof RelatedMeta>;

/** The `related` of a dbt test; model and columns are the test's own. */
const TestedMeta = z.union([
  z.string().transform((name) => ({ name, key: undefined, inverse: undefined, time: undefined })),
  z.strictObject({ name: z.string(), key: z.string().optional(), inverse: z.string().optional(), time: z.string().optional() }),
]);

const AudienceMeta = z.strictObject({
  /** Of which entity its members are. */
  entity: z.string(),
  /** Column with the entity's key. */
  key: z.string(),
});

const oneOrMore = <T extends z.ZodType>(one: T) => z.union([one.transform((only) => [only]), z.array(one)]).default([]);

const ModelMeta = z.looseObject({
  entity: z.string().optional(),
  key: z.string().optional(),
  label: z.string().optional(),
  title: z.string().optional(),
  audience: AudienceMeta.optional(),
  events: oneOrMore(EventsMeta),
  related: oneOrMore(RelatedMeta),
});

const OldMeta = z.discriminatedUnion('role', [
  z.looseObject({ role: z.literal('traits'), entity: z.string(), key: z.string() }),
  z.looseObject({ role: z.literal('events'), entity: z.string() }),
  z.looseObject({ role: z.literal('related'), entity: z.string(), name: z.string(), key: z.string(), foreign_key: z.string() }),
]);

/** A relation that is declared on its many side. `field`: the column that it points to, when a dbt test states it. */
export type RelatedDeclaration = RelatedMeta & { readonly field?: string };

export interface Declaration {
  readonly model: PublishedModel;
  /** What people call the model. */
  readonly label?: string;
  /** Each row of the model is one of the entity. */
  readonly rows?: { readonly entity: string; readonly key: string /** What people call one. */; readonly label?: string };
  /** Column that identifies a row; undefined when the yml does not say. */
  readonly key?: string;
  /** Each row names a member of the audience that the model is. */
  readonly audience?: z.output<typeof AudienceMeta>;
  readonly events: readonly EventsMeta[];
  readonly related: readonly RelatedDeclaration[];
}

/** All models, also those that declare nothing: relations may lead to them. @throws CdpError `catalogue.invalid`. */
export function readDeclaration(published: PublishedModel): Declaration {
  const declared = published.meta.sluice;
  const given = typeof declared === 'object' && declared !== null ? (declared as Record<string, unknown>) : {};
  refuseCompositeKeys(published, given);
  const { model, meta } = 'role' in given ? fromRole(published, given) : { model: published, meta: parsed(ModelMeta, published, given) };
  const { entity, key, events, audience } = meta;
  const label = meta.label ?? meta.title;
  if (entity !== undefined && key === undefined)
    throw errors.invalid(
      `The model ${model.name} says \`entity: ${entity}\` and no key. Write \`key: ${entity}_id\` beside it: the column that names one ${entity}.`,
    );
  if (key !== undefined) columnOf(model, key, '`key`');
  return {
    model,
    ...(label === undefined ? {} : { label }),
    ...(entity === undefined || key === undefined ? {} : { rows: { entity, key, ...(label === undefined ? {} : { label }) } }),
    ...(key === undefined ? {} : { key }),
    ...(audience === undefined ? {} : { audience }),
    events,
    related: [...meta.related.map((related) => checkedRelated(model, related)), ...fromTests(model)],
  };
}

/**
 * Translates the old spelling, `role: traits | events | related`. Its models need not have their columns in the yml: columns that it relied
 * on without naming them are added.
 */
function fromRole(published: PublishedModel, given: Record<string, unknown>): { model: PublishedModel; meta: z.output<typeof ModelMeta> } {
  const old = parsed(OldMeta, published, given);
  const withColumns = (types: Readonly<Record<string, string | undefined>>): PublishedModel => {
    const missing = Object.entries(types).filter(([name]) => !published.columns.some((column) => column.name === name));
    const added = missing.map(([name, dataType]) => ({ name, dataType, description: '', meta: {} }));
    return { ...published, columns: [...published.columns, ...added] };
  };
  const { entity } = old;
  switch (old.role) {
    case 'traits':
      return { model: withColumns({ [old.key]: undefined }), meta: { entity, key: old.key, events: [], related: [] } };
    case 'events':
      return {
        model: withColumns({ event_name: 'String', occurred_at: "DateTime64(3, 'UTC')", properties: 'JSON' }),
        meta: { events: [{ entity, time: 'occurred_at', name: 'event_name', properties: 'properties' }], related: [] },
      };
    case 'related': {
      const { key, foreign_key, name } = old;
      return {
        model: withColumns({ [key]: undefined, [foreign_key]: undefined }),
        meta: { events: [], related: [{ entity, key, foreign_key, name }] },
      };
    }
  }
}

/** From relationships tests with `related` in their `meta`. */
function fromTests(model: PublishedModel): RelatedDeclaration[] {
  return (model.tests ?? []).flatMap((test) => {
    if (test.is !== 'relationships') return [];
    const declared = Object(test.meta.sluice).related as unknown;
    if (declared === undefined) return [];
    if (test.to === undefined)
      throw errors.invalid(
        `The relationships test of ${model.name}.${test.column} says \`related\` and points to no model. Relations lead to models: let it point to one, \`to: ref('…')\`.`,
      );
    const { name, key, inverse, time } = parsed(TestedMeta, model, declared);
    return [
      {
        model: test.to,
        field: test.field,
        foreign_key: test.column,
        name,
        ...(key === undefined ? {} : { key }),
        ...(inverse === undefined ? {} : { inverse }),
        ...(time === undefined ? {} : { time }),
      },
    ];
  });
}

function checkedRelated(model: PublishedModel, related: RelatedMeta): RelatedMeta {
  if ((related.entity === undefined) === (related.model === undefined))
    throw errors.invalid(
      `The relation ${related.name} of the model ${model.name} needs one of \`entity\` and \`model\`: whose rows these are, such as \`entity: person\`.`,
    );
  return related;
}

function parsed<T extends z.ZodType>(schema: T, model: PublishedModel, value: unknown): z.output<T> {
  const meta = schema.safeParse(value);
  if (!meta.success) throw errors.invalid(`The meta.sluice of the model ${model.name} cannot be used:\n${z.prettifyError(meta.error)}`);
  return meta.data;
}

/** Checked first: zod's own message about a list does not help. */
function refuseCompositeKeys(model: PublishedModel, given: Record<string, unknown>): void {
  const places = [given, given.audience, ...[given.events].flat(), ...[given.related].flat()].map(
    (place) => Object(place) as Record<string, unknown>,
  );
  for (const place of places) {
    for (const name of ['key', 'foreign_key']) {
      const key = place[name];
      if (!Array.isArray(key)) continue;
      const joined = key.map((column) => `toString(${column})`).join(", '|', ");
      throw errors.invalid(
        `The model ${model.name} has a ${name} of several columns (${key.join(', ')}), and a key is the name of one column: make one of them in the model, such as \`concat(${joined})\`, and write its name.`,
      );
    }
  }
}

/** `saying`: where the yml names the column. @throws CdpError when the yml does not have it. */
export function columnOf(model: PublishedModel, name: string, saying: string): PublishedColumn {
  const column = model.columns.find((one) => one.name === name);
  if (column) return column;
  const [near] = nearest(
    name,
    model.columns.map((one) => one.name),
  );
  const hint = near === undefined ? `Add it under \`columns\`, with its data_type.` : `Did you mean ${near}?`;
  throw errors.invalid(
    `The meta.sluice of the model ${model.name} names the column ${name} (${saying}), which its yml does not have. ${hint}`,
  );
}

/** @throws CdpError when the yml does not state its type. */
export function typeOf(model: PublishedModel, { name, dataType }: PublishedColumn): string {
  if (dataType !== undefined) return dataType;
  throw errors.invalid(
    `The column ${model.name}.${name} has no data_type. Write it in the model's yml: ClickHouse's type, such as \`data_type: Nullable(String)\`.`,
  );
}

/** ` Did you mean person?`, or nothing. */
export function didYouMean(name: string, names: Iterable<string>): string {
  const near = nearest(name, names);
  return near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
}
