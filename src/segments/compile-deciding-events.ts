/** The events of one entity that decide a condition on events, or come nearest to it, as SQL. Pure. */
import { distinctTables } from '../sql/sql-text.ts';
import type { EventCondition, EventPart } from './checked.ts';
import { joinedTraits, windowsOf } from './compile-events.ts';
import { subquery } from './compile-parameters.ts';
import { tablesBeside, traitsOfWindow } from './compile-source.ts';
import { StreamColumns } from './compile-stream.ts';
import {
  allOf,
  COLUMNS,
  columnsSql,
  type DecidingSelect,
  namedOnce,
  namedValue,
  nearestFirst,
  type OneEntity,
  placeOf,
  valueOfTest,
} from './deciding-select.ts';

/**
 * Events of the condition's names until `as_of`. Those in its window that pass its filters count; of a comparison also those in the other
 * window. What the first or last has to be is a test of its own, of rows that count.
 */
export function decidingEvents(condition: EventCondition, one: OneEntity, limit: number): DecidingSelect {
  const { measure, path } = condition;
  const named = namedOnce(condition.parts.flatMap(valuesOf).map(namedValue));
  const [anyPart] = condition.parts;
  const tests = [
    placeOf(path, 'during'),
    ...(anyPart?.filters ?? []).map((_, index) => placeOf(path, 'where', index)),
    ...(measure.is === 'first' || measure.is === 'last' ? edgeTests(condition) : []),
  ];
  const selects = condition.parts.map((part) => selectOf(condition, part, one, named));
  const order = measure.is === 'first' ? 'at asc' : 'at desc';
  const ranked = measure.is === 'min' || measure.is === 'max' ? [`amount ${measure.is === 'min' ? 'asc' : 'desc'} nulls last`] : [];
  return {
    sql: `select ${COLUMNS}\nfrom ${subquery(selects.join('\nunion all\n'))}\norder by ${[nearestFirst, ...ranked, order].join(', ')}\nlimit ${limit}`,
    values: named,
    tests,
  };
}

function edgeTests({ measure, path, parts }: EventCondition): string[] {
  const filters = parts.find(({ edge }) => edge)?.edge?.filters ?? [];
  return [placeOf(path, measure.is, 'event'), ...filters.map((_, index) => placeOf(path, measure.is, 'where', index))];
}

const valuesOf = ({ filters, value, edge }: EventPart) =>
  [...filters.map(valueOfTest), value, ...(edge?.filters ?? []).map(valueOfTest)].flatMap((read) => read ?? []);

function selectOf(
  condition: EventCondition,
  part: EventPart,
  { entity, tools, isOne }: OneEntity,
  named: readonly ReturnType<typeof namedValue>[],
): string {
  const { during, measure } = condition;
  const { clock, parameters, tests } = tools;
  const beside = tablesBeside(during);
  const columns = new StreamColumns(part.stream, entity, beside, tools, true);
  const { own, other } = windowsOf(condition, clock);
  const inside = (window: typeof own) => tests.interval(columns.time, window)?.sql ?? 'true';
  const within = during.is === 'traits' ? columns.within(during).map((sql) => `ifNull(${sql}, false)`) : [];
  const isInWindow = allOf([inside(own), ...within]);
  const filters = columns.filters(part.filters);
  const isInEither = other === undefined ? isInWindow : `((${isInWindow}) or (${inside(other)}))`;
  const edge =
    measure.is === 'first' || measure.is === 'last'
      ? part.edge === undefined
        ? edgeTests(condition).map(() => 'false')
        : [allOf(columns.nameIn(part.edge.events)), ...columns.filters(part.edge.filters)]
      : [];
  const reads = new Set(valuesOf(part).map((value) => namedValue(value).name));
  // Another stream may have the property elsewhere, or not at all.
  const ownValues = new Map(valuesOf(part).map((value) => [namedValue(value).name, value]));
  const shown = named.map(({ name }) => {
    const value = reads.has(name) ? ownValues.get(name) : undefined;
    return value === undefined ? 'null' : columns.shown(value);
  });
  const amount = measure.is === 'min' || measure.is === 'max' ? columns.values(part.value).amount() : 'null';
  const joined = distinctTables(beside)
    .map((table, index) => joinedTraits(entity, table, traitsOfWindow(during), { alias: `t${index}`, key: columns.key }))
    .join('');
  const name = columns.name ?? parameters.add('String', part.stream.event.is === 'constant' ? part.stream.event.name : '');
  const until = tests.interval(columns.time, { high: { value: clock.asOfMs, isIncluded: true } });
  const where = [isOne(columns.key).sql, ...columns.nameIn(part.events), ...(until ? [until.sql] : [])];
  const selected = columnsSql({
    at: columns.time,
    event: name,
    shown,
    passed: [isInWindow, ...filters, ...edge],
    counts: allOf([isInEither, ...filters]),
  });
  return `select\n    ${selected},\n    toFloat64(${amount}) as amount\nfrom ${columns.table}${joined}\nwhere ${where.join('\n  and ')}`;
}
