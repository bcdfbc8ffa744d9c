/**
 * Related rows, read once for several conditions over the same way. A row at the end of the way counts once for an entity, however many ways
 * lead to it. Pure.
 */
import type { Entity, Relation, Trait } from '../catalogue/catalogue.ts';
import { distinctTables, isSameTable, quoteIdentifier, type TableName } from '../sql/sql-text.ts';
import { type EventWindow, measuredColumn, type RelatedCondition, type RowColumn, rowsAsked } from './checked.ts';
import { outside, type Value } from './compile-operator.ts';
import { subquery } from './compile-parameters.ts';
import { type Ask, columnsOf, RowAsks } from './compile-row.ts';
import { aggregatesOf, measureHolds, repeatedValue, repetitionsOf } from './compile-row-measure.ts';
import { entityRowsOf, JOIN_KEY, joinedRowsOf, rowsOf, setOf } from './compile-rows.ts';
import { tablesBeside, traitsOfWindow } from './compile-source.ts';
import { rowsOf as traitRowsOf } from './compile-tables.ts';
import { withinTraits } from './compile-trait-window.ts';
import type { Asking, GroupScan, ScanTools } from './group-scan.ts';
import { both, known, not, operand, type Predicate, tight } from './predicate.ts';
import { asksIfAny, leadsBack, startsAtKey, withoutLastStep } from './related-way.ts';

type Way = RelatedCondition['way'];

/** `conditions`: at least one, all over the same way (`wayName`). */
export function scanRelated(entity: Entity, conditions: readonly RelatedCondition[], tools: ScanTools): GroupScan<RelatedCondition> {
  const [first] = conditions;
  if (!first) throw new Error('a scan for no condition on related rows');
  const asks = new RowAsks(tools);
  const { way } = withoutLastStep(first);
  const isDirect = way.length === 1 && startsAtKey(entity, way[0]);
  if (conditions.length === 1 && asksIfAny(first) && !isDirect && first.during?.window.is !== 'traits') {
    const { from, key, where } = existence(entity, way, asks, asksOf(withoutLastStep(first), asks));
    return { isSingle: true, ...keyed(entity, key), source: sourceOf(from, where), measures: () => ['count()'] };
  }
  const rows = new RowScan(entity, way, conditions, tools);
  return { isSingle: conditions.length === 1, ...keyed(entity, rows.key), source: rows.source, measures: (one) => rows.measures(one) };
}

/** Undefined when it holds for every group. */
export function relatedHolds(
  { measure }: RelatedCondition,
  measures: readonly string[],
  asking: Asking,
  tools: ScanTools,
): Predicate | undefined {
  if (!('filters' in measure)) return measureHolds(measure, ({ column }) => column.column.value, measures, asking, tools);
  const [first = '0', second = '0'] = measures;
  const holds =
    measure.is === 'every'
      ? both([...(asking.hasRows ? [] : [tight(`${first} > 0`)]), tight(`${second} = 0`)])
      : known(tight(`${first} = ${second}`));
  return asking.isNegated ? not(holds) : holds;
}

function asksOf({ filters, during, measure }: RelatedCondition, asks: RowAsks): Ask[] {
  const windows = during ? [during.window, ...(measure.is === 'compared' ? [measure.during] : [])] : [];
  return [...filters.map((filter) => asks.ofFilter(filter)), ...(during ? [asks.ofTime(during.at, windows)] : [])];
}

const sourceOf = (from: string, where: readonly string[]) => `from ${from}${where.length === 0 ? '' : `\nwhere ${where.join('\n  and ')}`}`;

function keyed({ key: name }: Entity, key: string): Pick<GroupScan, 'key' | 'namedKey'> {
  const own = quoteIdentifier(name);
  return { key, namedKey: key === own ? own : `${key} as ${own}` };
}

