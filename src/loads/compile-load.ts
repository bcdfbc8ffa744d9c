/** The SQL of a load: how text becomes typed columns, and which rows do not. Pure. Names are quoted, values are parameters. */
import { type Column, LOAD_COLUMNS, quoted } from './columns.ts';

/** The type without `Nullable(…)` and `LowCardinality(…)`. */
export function innerType(type: string): string {
  const [, inner] = /^(?:Nullable|LowCardinality)\((.*)\)$/s.exec(type) ?? [];
  return inner === undefined ? type : innerType(inner);
}

/** `text` (Nullable(String)) as a value of `type`; NULL when it is none. */
export function cast(text: string, type: string): string {
  const inner = innerType(type);
  if (inner === 'String') return text;
  // People write times in many ways, and ClickHouse's plain cast knows one. Its best effort also takes `10` for a day of this month, and
  // longer numbers for seconds since 1970: a time has something between its parts.
  const time = `if(match(ifNull(${text}, ''), '[0-9][-/.:T ].*[-/.:T ]'), trim(${text}), null)`;
  const [, precision] = /^DateTime64\((\d)/.exec(inner) ?? [];
  if (precision !== undefined) return `parseDateTime64BestEffortOrNull(${time}, ${precision}, 'UTC')`;
  if (/^DateTime\b/.test(inner)) return `parseDateTimeBestEffortOrNull(${time}, 'UTC')`;
  // The plain cast reads 2024-13-01, and every day that the type cannot hold, as some other day: so the day is compared with what was written.
  if (/^Date(32)?$/.test(inner)) {
    const day = `toDate32OrNull(trim(${text}))`;
    return `accurateCastOrNull(if(toString(${day}) = trim(${text}), ${day}, null), ${literal(inner)})`;
  }
  return `accurateCastOrNull(trim(${text}), ${literal(inner)})`;
}

/** Field number `index` (from 0) of a row in the aside table; an empty field of anything but text is no value. */
const field = (index: number, type: string) => (innerType(type) === 'String' ? `fields[${index + 1}]` : `nullIf(fields[${index + 1}], '')`);

/** True when the field holds something that `type` cannot. */
const misfits = (index: number, type: string) => `isNotNull(${field(index, type)}) and isNull(${cast(field(index, type), type)})`;

/** For each column, as `ColumnFacts` says. */
export function probeSql(aside: string, columns: readonly Column[]): string {
  const each = columns.map(({ type }, index) => {
    const text = `nullIf(fields[${index + 1}], '')`;
    const matching = (pattern: string) => `countIf(ifNull(match(${text}, ${literal(pattern)}), false))`;
    return `tuple(
        countIf(isNotNull(${text})),
        countIf(${misfits(index, type)}),
        countIf(isNotNull(${text}) and isNull(toFloat64OrNull(trim(${text})))),
        ${matching('^[+-]?0[0-9]|^[+]')},
        ${matching('^-?[0-9]{16,}$')},
        ${matching('^[0-9]{4}-[0-9]{2}-[0-9]{2}$')}
    )`;
  });
  return `select [${each.join(', ')}] as columns from sluice_raw.${quoted(aside)} where problem = ''`;
}

export interface LoadTarget {
  readonly aside: string;
  readonly target: string;
  /** The file's columns in its order, with the types they have in the target. */
  readonly columns: readonly Column[];
}

/** Rows that fit, into the target. Parameters: load_id. */
export function insertGoodSql({ aside, target, columns }: LoadTarget): string {
  const bad = columns.flatMap(({ type }, index) => (innerType(type) === 'String' ? [] : [`not (${misfits(index, type)})`]));
  return `
    insert into sluice_raw.${quoted(target)} (${[...columns.map(({ name }) => quoted(name)), ...LOAD_COLUMNS].join(', ')})
    select
        ${columns.map(({ type }, index) => cast(field(index, type), type)).join(',\n        ')},
        {load_id:UUID},
        now64(3, 'UTC')
    from sluice_raw.${quoted(aside)}
    where ${["problem = ''", ...bad].join(' and ')}`;
}

/** Why a row of the aside table is refused; '' when it is not. */
function reasonSql(columns: readonly Column[]): string {
  const reasons = columns.flatMap((column, index) =>
    innerType(column.type) === 'String' ? [] : [misfits(index, column.type), literal(`${column.name} is not ${described(column.type)}`)],
  );
  return `multiIf(${["problem != ''", 'problem', ...reasons, "''"].join(', ')})`;
}

export function countRejectedSql({ aside, columns }: Omit<LoadTarget, 'target'>): string {
  return `select countIf(${reasonSql(columns)} != '') as rejected, count() - rejected as good from sluice_raw.${quoted(aside)}`;
}

/** Line and reason of the first rows that are refused. */
export function firstRejectedSql({ aside, columns }: Omit<LoadTarget, 'target'>, own?: OwnTypes): string {
  const [line, why] = own ? ['rowNumberInAllBlocks() + 1', copyReasonSql(columns, own)] : ['line', reasonSql(columns)];
  return `
    select line, why
    from (select ${line} as line, ${why} as why from sluice_raw.${quoted(aside)})
    where why != ''
    order by line
    limit 3
    settings ${READ_IN_ORDER}`;
}

/** Parameters: load_id, source, table_name, file. */
export function insertRejectedSql({ aside, columns }: Omit<LoadTarget, 'target'>): string {
  return `
    insert into sluice_raw.rejected_rows (load_id, source, table_name, file, line, reason, row_text)
    select
        {load_id:UUID},
        {source:String},
        {table_name:String},
        {file:String},
        line,
        ${reasonSql(columns)} as why,
        if(problem != '', text, toJSONString(fields))
    from sluice_raw.${quoted(aside)}
    where why != ''`;
}

/** Rows are numbered as they were inserted when one thread reads all of them before they are filtered. */
const READ_IN_ORDER =
  'max_threads = 1, query_plan_filter_push_down = 0, optimize_move_to_prewhere = 0, enable_optimize_predicate_expression = 0';

/** By column: the type that it has in a staged table of a file with types of its own. */
export type OwnTypes = ReadonlyMap<string, string>;

/** Rows of such a table that fit into one whose types may differ. Parameters: load_id. */
export function copyGoodSql({ aside, target, columns }: LoadTarget, own: OwnTypes): string {
  return `
    insert into sluice_raw.${quoted(target)} (${[...columns.map(({ name }) => quoted(name)), ...LOAD_COLUMNS].join(', ')})
    select
        ${[...columns.map((column) => copied(column, own)), '{load_id:UUID}', "now64(3, 'UTC')"].join(',\n        ')}
    from sluice_raw.${quoted(aside)}
    where ${copyReasonSql(columns, own)} = ''`;
}

export function countCopyRejectedSql({ aside, columns }: Omit<LoadTarget, 'target'>, own: OwnTypes): string {
  return `select countIf(${copyReasonSql(columns, own)} != '') as rejected, count() - rejected as good from sluice_raw.${quoted(aside)}`;
}

/** The others; by their number in the file. Parameters: load_id, source, table_name, file. */
export function insertCopyRejectedSql({ aside, columns }: Omit<LoadTarget, 'target'>, own: OwnTypes): string {
  const fields = columns.map(({ name }) => `toString(${quoted(name)})`);
  return `
    insert into sluice_raw.rejected_rows (load_id, source, table_name, file, line, reason, row_text)
    select {load_id:UUID}, {source:String}, {table_name:String}, {file:String}, number, why, fields
    from
    (
        select
            rowNumberInAllBlocks() + 1 as number,
            ${copyReasonSql(columns, own)} as why,
            toJSONString([${fields.join(', ')}]) as fields
        from sluice_raw.${quoted(aside)}
    )
    where why != ''
    settings ${READ_IN_ORDER}`;
}

function copied({ name, type }: Column, own: OwnTypes): string {
  return innerType(own.get(name) ?? '') === innerType(type) ? quoted(name) : cast(`toString(${quoted(name)})`, type);
}

function copyReasonSql(columns: readonly Column[], own: OwnTypes): string {
  const reasons = columns.flatMap((column) => {
    const value = copied(column, own);
    const cannot = literal(`${column.name} is not ${described(column.type)}`);
    return value === quoted(column.name) ? [] : [`isNotNull(${quoted(column.name)}) and isNull(${value})`, cannot];
  });
  return reasons.length === 0 ? "''" : `multiIf(${[...reasons, "''"].join(', ')})`;
}

export function createRawTableSql(table: string, columns: readonly Column[], about: string): string {
  const width = Math.max(...columns.map(({ name }) => quoted(name).length), 0);
  const lines = columns.map(
    ({ name, type }) => `    ${quoted(name).padEnd(width)} ${type} comment ${literal(`Column ${name} of the file`)}`,
  );
  return `
create table sluice_raw.${quoted(table)}
(
${[
  ...lines,
  `    _load_id UUID comment 'Load that brought the row: see sluice_audit.loads'`,
  `    _loaded_at DateTime64(3, 'UTC') default now64(3, 'UTC') comment 'When the row was loaded, in UTC'`,
].join(',\n')}
)
engine = MergeTree
order by tuple()
comment ${literal(about)}`;
}

function described(type: string): string {
  const inner = innerType(type);
  if (/Int/.test(inner)) return `a whole number (${inner})`;
  if (/^(Float|Decimal)/.test(inner)) return `a number (${inner})`;
  if (/^Date/.test(inner)) return `a ${inner.startsWith('DateTime') ? 'time' : 'date'} (${inner})`;
  if (inner === 'Bool') return 'true or false';
  return `a ${inner}`;
}

/** Only for texts of our own making: types and names of columns. */
function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
