/** The SQL of loading a Parquet file, which has types of its own: the type of each column, and the rows that do not fit. Pure. */

import { innerType, isNested, isNullable } from '../sql/column-type.ts';
import { quoteIdentifier, quoteText } from '../sql/sql-text.ts';
import { type Column, LOAD_COLUMNS } from './columns.ts';
import { cast, isInstant, reasonOf } from './compile-cast.ts';
import { stored } from './compile-load.ts';

/** A column of a staged Parquet file. */
export interface OwnColumn {
  readonly name: string;
  /** The type that ClickHouse reads the column as. */
  readonly type: string;
  /**
   * time_of_day: ClickHouse reads it as that time on 1 January 1970.
   * day: read as the number of days since 1970, because ClickHouse refuses a file with a day that its Date32 cannot hold.
   * nested: a list, map or group; ClickHouse reads a NULL one as empty.
   */
  readonly kind: 'plain' | 'time_of_day' | 'day' | 'nested';
}

export interface OwnRows {
  readonly aside: string;
  /** With the types that they have in the target. */
  readonly columns: readonly Column[];
  readonly own: ReadonlyMap<string, OwnColumn>;
  /** Table of (number, name, is_within): nested values that are NULL or hold a NULL one; undefined when the file has none. */
  readonly nulls?: string;
}

/** The type that a column of a Parquet file has in a table made for it: always nullable, because the next file may lack the value. */
export function keptOwnType({ type, kind }: OwnColumn): string {
  if (kind === 'day') return 'Nullable(Date32)';
  if (kind !== 'plain') return 'Nullable(String)';
  return isNullable(type) ? type : `Nullable(${type})`;
}

/** The value as a text file would write it. */
function textOf({ name, type, kind }: OwnColumn, { nulls }: Pick<OwnRows, 'nulls'>): string {
  const column = quoteIdentifier(name);
  if (kind === 'nested')
    return nulls ? `if(${isMarked(nulls, name, 0)}, null, toNullable(toJSONString(${column})))` : `toNullable(toJSONString(${column}))`;
  if (kind === 'time_of_day') return `substring(toString(${column}), 12)`;
  // Years 1 to 9999.
  if (kind === 'day')
    return `if(${column} between -719162 and 2932896, substring(toString(toDateTime64(toInt64(${column}) * 86400, 0, 'UTC')), 1, 10), toString(${column}))`;
  if (/^DateTime/.test(innerType(type))) {
    const shown = `toString(toTimeZone(${column}, 'UTC'))`;
    return isInstant(type) ? `concat(${shown}, 'Z')` : shown;
  }
  return innerType(type) === 'String' ? column : `toString(${column})`;
}

/** Number of the row in the file, counted from 1. */
const ROW = '__load_row';

const isMarked = (nulls: string, name: string, isWithin: 0 | 1) =>
  `${ROW} in (select number from sluice_raw.${quoteIdentifier(nulls)} where name = ${quoteText(name)} and is_within = ${isWithin})`;

function typedValue(own: OwnColumn, type: string, rows: Pick<OwnRows, 'nulls'>): string {
  const isAsItIs = own.kind === 'plain' || own.kind === 'nested';
  return isAsItIs && innerType(own.type) === innerType(type) ? quoteIdentifier(own.name) : cast(textOf(own, rows), type);
}

interface ColumnProblem {
  readonly condition: string;
  readonly reason: string;
}

function misfitsOf({ columns, own, nulls }: Omit<OwnRows, 'aside'>): ColumnProblem[] {
  return columns.flatMap(({ name, type }) => {
    const column = own.get(name);
    if (!column) return [];
    const [value, text] = [typedValue(column, type, { ...(nulls && { nulls }) }), textOf(column, { ...(nulls && { nulls }) })];
    const misfits: ColumnProblem[] = [];
    if (nulls && column.kind === 'nested') {
      const reason = `${name} holds a list, map or group within that is NULL, which ClickHouse cannot tell from an empty one`;
      misfits.push({ condition: isMarked(nulls, name, 1), reason: quoteText(reason) });
    }
    if (value !== quoteIdentifier(name) && value !== text) {
      misfits.push({ condition: `isNotNull(${text}) and isNull(${value})`, reason: reasonOf(name, type, text) });
    }
    const isUnknown =
      column.kind === 'nested' && value === quoteIdentifier(name) ? (nulls ? isMarked(nulls, name, 0) : '0') : `isNull(${text})`;
    if (!isNullable(type)) misfits.push({ condition: isUnknown, reason: quoteText(`${name} has no value, and its column needs one`) });
    return misfits;
  });
}