/** Whether there is such a row, as sets in sets from the end of the way on: nothing is counted, so nothing is joined. */
function existence(
  entity: Entity,
  way: Way,
  asks: RowAsks,
  asked: readonly Ask[],
): { readonly from: string; readonly key: string; readonly where: readonly string[] } {
  const { ofEnd, ofBefore } = divided(way, asked);
  let inner = '';
  for (let index = way.length - 1; index >= 0; index -= 1) {
    const relation = way[index] ?? way[0];
    const next = way[index + 1];
    const isStart = index === 0 && startsAtKey(entity, relation);
    const of = isStart ? prefixOf(entity, relation) : '';
    const own = next === undefined ? ofEnd : index === way.length - 2 ? ofBefore : [];
    const rows = setOf(relation, [...columnsOf(own), ...(next === undefined ? [] : [next.from.column])]);
    const leading = next === undefined ? [] : [`${of}${quoteIdentifier(next.from.column)} in ${inner}`];
    const where = [...asks.conditions(own, of), ...leading];
    const column = `${of}${quoteIdentifier(relation.column)}`;
    if (isStart) return { from: named(rows, of), key: column, where };
    inner = subquery(`select ${column}\n${sourceOf(rows, where)}`);
  }
  const { from } = way[0];
  const where = [`${quoteIdentifier(from.column)} in ${inner}`];
  return { from: entityRowsOf(entity, from.table, from.column), key: quoteIdentifier(entity.key), where };
}

/** What is asked of the rows before the last, over a relation that leads back to them, is asked where they are read anyway. */
function divided(way: Way, asked: readonly Ask[]): { readonly ofEnd: readonly Ask[]; readonly ofBefore: readonly Ask[] } {
  const isBack = ({ hops }: Ask) => leadsBack(way, hops[0]);
  return {
    ofEnd: asked.filter((ask) => !isBack(ask)),
    ofBefore: asked.filter(isBack).map((ask) => ({ ...ask, hops: ask.hops.slice(1) })),
  };
}

/** Another column of the rows may have the name of the entity's key, under which theirs is selected: then all are told apart. */
const prefixOf = ({ key }: Entity, { column }: Relation) => (column === key ? '' : 'r.');
const named = (rows: string, of: string) => (of === '' ? rows : `${rows} as r`);

/** Keys of entities (`s`) and what leads on from the rows that they have come to (`v`), each pair once. */
interface Pairs {
  readonly source: string;
  readonly start: string;
  readonly value: string;
  readonly isDistinct: boolean;
}

/** `way`: walked so far; `leaving`: the column by which it goes on; `asked` of its last rows. */
export function pairsOf(
  entity: Entity,
  way: readonly Relation[],
  first: Relation,
  leaving: string,
  asks: RowAsks,
  asked: readonly Ask[] = [],
): Pairs {
  const last = way.at(-1);
  if (!last) {
    const rows = entityRowsOf(entity, first.from.table, leaving);
    return {
      source: `from ${rows} as t`,
      start: `t.${quoteIdentifier(entity.key)}`,
      value: `t.${quoteIdentifier(leaving)}`,
      isDistinct: true,
    };
  }
  const rows = setOf(last, [leaving, ...columnsOf(asked)]);
  const where = asks.conditions(asked, 't.');
  const value = `t.${quoteIdentifier(leaving)}`;
  if (way.length === 1 && startsAtKey(entity, last)) {
    const isDistinct = last.isUnique && (last.cardinality === 'one' || leaving === last.key);
    return { source: sourceOf(`${rows} as t`, where), start: `t.${quoteIdentifier(last.column)}`, value, isDistinct };
  }
  const before = pairsSql(pairsOf(entity, way.slice(0, -1), first, last.from.column, asks));
  const source = sourceOf(`${rows} as t\ninner join ${before} as p on p.v = t.${quoteIdentifier(last.column)}`, where);
  return { source, start: 'p.s', value, isDistinct: false };
}

export const pairsSql = ({ source, start, value, isDistinct }: Pairs) =>
  subquery(`select ${isDistinct ? '' : 'distinct '}${start} as s, ${value} as v\n${source}`);

/** The rows at the end of a way, each once for an entity, with what the measures read of rows that they lead to. */
class RowScan {
  readonly key: string;
  readonly source: string;
  readonly #of: string;
  readonly #tools: ScanTools;
  readonly #joined: readonly Joined[];
  /** Conditions on rows that not all conditions share. */
  readonly #own: ReadonlyMap<RelatedCondition, readonly string[]>;
  readonly #asks: RowAsks;
  /** Tables of the traits at which windows begin or end. */
  readonly #beside: readonly TableName[];

