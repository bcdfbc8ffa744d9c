/**
 * Whether the warehouse reads a condition in SQL as what it may be: a condition, or one select, over published tables, without settings, formats,
 * files, other servers or functions that look outside. It is asked as the restricted reader, who may only read.
 *
 * Three questions, each after the one before has found nothing: how it is parsed (its text is a parameter), what its syntax tree holds, and what
 * its names mean and which tables it reads.
 */
import * as z from 'zod';
import type { Entity } from '../catalogue/catalogue.ts';
import type { Path, Problem } from '../documents/problem.ts';
import { CdpError } from '../errors.ts';
import { innerType } from '../sql/column-type.ts';
import { qualified, quoteIdentifier } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { CheckedNode, CheckedSegment, SqlCondition } from './checked.ts';
import { type Compiled, SETTINGS } from './compile.ts';
import { filtersOf, leavesOf } from './compile-source.ts';
import { sqlSet } from './compile-sql.ts';

type Asking = Pick<Warehouse, 'reader' | 'databases'>;

export async function inspectSql(warehouse: Asking, segment: CheckedSegment): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { entity, condition } of sqlConditionsOf(segment.entity, segment.root)) {
    const message = await whatIsWrong(warehouse, entity, condition);
    if (message !== undefined) problems.push({ path: [...condition.path, 'sql'] satisfies Path, message });
  }
  return problems;
}

interface AskedInSql {
  /** Whose table and keys the condition is about. */
  readonly entity: Entity;
  readonly condition: SqlCondition;
}

/** Also those on other entities, within conditions on related rows. */
function sqlConditionsOf(entity: Entity, root: CheckedNode): AskedInSql[] {
  return leavesOf(root).flatMap((leaf) => {
    if (leaf.kind === 'sql') return [{ entity, condition: leaf }];
    if (leaf.kind !== 'related') return [];
    return filtersOf(leaf).flatMap((filter) => (filter.is === 'that' ? sqlConditionsOf(filter.entity, filter.node) : []));
  });
}

async function whatIsWrong(warehouse: Asking, entity: Entity, condition: SqlCondition): Promise<string | undefined> {
  const { sql, isSelect } = condition;
  // In round and in square brackets: whatever closes one of them does not close the other.
  const texts = isSelect ? [sql] : [`select (\n${sql}\n)`, `select [\n${sql}\n]`];
  for (const text of texts) {
    const refused = await refusalOf(warehouse.reader.ask(parse, { text }));
    if (refused !== undefined) return `is not understood by the warehouse: ${refused}`;
  }
  const set = sqlSet(entity, condition);
  const tree = await linesOf(warehouse, `explain ast ${isSelect ? sql : `select (\n${sql}\n)`}\n${AST_FORMAT}`);
  if ('refused' in tree) return `is not understood by the warehouse: ${tree.refused}`;
  const forbidden = forbiddenIn(tree.lines, isSelect);
  if (forbidden !== undefined) return forbidden;
  const meant = await linesOf(warehouse, `explain query tree ${set}`);
  if ('refused' in meant) return `cannot be run: ${meant.refused}`;
  const outside = outsideIn(meant.lines, warehouse.databases.published, entity.table);
  if (outside !== undefined) return outside;
  const columns = columnsIn(meant.lines);
  const [column = ''] = columns;
  if (columns.length !== 1) return `has ${columns.length} columns: a select is of one, keys of the entity`;
  const type = innerType(entity.keyType);
  const fitting = [type, `Nullable(${type})`, `LowCardinality(${type})`, `LowCardinality(Nullable(${type}))`];
  if (!fitting.some((one) => column.endsWith(` ${one}`))) return `selects ${column.trim()}: the keys of ${entity.name} are ${type}`;
  // As it stands in a segment, so that types which do not fit are found.
  const key = quoteIdentifier(entity.key);
  const plan = await linesOf(
    warehouse,
    `explain select count() from ${qualified(entity.table)} as checked where checked.${key} in (\n${set}\n)`,
  );
  return 'refused' in plan ? `cannot be run: ${plan.refused}` : undefined;
}

const parse = defineQuery({
  name: 'segments.parse_sql',
  sql: 'select formatQuery({text:String}) as formatted',
  params: z.object({ text: z.string() }),
  row: z.object({ formatted: z.string() }),
});

/** The lines of an explanation, or why there is none. */
async function linesOf({ reader }: Asking, explanation: string): Promise<{ readonly lines: string[] } | { readonly refused: string }> {
  const query = defineQuery({
    name: 'segments.inspect_sql',
    sql: explanation,
    params: z.object({}),
    row: z.object({ explain: z.string() }),
  });
  const settings: Compiled['settings'] = SETTINGS;
  const asked = reader.ask(query, {}, { settings });
  const refused = await refusalOf(asked);
  return refused === undefined ? { lines: (await asked).map(({ explain }) => explain) } : { refused };
}

/** What the warehouse said against it, in one line; undefined when it said nothing. An outage is no answer. */
async function refusalOf(asked: Promise<unknown>): Promise<string | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    if (!(error instanceof CdpError) || error.context.clickhouse_code === undefined) throw error;
    return error.message
      .replace(/ \[ClickHouse .*$/s, '')
      .replace(/\s+/g, ' ')
      .slice(0, 300);
  }
}

