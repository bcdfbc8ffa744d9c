/** A segment as a dbt model that a data engineer takes over: its SQL with references and literals, and the yml that makes an audience of it. Pure. */
import { stringify } from 'yaml';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { qualified, quoteIdentifier, quoteText, type TableName, withoutBraces } from '../sql/sql-text.ts';
import type { CheckedSegment } from './checked.ts';
import { type CompileContext, clockOf, membersSql } from './compile.ts';
import { subquery } from './compile-parameters.ts';
import { allLeavesOf } from './compile-source.ts';
import { Literals } from './literals.ts';

export interface DbtModel {
  /** Of the model, and of both files. */
  readonly name: string;
  readonly sql: string;
  readonly yml: string;
}

export interface ModelWorld {
  readonly context: CompileContext;
  /** Name of the model that makes a table; undefined where none does. */
  readonly modelOf: (table: TableName) => string | undefined;
  /** View of the current members of a segment. */
  readonly viewOf: (segment: string) => TableName;
}

/** @returns a text that says why not, where it cannot be one that stays true. */
export function dbtModel(segment: CheckedSegment, { context, modelOf, viewOf }: ModelWorld): DbtModel | string {
  const { definition, entity } = segment;
  const list = allLeavesOf(segment.root).find((leaf) => leaf.kind === 'list');
  if (list)
    return `it asks for the list ${list.list}, whose values stand beside the service and not in dbt: make a segment of the list alone, and name that, \`{ segment: … }\``;
  const { timezone } = clockOf(segment, context);
  const isLiving = definition.as_of === undefined;
  const sqlAt = (now: Date) =>
    membersSql(segment, { ...context, now, viewOf }, 'members', new Literals(isLiving ? AS_OF : undefined, timezone));
  const found = sqlAt(context.now);
  // What is true today has to be true whenever dbt builds the model: a moment that was not written as one that moves shows at another time.
  if (isLiving && moments(context.now).some((now) => sqlAt(now) !== found))
    return 'it has a window that moves with time and that SQL alone does not say: an anniversary, a date within JSON, a fixed end that is still to come, or windows of several kinds on the same events. Publish it, and read its members from the audience view';
  const name = definition.id.replaceAll('-', '_');
  const reads = segment.references.map(viewOf);
  const source = `${name}_reads`;
  const refOf = (table: TableName): string | undefined => {
    const model = modelOf(table);
    if (model !== undefined) return `{{ ref(${model.split('.').map(quoteText).join(', ')}) }}`;
    const isRead = reads.some((read) => qualified(read) === qualified(table));
    return isRead ? `{{ source(${quoteText(source)}, ${quoteText(table.table)}) }}` : undefined;
  };
  const key = quoteIdentifier(entity.key);
  const body = `select members.${key} as ${key}\nfrom ${subquery(found)} as members`;
  const templated = inTemplate(body, refOf);
  const usesMoment = templated.includes(AS_OF);
  const head = [
    `{#- ${plainText(definition.title)}: the segment ${definition.id}, as \`sluice segment sql ${definition.id} --dbt\` wrote it.`,
    `    From here on it is yours: change it as you like. Segments read it as the audience ${name}. -#}`,
    ...(usesMoment
      ? [
          '{#- The moment that is asked about: now, or the variable as_of, in UTC: dbt build --vars "as_of: 2026-03-01 00:00:00" -#}',
          `{%- set as_of = "toDateTime64('" ~ var('as_of') ~ "', 3, 'UTC')" if var('as_of', none) else "now64(3, 'UTC')" %}`,
        ]
      : []),
  ];
  // The meaning of a condition depends on these two, whatever the profile of the project says.
  const sql = `${head.join('\n')}\n\n${templated}\nsettings join_use_nulls = 0, transform_null_in = 0\n`;
  return { name, sql, yml: ymlOf(segment, name, reads.length === 0 ? undefined : { source, reads }) };
}

const AS_OF = '{{ as_of }}';

/** Irregular steps through three years: other hours, days of the week, months, quarters and years. */
const moments = (now: Date) => Array.from({ length: 30 }, (_, index) => new Date(now.getTime() + (index + 1) * 37.3 * 24 * 3_600_000));

const TOKEN = /\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"|`(?:[^`\\]|\\[\s\S])*`(?:\.`(?:[^`\\]|\\[\s\S])*`)?/g;

/** No text, name or comment may mean something to the template; tables of models become references. */
function inTemplate(sql: string, refOf: (table: TableName) => string | undefined): string {
  return sql.replace(TOKEN, (token, at: number) => {
    if (token.startsWith('/*')) return plainText(token);
    const isTable = /\b(from|join)\s+$/i.test(sql.slice(Math.max(0, at - 20), at));
    const [, database, table] = /^`((?:[^`\\])*)`\.`((?:[^`\\])*)`$/.exec(token) ?? [];
    const ref = isTable && database !== undefined && table !== undefined ? refOf({ database, table }) : undefined;
    return ref ?? withoutBraces(token);
  });
}

/** Braces mean something to the template, also within a comment. */
const plainText = (text: string) => text.replaceAll('{', '(').replaceAll('}', ')').replaceAll('#)', ')').replace(/\s+/g, ' ');

function ymlOf(
  { definition, entity }: CheckedSegment,
  name: string,
  from: { readonly source: string; readonly reads: readonly TableName[] } | undefined,
): string {
  const description = plainText(definition.description ?? definition.title);
  const model = {
    name,
    description,
    meta: { sluice: { audience: { entity: entity.name, key: entity.key }, label: plainText(definition.title) } },
    columns: [{ name: entity.key, data_type: keyTypeOf(entity).type, description: `Key of a member: of the entity ${entity.name}.` }],
  };
  const [first] = from?.reads ?? [];
  const sources =
    from && first
      ? { sources: [{ name: from.source, schema: first.database, tables: from.reads.map(({ table }) => ({ name: table })) }] }
      : {};
  return stringify({ models: [model], ...sources });
}
