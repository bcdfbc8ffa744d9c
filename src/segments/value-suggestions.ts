/**
 * The values that a trait, a property of an event or a column of related rows has, the most frequent first: what an editor suggests while
 * somebody writes a condition.
 */
import * as z from 'zod';
import type { Catalogue, Entity, EventStream, Relation, TypedColumn } from '../catalogue/catalogue.ts';
import type { ColumnKind } from '../catalogue/column-kind.ts';
import { errors } from '../catalogue/errors.ts';
import { nearest } from '../documents/problem.ts';
import { CdpError } from '../errors.ts';
import { qualified, quoteIdentifier } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { SuggestedValues } from './builder-schema.ts';
import { PROPERTY_PART } from './check-tools.ts';
import { Parameters } from './compile-parameters.ts';
import { rowsOf } from './compile-rows.ts';
import type { SegmentDeps } from './deps.ts';
import { traitRows } from './trait-rows.ts';

/** Whose values: names as the catalogue shows them. */
export type ValuesOf =
  | { readonly trait: string }
  | { readonly event: string; readonly property: string }
  | { readonly stream: string; readonly column: string }
  | { readonly related: string; readonly column: string };

export interface SuggestionOptions {
  readonly search?: string | undefined;
  readonly limit?: number;
  readonly isUnmasked?: boolean;
  readonly signal?: AbortSignal;
  /** For tests: what is read before a sample is taken, and how much of it then. */
  readonly budget?: Partial<typeof BUDGET>;
}

/** Rows that one suggestion may read to be exact, for how long, and of what a sample is made. */
const BUDGET = { exactRows: 5_000_000, exactSeconds: 2, sampleRows: 200_000, sampleSeconds: 8 };

/** A longer text is no value that somebody picks from a list. */
const MAX_LENGTH = 1_000;

/** @throws CdpError `catalogue.unknown_entity`, `catalogue.unknown_name`, `catalogue.personal_values`; of the warehouse. */
export async function suggestValues(
  deps: Pick<SegmentDeps, 'warehouse' | 'catalogue' | 'now'>,
  entityName: string,
  of: ValuesOf,
  { search = '', limit = 20, isUnmasked = false, signal, budget }: SuggestionOptions = {},
): Promise<SuggestedValues> {
  const catalogue = await deps.catalogue();
  const entity = catalogue.entities.get(entityName);
  if (!entity) throw errors.unknown_entity(`There is no entity ${entityName}.${meant(entityName, catalogue.entities.keys())}`);
  const parameters = new Parameters();
  const subject = subjectOf(catalogue, entity, of, parameters);
  if (subject.isPersonal && !isUnmasked) throw errors.personal_values(`${subject.name} holds personal data, or may hold it`);
  const may = { ...BUDGET, ...budget };
  const ask = async (isSample: boolean) => {
    const query = defineQuery({
      name: 'segments.values',
      sql: valuesSql(subject, { search, limit, sampleRows: isSample ? may.sampleRows : undefined }, parameters),
      params: z.looseObject({}),
      row,
    });
    const settings = isSample
      ? { max_execution_time: may.sampleSeconds }
      : { max_execution_time: may.exactSeconds, max_rows_to_read: String(may.exactRows) };
    const [found] = await deps.warehouse.reader.ask(query, parameters.toObject(), { settings, ...(signal ? { signal } : {}) });
    return { found, isSample };
  };
  const { found, isSample } = await ask(false).catch((error: unknown) => {
    if (error instanceof CdpError && TOO_MUCH.has(error.code)) return ask(true);
    throw error;
  });
  return {
    values: (found?.top ?? []).map(([, count, value, kind]) => ({ value, kind, count: -Number(count) })),
    rows: found?.rows ?? 0,
    missing: found?.missing ?? 0,
    different: found?.different ?? 0,
    is_sample: isSample,
    as_of: deps.now().toISOString(),
  };
}

const TOO_MUCH = new Set(['warehouse.too_many_rows', 'warehouse.timeout', 'warehouse.memory']);

const row = z.object({
  rows: z.coerce.number(),
  missing: z.coerce.number(),
  different: z.coerce.number(),
  /** Rank, number times -1, value, kind. */
  top: z.array(z.tuple([z.coerce.number(), z.coerce.number(), z.string(), z.enum(['text', 'number', 'boolean', 'date', 'time'])])),
});

interface Subject {
  readonly name: string;
  readonly isPersonal: boolean;
  /** Several streams may have events of one name. */
  readonly sources: readonly Source[];
}

