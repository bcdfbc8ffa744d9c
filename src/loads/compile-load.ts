/**
 * The SQL of loading a text file: how fields become typed columns, and which rows do not fit. Pure. Names are quoted, values are
 * parameters.
 */

import { innerType, isNested, isNullable } from '../sql/column-type.ts';
import { quoteIdentifier, quoteText } from '../sql/sql-text.ts';
import { type Column, INSTANT, LOAD_COLUMNS } from './columns.ts';
import { cast, looksLikeNumber, reasonOf } from './compile-cast.ts';

/** A staged text file, as far as its SQL needs it. */
export interface TextRows {
  readonly aside: string;
  /** The file's columns in its order, with the types they have in the target. */
  readonly columns: readonly Column[];
  /** CSV cannot tell an empty text from no value. In JSON `""` is a text, which does not fit a number column. */
  readonly hasEmptyAsNull: boolean;
}

/** Field number `index` (from 0) of a row in the staging table. In CSV an empty field is no value, unless the column is text. */
function field(index: number, type: string, hasEmptyAsNull: boolean): string {
  return innerType(type) === 'String' || !hasEmptyAsNull ? `fields[${index + 1}]` : `nullIf(fields[${index + 1}], '')`;
}

interface ColumnProblem {
  /** True when the field holds something that the column cannot. */
  readonly condition: string;
  readonly reason: string;
}

function misfitsOf({ columns, hasEmptyAsNull }: Omit<TextRows, 'aside'>): ColumnProblem[] {
  return columns.flatMap(({ name, type }, index) => {
    const text = field(index, type, hasEmptyAsNull);
    const noValue: ColumnProblem = { condition: `isNull(${text})`, reason: quoteText(`${name} has no value, and its column needs one`) };
    const wrong: ColumnProblem = { condition: `isNotNull(${text}) and isNull(${cast(text, type)})`, reason: reasonOf(name, type, text) };
    return [...(innerType(type) === 'String' ? [] : [wrong]), ...(isNullable(type) ? [] : [noValue])];
  });
}

/**
 * For each of `count` columns from number `from` (0 is the first): the number of values, of values that the type would change or cannot
 * hold, and of empty texts.
 */
export function probeSql({ aside, columns, hasEmptyAsNull }: TextRows, from: number, count: number): string {
  const each = columns.slice(from, from + count).map(({ type }, index) => {
    const text = field(from + index, 'Float64', hasEmptyAsNull);
    return `tuple(
        countIf(isNotNull(${text})),
        countIf(isNotNull(${text}) and isNull(${cast(text, type)})),
        countIf(ifNull(${text} = '', false))
    )`;
  });
  return `select [${each.join(', ')}] as columns from sluice_raw.${quoteIdentifier(aside)} where problem = ''`;
}

/** Asked only of columns with misfits, because it costs several times as much: the fields of `ColumnFacts` from `notFloats` on. */
export function probeMisfitsSql({ aside, columns, hasEmptyAsNull }: TextRows, misfitting: ReadonlySet<string>): string {
  const each = columns.flatMap(({ name, type }, index) => {
    if (!misfitting.has(name)) return [];
    const text = field(index, 'Float64', hasEmptyAsNull);
    const fits = (wanted: string) => `isNotNull(${cast(text, wanted)})`;
    const counted = (isAsked: boolean, condition: string) => (isAsked ? `countIf(isNotNull(${text}) and ${condition})` : '0');
    // Only numbers can be confused with codes, and only what is guessed to be a time may be a day.
    const isNumber = /Int|Float/.test(type);
    return [
      `tuple(
        ${quoteText(name)},
        ${counted(isNumber, `not (${fits('Float64')})`)},
        ${counted(isNumber, `not (${fits('Float64')}) and not (${fits('Int64')}) and ${looksLikeNumber(text)}`)},
        ${counted(isNumber, `not (${fits('Float64')}) and ${looksLikeNumber(text)}`)},
        ${counted(/DateTime/.test(type), `not (${fits('Date32')})`)},
        ${counted(/DateTime/.test(type), `not (${fits(INSTANT)})`)}
    )`,
    ];
  });
  return `select [${each.join(', ')}] as columns from sluice_raw.${quoteIdentifier(aside)} where problem = ''`;
}

/** Inserts the rows that fit into the target. Parameters: load_id. */
export function insertGoodSql(rows: TextRows, target: string): string {
  const { aside, columns, hasEmptyAsNull } = rows;
  const bad = misfitsOf(rows).map(({ condition }) => `not (${condition})`);
  return `
    insert into sluice_raw.${quoteIdentifier(target)} (${[...columns.map(({ name }) => quoteIdentifier(name)), ...LOAD_COLUMNS].join(', ')})
    select
        ${columns.map(({ type }, index) => stored(cast(field(index, type, hasEmptyAsNull), type), type)).join(',\n        ')},
        {load_id:UUID},
        now64(3, 'UTC')
    from sluice_raw.${quoteIdentifier(aside)}
    where ${["problem = ''", ...bad].join(' and ')}`;
}

/** Rows that lack a required value are refused, so here the value is there. */
export function stored(value: string, type: string): string {
  if (isNested(type)) return `defaultValueOfTypeName(${quoteText(type)})`;
  return isNullable(type) ? value : `assumeNotNull(${value})`;
}

/** SQL of the reason why a row of the staging table is refused; '' when it is not. */
function reasonSql(rows: Omit<TextRows, 'aside'>): string {
  const reasons = misfitsOf(rows).flatMap(({ condition, reason }) => [condition, reason]);
  return `multiIf(${["problem != ''", 'problem', ...reasons, "''"].join(', ')})`;
}

/** Uses the conditions alone: computing the reasons of every row would be most of the work. */
export function countRejectedSql(rows: TextRows): string {
  const bad = ["problem != ''", ...misfitsOf(rows).map(({ condition }) => `(${condition})`)].join(' or ');
  return `select countIf(${bad}) as rejected, count() - rejected as good from sluice_raw.${quoteIdentifier(rows.aside)}`;
}

/** Line and reason of the first rows that are refused. */
export function firstRejectedSql(rows: TextRows): string {
  return `
    select line, why
    from (select line, ${reasonSql(rows)} as why from sluice_raw.${quoteIdentifier(rows.aside)})
    where why != ''
    order by line
    limit 3`;
}

/** Inserts the refused rows with their reasons. Parameters: load_id, source, table_name, file. */
export function insertRejectedSql(rows: TextRows): string {
  return `
    insert into sluice_raw.rejected_rows (load_id, source, table_name, file, line, reason, row_text)
    select
        {load_id:UUID},
        {source:String},
        {table_name:String},
        {file:String},
        line,
        ${reasonSql(rows)} as why,
        if(problem != '', text, toJSONString(fields))
    from sluice_raw.${quoteIdentifier(rows.aside)}
    where why != ''`;
}

export function createRawTableSql(table: string, columns: readonly Column[], about: string): string {
  const width = Math.max(...columns.map(({ name }) => quoteIdentifier(name).length), 0);
  const lines = columns.map(
    ({ name, type }) => `    ${quoteIdentifier(name).padEnd(width)} ${type} comment ${quoteText(`Column ${name} of the file`)}`,
  );
  return `
create table sluice_raw.${quoteIdentifier(table)}
(
${[
  ...lines,
  `    _load_id UUID comment 'Load that brought the row: see sluice_audit.loads'`,
  `    _loaded_at DateTime64(3, 'UTC') default now64(3, 'UTC') comment 'When the row was loaded, in UTC'`,
].join(',\n')}
)
engine = MergeTree
order by tuple()
comment ${quoteText(about)}`;
}