function reasonSql(rows: Omit<OwnRows, 'aside'>): string {
  const reasons = misfitsOf(rows).flatMap(({ condition, reason }) => [condition, reason]);
  return reasons.length === 0 ? "''" : `multiIf(${[...reasons, "''"].join(', ')})`;
}

/** Row numbers are those of the inserted order only when one thread reads all rows before they are filtered. */
const READ_IN_ORDER =
  'max_threads = 1, query_plan_filter_push_down = 0, optimize_move_to_prewhere = 0, enable_optimize_predicate_expression = 0';
/** Lists and maps become the JSON that a JSON lines file would have: numbers without quotes, with all of their digits. */
const JSON_TEXT = 'output_format_json_quote_64bit_integers = 0, output_format_json_quote_denormals = 1';

/** The staged rows and the settings to read them with. Rows are numbered only when the number is needed. */
function numbered({ aside, nulls }: Pick<OwnRows, 'aside' | 'nulls'>): { readonly from: string; readonly settings: string } {
  return nulls
    ? {
        from: `(select *, rowNumberInAllBlocks() + 1 as ${ROW} from sluice_raw.${quoteIdentifier(aside)})`,
        settings: `${READ_IN_ORDER}, ${JSON_TEXT}`,
      }
    : { from: `sluice_raw.${quoteIdentifier(aside)}`, settings: JSON_TEXT };
}

/** Rows that fit. Parameters: load_id. */
export function copyGoodSql(rows: OwnRows, target: string): string {
  const { columns, own } = rows;
  const { from, settings } = numbered(rows);
  const values = columns.map(({ name, type }) => {
    const column = own.get(name);
    if (!column) return 'null';
    const value = typedValue(column, type, rows);
    return value === quoteIdentifier(name) && (isNested(type) || isNullable(type)) ? value : stored(value, type);
  });
  return `
    insert into sluice_raw.${quoteIdentifier(target)} (${[...columns.map(({ name }) => quoteIdentifier(name)), ...LOAD_COLUMNS].join(', ')})
    select
        ${[...values, '{load_id:UUID}', "now64(3, 'UTC')"].join(',\n        ')}
    from ${from}
    where ${reasonSql(rows)} = ''
    settings ${settings}`;
}

export function countCopyRejectedSql(rows: OwnRows): string {
  const { from, settings } = numbered(rows);
  return `select countIf(${reasonSql(rows)} != '') as rejected, count() - rejected as good from ${from} settings ${settings}`;
}

/** Number and reason of the first rows that are refused. */
export function firstCopyRejectedSql(rows: OwnRows): string {
  return `
    select ${ROW} as line, why
    from (select ${ROW}, ${reasonSql(rows)} as why from (select *, rowNumberInAllBlocks() + 1 as ${ROW} from sluice_raw.${quoteIdentifier(rows.aside)}))
    where why != ''
    order by line
    limit 3
    settings ${READ_IN_ORDER}, ${JSON_TEXT}`;
}

/** The rows that do not fit, by their number in the file. Parameters: load_id, source, table_name, file. */
export function insertCopyRejectedSql(rows: OwnRows): string {
  const fields = rows.columns.flatMap(({ name }) => {
    const column = rows.own.get(name);
    return column ? [textOf(column, rows)] : [];
  });
  return `
    insert into sluice_raw.rejected_rows (load_id, source, table_name, file, line, reason, row_text)
    select {load_id:UUID}, {source:String}, {table_name:String}, {file:String}, ${ROW}, why, fields
    from
    (
        select
            ${ROW},
            ${reasonSql(rows)} as why,
            toJSONString([${fields.join(', ')}]) as fields
        from (select *, rowNumberInAllBlocks() + 1 as ${ROW} from sluice_raw.${quoteIdentifier(rows.aside)})
    )
    where why != ''
    settings ${READ_IN_ORDER}, ${JSON_TEXT}`;
}

/** For each column of days: the number of days, and of those that its type cannot hold. */
export function probeDaysSql({ aside, own }: Pick<OwnRows, 'aside' | 'own'>): string {
  const each = [...own.values()]
    .filter(({ kind }) => kind === 'day')
    .map((column) => {
      const text = textOf(column, {});
      return `(${quoteText(column.name)}, countIf(isNotNull(${text})), countIf(isNotNull(${text}) and isNull(${cast(text, 'Date32')})))`;
    });
  return `select [${each.join(', ')}] as days from sluice_raw.${quoteIdentifier(aside)}`;
}