interface Source {
  /** `from … where …` */
  readonly rows: string;
  /** SQL of an Array(Tuple(Nullable(String), String)): the values of a row as text, each with its kind. A row without a value has one that is null. */
  readonly values: string;
}

function valuesSql(
  { sources }: Subject,
  { search, limit, sampleRows }: { readonly search: string; readonly limit: number; readonly sampleRows: number | undefined },
  parameters: Parameters,
): string {
  const text = parameters.add('String', search);
  const [isFound, rank] =
    search === ''
      ? ['true', '0']
      : [`positionCaseInsensitiveUTF8(text, ${text}) > 0`, `if(startsWith(lowerUTF8(text), lowerUTF8(${text})), 0, 1)`];
  const limited = sampleRows === undefined ? '' : `\nlimit ${sampleRows}`;
  const items = sources.map(({ rows, values }) => `select ${values} as items\n${rows}${limited}`).join('\nunion all\n');
  // What begins with the searched text comes before what only has it within.
  return `select
    sum(occurrences) as rows,
    sumIf(occurrences, value is null) as missing,
    countIf(value is not null) as different,
    groupArraySortedIf(${limit})((toUInt8(${rank}), -toInt64(occurrences), text, kind), value is not null and lengthUTF8(text) <= ${MAX_LENGTH} and ${isFound}) as top
from (
    select item.1 as value, item.2 as kind, ifNull(value, '') as text, count() as occurrences
    from (select arrayJoin(items) as item from (${items}))
    group by value, kind
)`;
}

function subjectOf(catalogue: Catalogue, entity: Entity, of: ValuesOf, parameters: Parameters): Subject {
  if ('trait' in of) return ofTrait(entity, of.trait);
  if ('related' in of) return ofRelated(catalogue, entity, of);
  return 'event' in of ? ofEvent(entity, of, parameters) : ofStreamColumn(entity, of);
}

function ofTrait(entity: Entity, name: string): Subject {
  const trait = entity.traits.get(name);
  if (trait) {
    const value = `t.${quoteIdentifier(trait.name)}`;
    const source = { rows: traitRows(entity, trait.table, [trait]), values: columnValues(value, trait) };
    return { name, isPersonal: trait.isPii, sources: [source] };
  }
  const { openTraits } = entity;
  const [column = '', ...path] = name.split('.');
  if (openTraits && column === openTraits.column && path.length > 0 && path.every((part) => PROPERTY_PART.test(part)))
    return {
      name,
      isPersonal: openTraits.isPii,
      sources: [{ rows: `from ${qualified(openTraits.table)} as t`, values: jsonValues(`t.${quoteIdentifier(column)}`, path) }],
    };
  throw unknown(`There is no trait ${name} of a ${entity.name}.`, name, entity.traits.keys());
}

function ofEvent(
  entity: Entity,
  { event, property }: { readonly event: string; readonly property: string },
  parameters: Parameters,
): Subject {
  const named = entity.streams.filter((one) => one.event.is === 'constant' && one.event.name === event);
  const streams = named.length > 0 ? named : entity.streams.filter((one) => one.event.is === 'column');
  if (streams.length === 0) throw unknown(`There is no event ${event} of a ${entity.name}.`, event, constantsOf(entity));
  const path = property.split('.');
  const found = streams.flatMap((stream) => {
    const rows = `from ${qualified(stream.table)} as t${namedRows(stream, event, parameters)}`;
    const { properties } = stream;
    if (properties.is === 'json') {
      if (!path.every((part) => PROPERTY_PART.test(part))) return [];
      return [{ rows, values: jsonValues(`t.${quoteIdentifier(properties.column)}`, path), isPersonal: true }];
    }
    const column = properties.columns.get(property);
    return column ? [{ rows, values: columnValues(`t.${quoteIdentifier(property)}`, column), isPersonal: column.isPii }] : [];
  });
  if (found.length > 0) return { name: `${event}, ${property},`, isPersonal: found.some(({ isPersonal }) => isPersonal), sources: found };
  const names = streams.flatMap(({ properties }) => (properties.is === 'columns' ? [...properties.columns.keys()] : []));
  throw unknown(`${event} has no property ${property}.`, property, names);
}

const constantsOf = ({ streams }: Entity) => streams.flatMap(({ event }) => (event.is === 'constant' ? [event.name] : []));

function namedRows({ event }: EventStream, name: string, parameters: Parameters): string {
  if (event.is === 'constant') return '';
  const column = `t.${quoteIdentifier(event.column)}`;
  return `\nwhere ${event.needsCast ? `toString(${column})` : column} = ${parameters.add('String', name)}`;
}