/** Parts of a syntax tree that only read. `Set` (settings), formats, files and everything that is no select are missing on purpose. */
const PARTS = new Set([
  ...['SelectWithUnionQuery', 'SelectIntersectExceptQuery', 'SelectQuery', 'ExpressionList', 'Subquery', 'WithElement', 'Asterisk'],
  ...['Identifier', 'Literal', 'Function', 'OrderByElement', 'TablesInSelectQuery', 'TablesInSelectQueryElement', 'TableExpression'],
  ...['TableIdentifier', 'TableJoin', 'ArrayJoin', 'WindowDefinition', 'WindowListElement'],
]);
/** Functions that look outside of the query, wait, or say more in an error than they may. Table functions are refused altogether. */
const FUNCTIONS = new RegExp(
  `^(${[
    ...['file', 'filesystem.*', 'dict.*', 'joinGet.*', 'catboostEvaluate', 'evalMLMethod', 'reverseDNS.*', 'ai.*', 'llm.*', 'zookeeper.*'],
    ...[
      'sleep.*',
      'throwIf',
      'getSetting.*',
      'getServerSetting',
      'getMergeTreeSetting',
      'getMacro',
      'hasColumnInTable',
      'getClientHTTPHeader',
    ],
    ...['showCertificate', 'hostname', 'fqdn', 'serverUUID', 'tcpPort', 'version', 'uptime', 'addressTo.*', 'getOSKernelVersion'],
    ...[
      'displayName',
      'fullHostName',
      'buildId',
      'revision',
      'globalVariable',
      'getServerPort',
      'serverTimezone',
      'shardNum',
      'shardCount',
    ],
    ...['user', 'session_user', 'current.*', 'database', 'schema', 'enabled(Roles|Profiles)', 'default(Roles|Profiles)', 'logTrace', 'tid'],
    ...['initialUser', 'initial_?query_?(id|start_?time)', 'authenticatedUser', 'authUser', 'query_?ID', 'connection_?id', 'transaction.*'],
  ].join('|')})$`,
  'i',
);

/** The server takes the format that stands last for that of the explained statement; a second one is a syntax error. */
const AST_FORMAT = 'format Null';

/** A sentence about the first thing that a condition may not have. @param lines of `explain ast`. */
export function forbiddenIn(lines: readonly string[], isSelect: boolean): string | undefined {
  const parts = lines.map((line) => {
    const [, space = '', part = '', rest = ''] = /^( *)(\w+) ?(.*)$/.exec(line) ?? [];
    return { depth: space.length, part, rest };
  });
  const [root] = parts;
  const format = parts.pop();
  // Beside the select and our format a third child would be a file or settings.
  const isPlain = root?.part === 'SelectWithUnionQuery' && root.rest === '(children 2)' && format?.depth === 1 && format.rest === 'Null';
  if (!isPlain) return 'is no plain select: only one select may be written, without settings, format or file';
  for (const [index, { depth, part, rest }] of parts.entries()) {
    const children = childrenOf(parts, index, depth);
    const name = rest.replace(/ ?\((alias|children) .*$/, '');
    if (!PARTS.has(part)) return `has what a condition may not have (${part}): only one select of published tables`;
    if (!isSelect && / ?\(alias /.test(` ${rest}`))
      return 'gives something a name with `as`: write it as a select, which has names of its own';
    if (part === 'TableExpression' && children.some((child) => !['TableIdentifier', 'Subquery'].includes(child.part)))
      return 'reads a table function: only published tables can be read';
    if (part !== 'Function') continue;
    if (FUNCTIONS.test(name)) return `calls ${name}, which a condition may not`;
    const [given] = children;
    const operands = given ? childrenOf(parts, parts.indexOf(given), given.depth).slice(1) : [];
    if (isIn(name) && operands.some((operand) => operand.part === 'Identifier')) return 'has a table behind `in`: write `in (select …)`';
  }
  return undefined;
}

const isIn = (name: string) => /^(global)?(not)?(null)?in(ignoreset)?$/i.test(name);

interface Part {
  readonly depth: number;
  readonly part: string;
  readonly rest: string;
}

function childrenOf(parts: readonly Part[], index: number, depth: number): Part[] {
  const children: Part[] = [];
  for (const part of parts.slice(index + 1)) {
    if (part.depth <= depth) break;
    if (part.depth === depth + 1) children.push(part);
  }
  return children;
}

/** Of the result, each with its type behind its name. @param lines of `explain query tree`. */
function columnsIn(lines: readonly string[]): string[] {
  const start = lines.findIndex((line) => line.trim() === 'PROJECTION COLUMNS');
  const depth = lines[start]?.search(/\S/) ?? 0;
  const after = lines.slice(start + 1);
  return after.slice(
    0,
    after.findIndex((line) => line.search(/\S/) <= depth),
  );
}

/** @param lines of `explain query tree`, after all names are known. The entity's own table may be of another database. */
function outsideIn(
  lines: readonly string[],
  published: string,
  own: { readonly database: string; readonly table: string },
): string | undefined {
  for (const line of lines) {
    if (/^\s*TABLE_FUNCTION\b/.test(line)) return 'reads a table function: only published tables can be read';
    const [, table] = /^\s*TABLE id: .*\btable_name: (.*?)(, final.*)?$/.exec(line) ?? [];
    if (table === undefined || table.startsWith(`${published}.`) || table === `${own.database}.${own.table}`) continue;
    return `reads ${table}: only tables of ${published} can be read`;
  }
  return undefined;
}
