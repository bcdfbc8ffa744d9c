/** The catalogue as a visual builder needs it: with the operators and measures that fit, fill rates, and the segments that can be named. */
import type { Catalogue, Relation, TypedColumn } from '../catalogue/catalogue.ts';
import type { ColumnKind } from '../catalogue/column-kind.ts';
import { columnDescribed, type Described, describeEntities, presentEntity } from '../catalogue/described.ts';
import type { DeclaredProperty, PropertySample } from '../catalogue/event-sample.ts';
import { isSameTable } from '../sql/sql-text.ts';
import type { BuilderEntity } from './builder-schema.ts';
import { measureProblem } from './check-events.ts';
import { OPERATORS_OF, operatorsOfTrait } from './check-operator.ts';
import { summaryOf } from './compile-row-measure.ts';
import type { SegmentDeps } from './deps.ts';
import { readFillRates } from './fill-rates.ts';
import { PROPERTY_OPERATORS } from './language/operators.ts';
import { listSegments } from './list.ts';

const SUMMARIES = ['sum', 'avg', 'min', 'max'] as const;
const OCCURRENCES = ['distinct', 'repeats'] as const;
/** Relations to one after the other that columns are listed for: `order.store.city`. */
const MAX_HOPS = 3;

export interface ForBuilder {
  readonly described: Described;
  readonly shown: BuilderEntity;
}

/** @param only the name of one entity. @throws CdpError `catalogue.unknown_entity`. */
export async function builderCatalogue(deps: SegmentDeps, only?: string): Promise<ForBuilder[]> {
  const catalogue = await deps.catalogue();
  const [described, segments] = await Promise.all([describeEntities(deps.warehouse.reader, catalogue, only), listSegments(deps)]);
  return Promise.all(described.map(async (one) => ({ described: one, shown: await entityOf(deps, catalogue, one, segments) })));
}

async function entityOf(
  deps: SegmentDeps,
  catalogue: Catalogue,
  described: Described,
  segments: Awaited<ReturnType<typeof listSegments>>,
): Promise<BuilderEntity> {
  const { entity, events, related } = described;
  const plain = presentEntity(described);
  const fill = await readFillRates(deps, entity);
  return {
    ...plain,
    entities: fill.entities,
    measured_at: fill.asOf,
    traits: plain.traits.map((trait) => ({
      ...trait,
      operators: [...operatorsOfTrait(trait.kind as ColumnKind['kind'])],
      fill_rate: fill.of.get(trait.name) ?? null,
    })),
    open_traits: plain.open_traits.map((trait) => ({ ...trait, operators: PROPERTY_OPERATORS, kinds: kindsOf(trait.types) })),
    events: plain.events.map((event, index) => ({
      ...event,
      properties: (events[index]?.properties ?? []).map((property) => propertyOf(property, event, described)),
    })),
    streams: entity.streams.map((stream, index) => ({
      ...(plain.streams[index] as (typeof plain.streams)[number]),
      columns: [...stream.columns.values()].map((column) => ({ ...columnDescribed(column), ...askedOfEvents(column) })),
    })),
    related: related.map(({ relation }, index) => ({
      ...(plain.related[index] as (typeof plain.related)[number]),
      columns: [...relation.columns.values()].map((column) => ({ ...columnDescribed(column), ...askedOfRows(column) })),
      reachable_columns: reachable(catalogue, relation),
      times: timesOf(relation),
    })),
    segments: segments
      .filter((segment) => segment.entity === entity.name)
      .map(({ segment_id, title, size, last_good_at }) => ({ segment_id, title: title ?? segment_id, size, last_good_at })),
  };
}

function propertyOf(
  property: PropertySample | DeclaredProperty,
  { stream: name }: { readonly stream: string },
  { entity }: Described,
): BuilderEntity['events'][number]['properties'][number] {
  const stream = entity.streams.find((one) => one.name === name);
  const column = stream?.properties.is === 'columns' ? stream.properties.columns.get(property.name) : undefined;
  if (column) {
    const { label, description, is_pii, kind } = columnDescribed(column);
    return { name: property.name, label, description, types: property.types, kinds: [kind], share: null, is_pii, ...askedOfEvents(column) };
  }
  return {
    name: property.name,
    label: property.name,
    description: '',
    types: property.types,
    kinds: kindsOf(property.types),
    share: 'share' in property ? property.share : null,
    is_pii: true,
    operators: PROPERTY_OPERATORS,
    measures: [...SUMMARIES, ...OCCURRENCES],
  };
}

const askedOfEvents = (column: TypedColumn) => ({
  operators: OPERATORS_OF[column.column.value.kind],
  measures: [...SUMMARIES, ...OCCURRENCES].filter((measure) => measureProblem(measure, column) === undefined),
});

function askedOfRows({ column: { value } }: TypedColumn) {
  const summaries = SUMMARIES.filter((measure) => summaryOf(measure, value) !== undefined);
  return { operators: OPERATORS_OF[value.kind], measures: [...summaries, ...(value.kind === 'list' ? [] : OCCURRENCES)] };
}

/** Kinds of ClickHouse's types of values in JSON. */
function kindsOf(types: readonly string[]): BuilderEntity['open_traits'][number]['kinds'] {
  const kindOf = (type: string) => {
    if (type === 'String') return 'text';
    if (type === 'Bool') return 'boolean';
    if (type.startsWith('Array')) return 'list';
    return /^(U?Int|Float|Decimal)/.test(type) ? 'number' : 'object';
  };
  return [...new Set(types.map(kindOf))];
}

function timesOf({ time, columns }: Relation): string[] {
  const all = [...columns.values()]
    .filter(({ column: { value } }) => value.kind === 'time' || value.kind === 'date')
    .map(({ name }) => name);
  return [...new Set([...(time === undefined ? [] : [time]), ...all])];
}

/** By relations to one, never back to where one was. */
function reachable(catalogue: Catalogue, start: Relation): BuilderEntity['related'][number]['reachable_columns'] {
  const found: BuilderEntity['related'][number]['reachable_columns'] = [];
  const walk = (from: Relation, way: readonly Relation[]) => {
    const relations = ('entity' in from.to ? catalogue.entities.get(from.to.entity) : catalogue.models.get(from.to.model))?.related ?? [];
    for (const next of relations) {
      const before = [start, ...way];
      const isBack = before.some((one) => isSameTable(one.table, next.table) || isSameTable(one.from.table, next.table));
      if (next.cardinality !== 'one' || isBack) continue;
      const names = [...way, next].map(({ name }) => name);
      for (const column of next.columns.values())
        found.push({ ...columnDescribed(column), name: [...names, column.name].join('.'), ...askedOfRows(column) });
      if (names.length < MAX_HOPS) walk(next, [...way, next]);
    }
  };
  walk(start, []);
  return found;
}