  constructor(entity: Entity, way: Way, conditions: readonly RelatedCondition[], tools: ScanTools) {
    this.#tools = tools;
    this.#asks = new RowAsks(tools);
    const rows = way.at(-1) ?? way[0];
    const isDirect = way.length === 1 && startsAtKey(entity, rows);
    const measured = conditions.flatMap(columnsRead);
    const windows = conditions.flatMap(({ during }) => during?.window ?? []);
    this.#joined = joinedRows(measured);
    this.#beside = distinctTables(windows.flatMap(tablesBeside));
    this.#of = isDirect && this.#joined.length === 0 && this.#beside.length === 0 ? prefixOf(entity, rows) : 'r.';
    const all = new Map(conditions.map((condition) => [condition, asksOf(withoutLastStep(condition), this.#asks)]));
    const [only, ...more] = all.values();
    const before = only !== undefined && more.length === 0 ? divided(way, only).ofBefore : [];
    const asked = before.length === 0 ? all : new Map([...all].map(([condition, one]) => [condition, divided(way, one).ofEnd]));
    const what = conditions.flatMap((condition) => this.#asked(condition.measure));
    const read = [
      ...columnsOf([...[...asked.values()].flat(), ...what]),
      ...measured.map(({ hops, column }) => hops[0]?.from.column ?? column.name),
    ];
    const wheres = new Map([...asked].map(([condition, one]) => [condition, this.#asks.conditions(one, this.#of)]));
    const [first = [], ...others] = wheres.values();
    const common = first.filter((sql) => others.every((where) => where.includes(sql)));
    const [single] = conditions.length === 1 ? conditions : [];
    const own = ([condition, where]: readonly [RelatedCondition, readonly string[]]) => [
      ...where.filter((sql) => !common.includes(sql)),
      ...(condition === single ? [] : this.#withinTraits(condition)),
    ];
    this.#own = new Map([...wheres].map((one) => [one[0], own(one)]));
    const column = `${this.#of}${quoteIdentifier(rows.column)}`;
    const key = isDirect ? column : 'p.s';
    const table = named(rowsOf(rows, read), this.#of);
    const repeated = this.#repeated(conditions);
    const where = [...(repeated?.where ?? []), ...(single ? this.#withinTraits(single) : [])];
    const traits = windows.flatMap(traitsOfWindow);
    const beside = this.#beside.map(
      (one, index) => `inner join ${traitRowsOf(entity, one, traits)} as t${index} on t${index}.${quoteIdentifier(entity.key)} = ${key}`,
    );
    let source: string;
    if (isDirect) {
      source = sourceOf([table, ...this.#places(), ...beside].join('\n'), [...common, ...where]);
    } else {
      const pairs = pairsSql(pairsOf(entity, way.slice(0, -1), way[0], rows.from.column, this.#asks, before));
      // The right side of a join is kept in memory: rows of which few are asked for are the smaller one.
      const columns = [...new Set([rows.column, ...read])].map((name) => `r.${quoteIdentifier(name)} as ${quoteIdentifier(name)}`);
      const few = `${subquery(`select ${columns.join(', ')}\n${sourceOf(table, common)}`)} as r`;
      const [left, right] = common.length === 0 ? [table, `${pairs} as p`] : [`${pairs} as p`, few];
      source = sourceOf([left, `inner join ${right} on p.v = ${column}`, ...this.#places(), ...beside].join('\n'), where);
    }
    this.key = repeated ? 's' : key;
    this.source = repeated
      ? `from ${subquery(`select ${key} as s, count() as occurrences\n${source}\ngroup by ${key}, ${repeated.key}`)}`
      : source;
  }

  /** Joins of what the measures read behind dots. */
  #places(): string[] {
    return this.#joined.map(({ alias, from, hop, columns }) => {
      const left = `${from}${quoteIdentifier(hop.from.column)}`;
      return `left any join ${joinedRowsOf(hop, [...columns])} as ${alias} on ${alias}.${JOIN_KEY} = ${left}`;
    });
  }

  #repeated([condition]: readonly RelatedCondition[]) {
    return condition?.measure.is === 'repeats' ? repeatedValue(this.#valueOf(condition.measure.of), this.#tools) : undefined;
  }

  measures(condition: RelatedCondition): readonly string[] {
    const own = this.#own.get(condition) ?? [];
    const { measure } = condition;
    const read = (of: RowColumn) => this.#valueOf(of);
    switch (measure.is) {
      case 'repeats':
        return [repetitionsOf(measure.count, 'occurrences')];
      case 'every': {
        const passing = both(this.#conditions(this.#asked(measure)).map(tight));
        return [own.length === 0 ? 'count()' : `countIf(${own.join(' and ')})`, `countIf(${[...own, outside(passing).sql].join(' and ')})`];
      }
      case 'first':
      case 'last': {
        const of = timeOf(condition).at;
        const edge = { is: measure.is === 'first' ? 'min' : 'max', of } as const;
        const passing = this.#conditions(this.#asked(measure));
        return [[...own, ...passing], own].flatMap((rows) => aggregatesOf(edge, read, rows, this.#tools));
      }
      case 'compared': {
        const { at, window } = timeOf(condition);
        const windows = [window, measure.during];
        const within = (some: readonly EventWindow[]) => this.#conditions([this.#asks.ofTime(at, some)]);
        // In the one window or the other is what each of the two says already.
        const either = within(windows);
        const others = own.filter((sql) => !either.includes(sql));
        return windows.flatMap((one) => aggregatesOf(measure.measure, read, [...others, ...within([one])], this.#tools));
      }
      default:
        return aggregatesOf(measure, read, own, this.#tools);
    }
  }

  #conditions(asks: readonly Ask[]): string[] {
    return this.#asks.conditions(asks, this.#of);
  }

  #asked(measure: RelatedCondition['measure']): Ask[] {
    return rowsAsked(measure).map((filter) => this.#asks.ofFilter(filter));
  }

  /** Windows that begin or end with traits, whose tables stand beside the rows. */
  #withinTraits({ during }: RelatedCondition): string[] {
    if (during?.window.is !== 'traits') return [];
    const { sql, kind } = this.#valueOf(during.at);
    const { parameters, clock } = this.#tools;
    const zone = () => parameters.add('String', clock.timezone);
    const when =
      kind.kind === 'date'
        ? { moment: `toDateTime64(${sql}, 3, ${zone()})`, day: () => sql }
        : { moment: sql, day: () => `toDate32(${sql}, ${zone()})` };
    const columnOf = ({ table, name }: Trait) => `t${this.#beside.findIndex((one) => isSameTable(one, table))}.${quoteIdentifier(name)}`;
    return withinTraits(during.window, when, columnOf).map((sqlOf) => operand(known(tight(sqlOf))));
  }

  #valueOf({ hops, column: { name, column } }: RowColumn): Value {
    if (hops.length === 0) return { sql: `${this.#of}${quoteIdentifier(name)}`, kind: column.value, isNullable: column.isNullable };
    const { alias } = this.#joined.find((joined) => joined.name === nameOf(hops)) ?? { alias: '' };
    return { sql: `${alias}.${quoteIdentifier(name)}`, kind: column.value, isNullable: column.value.kind !== 'list' };
  }
}

/** Columns whose values a measure reads, or a window of traits. */
function columnsRead({ measure, during }: RelatedCondition): RowColumn[] {
  const of = measuredColumn(measure);
  const needsTime = measure.is === 'first' || measure.is === 'last' || during?.window.is === 'traits';
  return [...(of ? [of] : []), ...(needsTime && during ? [during.at] : [])];
}

function timeOf({ during }: RelatedCondition): NonNullable<RelatedCondition['during']> {
  if (!during) throw new Error('a first or last row, or another window, without a time passed the check');
  return during;
}

/** Rows to which hops lead, joined because a measure reads them. */
export interface Joined {
  readonly name: string;
  readonly alias: string;
  /** What stands before the foreign key's name. */
  readonly from: string;
  readonly hop: Relation;
  readonly columns: Set<string>;
}

export const nameOf = (hops: readonly Relation[]) => hops.map(({ name }) => name).join('.');

/** Each place once, whatever the number of columns that are read there; a place comes after those that lead to it. */
export function joinedRows(columns: readonly RowColumn[]): Joined[] {
  const joined = new Map<string, Joined>();
  for (const { hops, column } of columns) {
    for (const [index, hop] of hops.entries()) {
      const name = nameOf(hops.slice(0, index + 1));
      const place = joined.get(name) ?? {
        name,
        alias: `j${joined.size}`,
        from: index === 0 ? 'r.' : `${joined.get(nameOf(hops.slice(0, index)))?.alias}.`,
        hop,
        columns: new Set<string>(),
      };
      place.columns.add(hops[index + 1]?.from.column ?? column.name);
      joined.set(name, place);
    }
  }
  return [...joined.values()];
}
