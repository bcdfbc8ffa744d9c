/** Streams of events: models whose rows are events of an entity (`meta.sluice.events`). Pure. */

import type { TableName } from '../sql/sql-text.ts';
import { readColumnType } from './column-kind.ts';
import { isJson, type TypedColumn, typedColumn } from './column-meta.ts';
import { errors } from './errors.ts';
import { columnOf, type EventsMeta, typeOf } from './meta.ts';
import { isWithin, type PublishedModel, tableOf } from './published-model.ts';

export interface EventStream {
  /** Name of its model. */
  readonly name: string;
  readonly description: string;
  readonly table: TableName;
  /** Column with the entity's key. */
  readonly key: string;
  /** dbt tests that every key is in the entity's own table. */
  readonly isWithin: boolean;
  /** When the event happened; a `date` stands for the start of its day. */
  readonly time: { readonly column: string; readonly kind: 'time' | 'date' };
  readonly event:
    | { readonly is: 'column'; readonly column: string /** Enums are compared as the text they print. */; readonly needsCast: boolean }
    | { readonly is: 'constant'; readonly name: string };
  readonly properties:
    | { readonly is: 'json'; readonly column: string }
    /** Empty when the yml names none. */
    | { readonly is: 'columns'; readonly columns: ReadonlyMap<string, TypedColumn> };
  /** Columns beside the properties that conditions may ask for: the source, the address of a page. */
  readonly columns: ReadonlyMap<string, TypedColumn>;
}

/** `own`: the entity's own model and its key. @throws CdpError `catalogue.invalid`. */
export function readStream(model: PublishedModel, meta: EventsMeta, own: { model: PublishedModel; key: string }): EventStream {
  const key = meta.key ?? own.key;
  // In the old spelling the key is the entity's, whether or not the yml lists the column.
  if (meta.key !== undefined) columnOf(model, key, '`events.key`');
  return {
    name: model.name,
    description: model.description,
    table: tableOf(model),
    key,
    isWithin: isWithin(model, key, own.model.name, own.key),
    time: readTime(model, meta.time),
    event: readName(model, meta.name),
    properties: readProperties(model, meta.properties),
    columns: typedColumns(model, meta.columns ?? [], { saying: 'events.columns', what: 'column' }),
  };
}

function readTime(model: PublishedModel, name: string): EventStream['time'] {
  const type = typeOf(model, columnOf(model, name, '`events.time`'));
  const kind = readColumnType(type)?.value.kind;
  if (kind === 'time' || kind === 'date') return { column: name, kind };
  throw errors.invalid(
    `The time of the events in the model ${model.name} is the column ${name}, which is not a time but ${type}. Make a DateTime64(3, 'UTC') of it.`,
  );
}

/** A name that is a column of the model means that column; any other text is the name of every event. */
function readName(model: PublishedModel, name: string): EventStream['event'] {
  const column = model.columns.find((one) => one.name === name);
  if (!column) return { is: 'constant', name };
  const type = typeOf(model, column);
  const value = readColumnType(type)?.value;
  if (value?.kind === 'text') return { is: 'column', column: name, needsCast: value.needsCast };
  throw errors.invalid(`The events of the model ${model.name} are named by the column ${name}, which is not a text but ${type}.`);
}

function readProperties(model: PublishedModel, properties: EventsMeta['properties']): EventStream['properties'] {
  if (typeof properties === 'string') {
    const type = typeOf(model, columnOf(model, properties, '`events.properties`'));
    if (isJson(type)) return { is: 'json', column: properties };
    throw errors.invalid(
      `The properties of the events in the model ${model.name} are the column ${properties}, which is not JSON but ${type}. Write \`properties: [${properties}]\` for one property of that name.`,
    );
  }
  return { is: 'columns', columns: typedColumns(model, properties ?? [], { saying: 'events.properties', what: 'property' }) };
}

/** `saying`: where the yml lists them. @throws CdpError when conditions cannot use one. */
function typedColumns(
  model: PublishedModel,
  names: readonly string[],
  { saying, what }: { readonly saying: string; readonly what: string },
): ReadonlyMap<string, TypedColumn> {
  const columns = names.map((name) => {
    const column = columnOf(model, name, `\`${saying}\``);
    const typed = typedColumn(model, column);
    if (typed) return [name, typed] as const;
    throw errors.invalid(
      `The ${what} ${model.name}.${name} has the type ${column.dataType}, which conditions cannot use. ${what === 'property' && isJson(column.dataType) ? `Write \`properties: ${name}\` for a JSON column of all properties.` : 'Leave it out, or make a text, number, Bool, date or list of it.'}`,
    );
  });
  return new Map(columns);
}

/** Two streams with one event name would count an event twice, or the wrong one. @throws CdpError */
export function assertOwnNames(entity: string, streams: readonly EventStream[]): void {
  const named = new Map<string, EventStream>();
  for (const stream of streams) {
    if (stream.event.is !== 'constant') continue;
    const twin = named.get(stream.event.name);
    if (twin)
      throw errors.invalid(
        `Two streams of events of ${entity} are named ${stream.event.name}: the models ${twin.name} and ${stream.name}. Write another \`events.name\` in one of them, or put both into one model.`,
      );
    named.set(stream.event.name, stream);
  }
}