function ofStreamColumn(entity: Entity, { stream: name, column: wanted }: { readonly stream: string; readonly column: string }): Subject {
  const stream = entity.streams.find((one) => one.name === name);
  if (!stream)
    throw unknown(
      `There is no stream ${name} of a ${entity.name}.`,
      name,
      entity.streams.map((one) => one.name),
    );
  const column = stream.columns.get(wanted);
  if (!column) throw unknown(`The stream ${name} has no column ${wanted} to ask for.`, wanted, stream.columns.keys());
  return {
    name: `${name}.${wanted}`,
    isPersonal: column.isPii,
    sources: [{ rows: `from ${qualified(stream.table)} as t`, values: columnValues(`t.${quoteIdentifier(wanted)}`, column) }],
  };
}

/** Of all rows of the table at the end of the way, and of relations to one from there; not only of those that an entity has. */
function ofRelated(
  catalogue: Catalogue,
  entity: Entity,
  { related, column: wanted }: { readonly related: string; readonly column: string },
): Subject {
  let relations = entity.related;
  let end: Relation | undefined;
  const columns = wanted.split('.');
  const name = columns.at(-1) ?? '';
  for (const step of [...related.split('.'), ...columns.slice(0, -1)]) {
    end = relations.find((relation) => relation.name === step);
    if (!end)
      throw unknown(
        `There is no relation ${step} on the way ${related}.`,
        step,
        relations.map((relation) => relation.name),
      );
    relations = ('entity' in end.to ? catalogue.entities.get(end.to.entity) : catalogue.models.get(end.to.model))?.related ?? [];
  }
  const column = end?.columns.get(name);
  if (!end || !column) throw unknown(`The rows of ${related} have no column ${wanted}.`, name, end?.columns.keys() ?? []);
  return {
    name: `${related}, ${wanted},`,
    isPersonal: column.isPii,
    sources: [{ rows: `from ${rowsOf(end, [name])} as t`, values: columnValues(`t.${quoteIdentifier(name)}`, column) }],
  };
}

const meant = (name: string, names: Iterable<string>) => {
  const near = nearest(name, names);
  return near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
};
const unknown = (message: string, name: string, names: Iterable<string>) => errors.unknown_name(`${message}${meant(name, names)}`);

const TYPE = 'Array(Tuple(Nullable(String), String))';

function columnValues(sql: string, { column: { value } }: TypedColumn): string {
  if (value.kind !== 'list') return `[(${valueText(sql, value)}, '${value.kind}')]::${TYPE}`;
  const item: ColumnKind =
    value.of === 'number'
      ? { kind: 'number', number: value.number }
      : value.of === 'text'
        ? { kind: 'text', needsCast: false }
        : { kind: 'boolean' };
  // An empty list is a missing value.
  return `if(empty(${sql}), [(null, '${value.of}')], arrayMap(x -> (${valueText('x', item)}, '${value.of}'), ${sql}))::${TYPE}`;
}

/** As a document writes it: no digit is lost, and a moment is in UTC. Null for none; an empty text is a value. */
function valueText(sql: string, kind: ColumnKind): string {
  switch (kind.kind) {
    case 'time':
      return `concat(replaceOne(toString(toTimeZone(${sql}, 'UTC')), ' ', 'T'), 'Z')`;
    case 'number':
      // `+ 0` makes 0 of -0.
      return kind.number.is === 'float' ? `if(isNaN(${sql}), null, toString(${sql} + 0))` : `toString(${sql})`;
    default:
      return `toString(${sql})`;
  }
}

/** Texts, numbers, true and false, and those within a list; an object has members of its own. */
function jsonValues(column: string, path: readonly string[]): string {
  const leaf = `${column}.${path.map(quoteIdentifier).join('.')}`;
  const type = `dynamicType(${leaf})`;
  const kind = `multiIf(${type} = 'String', 'text', ${type} = 'Bool', 'boolean', 'number')`;
  const elements = `arrayFilter(x -> x != 'null' and not startsWith(x, '[') and not startsWith(x, '{'), JSONExtractArrayRaw(ifNull(toJSONString(${leaf}), '[]')))`;
  const element = `if(startsWith(x, '"'), (toNullable(JSONExtractString(x)), 'text'), (toNullable(x), if(x in ('true', 'false'), 'boolean', 'number')))`;
  const inList = `arrayMap(x -> ${element}, ${elements})::${TYPE}`;
  const single = `[(toString(${leaf}), ${kind})]::${TYPE}`;
  const none = `[(null, 'text')]::${TYPE}`;
  return `multiIf(not startsWith(${type}, 'Array'), if(${leaf} is null, ${none}, ${single}), empty(${elements}), ${none}, ${inList})`;
}
