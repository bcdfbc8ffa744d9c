/** The related rows of one entity that decide a condition, or come nearest to it, as SQL. Pure. */
import type { Path } from '../documents/problem.ts';
import { quoteIdentifier } from '../sql/sql-text.ts';
import { measuredColumn, type RelatedCondition, type RowColumn, type RowFilter } from './checked.ts';
import { subquery } from './compile-parameters.ts';
import { joinedRows, nameOf, pairsOf, pairsSql } from './compile-related.ts';
import { type Ask, columnsOf, RowAsks } from './compile-row.ts';
import { JOIN_KEY, joinedRowsOf, rowsOf } from './compile-rows.ts';
import {
  allOf,
  COLUMNS,
  columnsSql,
  type DecidingSelect,
  namedColumn,
  namedOnce,
  nearestFirst,
  type OneEntity,
  placeOf,
  shownColumn,
} from './deciding-select.ts';
import { startsAtKey } from './related-way.ts';

const OF = 'r.';

/** Every row at the end of the way. Those of the window that pass `where` count; of `every`, those that do not pass it come first. */
export function decidingRelated(condition: RelatedCondition, { entity, tools, isOne }: OneEntity, limit: number): DecidingSelect {
  const { way, filters, during, measure, path } = condition;
  const asks = new RowAsks(tools);
  const [first] = way;
  const rows = way.at(-1) ?? first;
  const everies = measure.is === 'every' ? measure.filters : [];
  const windows = during ? [during.window, ...(measure.is === 'compared' ? [measure.during] : [])] : [];
  const ofMeasure = measuredColumn(measure);
  const asked = [
    ...(during ? [{ ask: asks.ofTime(during.at, windows), place: placeOf(path, 'during') }] : []),
    ...filters.map((filter, index) => ({ ask: asks.ofFilter(filter), place: placeOfFilter(path, filter, index) })),
  ];
  const tested = everies.map((filter, index) => ({ ask: asks.ofFilter(filter), place: placeOf(path, 'every', index) }));
  const named = namedOnce(
    [
      ...(during ? [during.at] : []),
      ...(ofMeasure ? [ofMeasure] : []),
      ...[...filters, ...everies].flatMap((filter) => (filter.is === 'column' ? [filter.of] : [])),
    ].map(namedColumn),
  );
  const places = joinedRows(named.map(({ of }) => of));
  const sqlOf = ({ hops, column }: RowColumn) => {
    const alias = hops.length === 0 ? undefined : places.find(({ name }) => name === nameOf(hops))?.alias;
    return `${alias === undefined ? OF : `${alias}.`}${quoteIdentifier(column.name)}`;
  };
  const holds = (ask: Ask) => allOf(asks.conditions([ask], OF));
  const passes = [...asked, ...tested].map(({ ask }) => holds(ask));
  const read = [
    rows.key,
    ...columnsOf([...asked, ...tested].map(({ ask }) => ask)),
    ...named.map(({ of: { hops, column } }) => hops[0]?.from.column ?? column.name),
  ];
  const column = `${OF}${quoteIdentifier(rows.column)}`;
  const isDirect = way.length === 1 && startsAtKey(entity, rows);
  const pairs = isDirect
    ? ''
    : `inner join ${subquery(`select s, v\nfrom ${pairsSql(pairsOf(entity, way.slice(0, -1), first, rows.from.column, asks))}\nwhere ${isOne('s').sql}`)} as p on p.v = ${column}`;
  const joins = places.map(
    ({ alias, from, hop, columns }) =>
      `left any join ${joinedRowsOf(hop, [...columns])} as ${alias} on ${alias}.${JOIN_KEY} = ${from}${quoteIdentifier(hop.from.column)}`,
  );
  const [measured] = measure.is === 'min' || measure.is === 'max' ? [sqlOf(measure.of)] : [];
  const selected = columnsSql({
    ...(during ? { at: momentOf(sqlOf(during.at), during.at, tools) } : {}),
    event: tools.parameters.add('String', way.map(({ name }) => name).join('.')),
    rowKey: `${OF}${quoteIdentifier(rows.key)}`,
    shown: named.map(({ of }) => shownColumn(sqlOf(of), of.column)),
    passed: passes,
    counts: allOf(asked.map(({ ask }) => holds(ask))),
  });
  const from = [`from ${rowsOf(rows, read)} as r`, ...(pairs === '' ? [] : [pairs]), ...joins].join('\n');
  const select = `select\n    ${selected},\n    ${measured ?? 'null'} as measured\n${from}${isDirect ? `\nwhere ${isOne(column).sql}` : ''}`;
  const order = [
    ...(measure.is === 'every' ? ['counts desc', 'arrayCount(is -> is, passed) asc'] : [nearestFirst]),
    ...(measured === undefined ? [] : [`measured ${measure.is === 'min' ? 'asc' : 'desc'} nulls last`]),
    'at desc',
    'row_key',
  ];
  return {
    sql: `select ${COLUMNS}\nfrom ${subquery(select)}\norder by ${order.join(', ')}\nlimit ${limit}`,
    values: named,
    tests: [...asked, ...tested].map(({ place }) => place),
  };
}

const placeOfFilter = (path: Path, filter: RowFilter, index: number) =>
  filter.is === 'that' ? placeOf(filter.node.path) : placeOf(path, 'where', index);

/** A day stands for its first moment in the segment's zone. */
function momentOf(sql: string, { column }: RowColumn, { parameters, clock }: OneEntity['tools']): string {
  return column.column.value.kind === 'time' ? sql : `toDateTime64(${sql}, 3, ${parameters.add('String', clock.timezone)})`;
}
