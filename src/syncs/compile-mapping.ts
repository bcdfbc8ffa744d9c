/** Turns the mapping of a sync into SQL for each source row's key, payload and reason of refusal. Pure. */

import { closest, distance } from 'fastest-levenshtein';
import type { DestinationObject, MappedField } from '../connector-kit/connector.ts';
import { type Comparison, declaredFields, fieldDeclaration } from '../connector-kit/field-kind.ts';
import type { Problem } from '../documents/problem.ts';
import { innerType } from '../sql/column-type.ts';
import { quoteIdentifier, quoteText } from '../sql/sql-text.ts';
import { comparedKeySql, comparisonWords } from './compile-key.ts';
import { consentColumns, type SyncDefinition } from './definition.ts';
import { type CastProblem, castColumn, kindWords, nulWithin } from './value-cast.ts';

/** A column that the source offers. */
export interface SourceColumn {
  readonly name: string;
  /** ClickHouse type. */
  readonly type: string;
  readonly isPii: boolean;
}

export interface Mapping {
  readonly keyFields: readonly MappedField[];
  readonly valueFields: readonly MappedField[];
  /** Destination fields whose values are masked wherever they are shown. */
  readonly piiFields: ReadonlySet<string>;
  /** Source columns in use. */
  readonly columns: readonly string[];
  /** Source columns that must be true. */
  readonly consent: readonly string[];
  /** Expressions over the source's columns. */
  readonly sql: {
    /** Key fields as a JSON object. */
    readonly key: string;
    /** All fields but the key as a JSON object, without those whose value does not fit. */
    readonly values: string;
    /** Whether each key field has a value. */
    readonly hasKey: string;
    /** Empty, or why the row cannot be sent. */
    readonly reason: string;
    /** Array(String): the optional fields that are left out of `values`, each with the reason. */
    readonly withheld: string;
  };
  /** False when every field that may not fit is a key or required: then `withheld` is empty for every row. */
  readonly canWithhold: boolean;
  /**
   * Turns an expression with a key as JSON into the text by which the destination compares keys; undefined when it compares them exactly.
   */
  readonly comparedKey: ((key: string) => string) | undefined;
  /** Empty, or how keys are compared; continues `the key is not unique in the source`. */
  readonly keyComparison: string;
}

interface Field extends MappedField {
  readonly isKey: boolean;
  readonly isPii: boolean;
  readonly column: string;
  readonly sql: string;
  readonly type: string;
  readonly misfits: readonly CastProblem[];
  readonly isRequired: boolean;
  readonly compares: Comparison;
}

export function compileMapping(
  sync: Pick<SyncDefinition, 'key' | 'fields' | 'compare' | 'consent'>,
  object: Pick<DestinationObject, 'fields' | 'refusesNul'>,
  source: ReadonlyMap<string, SourceColumn>,
): { ok: true; mapping: Mapping } | { ok: false; problems: Problem[] } {
  const problems: Problem[] = [];
  const compile = (part: 'key' | 'fields') =>
    Object.entries(sync[part]).flatMap(([name, column]) => {
      const field = compileField(name, column, part === 'key', sync.compare?.[name], object, source);
      if (!('message' in field)) return field;
      problems.push({ path: [part, name], message: field.message });
      return [];
    });
  const keys = compile('key');
  const values = compile('fields');
  const missing = declaredFields(object.fields).filter(
    (name) => fieldDeclaration(object.fields, name)?.isRequired && !(name in sync.key) && !(name in sync.fields),
  );
  for (const name of missing) problems.push({ path: ['fields', name], message: 'is required by the destination' });
  problems.push(...consentProblems(sync, source));
  if (problems.length > 0) return { ok: false, problems };

  const all = [...keys, ...values];
  return {
    ok: true,
    mapping: {
      keyFields: keys.map(({ name, kind, type, compares }) => ({ name, kind, type, compares })),
      valueFields: values.map(({ name, kind, type }) => ({ name, kind, type })),
      piiFields: new Set(all.filter((field) => field.isPii).map((field) => field.name)),
      columns: [...new Set(all.map((field) => field.column))],
      consent: consentColumns(sync),
      sql: {
        key: jsonObject(keys),
        hasKey: keys.map((field) => `not (${isEmpty(field)})`).join(' and '),
        values: valuesSql(values),
        reason: reasonSql(all),
        withheld: withheldSql(values),
      },
      canWithhold: values.some(canBeWithheld),
      comparedKey: comparedKeySql(keys),
      keyComparison: comparisonWords(keys),
    },
  };
}

function consentProblems(sync: Pick<SyncDefinition, 'consent'>, source: ReadonlyMap<string, SourceColumn>): Problem[] {
  return consentColumns(sync).flatMap((name) => {
    const written = sync.consent?.column;
    const path = ['consent', 'column', ...(Array.isArray(written) ? [written.indexOf(name)] : [])];
    const column = source.get(name);
    if (!column) return [{ path, message: `the source has no column ${name}${suggestion(name, [...source.keys()])}` }];
    if (innerType(column.type) === 'Bool') return [];
    return [
      { path, message: `${name} is ${column.type}: consent is a column of true and false, such as \`${name} = 'granted'\` in the model` },
    ];
  });
}

function compileField(
  name: string,
  columnName: string,
  isKey: boolean,
  compare: Comparison | undefined,
  object: Pick<DestinationObject, 'fields' | 'refusesNul'>,
  source: ReadonlyMap<string, SourceColumn>,
): Field | { message: string } {
  const declaration = fieldDeclaration(object.fields, name);
  if (!declaration) return { message: `the destination has no field ${name}${suggestion(name, declaredFields(object.fields))}` };
  const column = source.get(columnName);
  if (!column) return { message: `the source has no column ${columnName}${suggestion(columnName, [...source.keys()])}` };
  const cast = castColumn(`s.${quoteIdentifier(columnName)}`, column.type, declaration.kind, declaration);
  if (!cast) return { message: `the destination expects ${kindWords[declaration.kind]}, and ${columnName} is ${column.type}` };
  if (isKey && cast.kind === 'json') return { message: `${columnName} (${column.type}) cannot be a key: a key is one plain value` };
  const isText = cast.kind === 'text' || cast.kind === 'email';
  const nul =
    object.refusesNul === true && (isText || cast.kind === 'json') ? nulWithin(`s.${quoteIdentifier(columnName)}`, column.type) : [];
  if (isKey && compare !== undefined && compare !== 'exact' && !isText)
    return { message: `compare: ${compare} is for texts, and ${columnName} is ${column.type}` };
  return {
    name,
    kind: cast.kind,
    isKey,
    isPii: column.isPii || declaration.isPii,
    column: columnName,
    sql: cast.sql,
    type: cast.type,
    misfits: [...cast.misfits, ...nul, ...(isKey && cast.type.includes('Float') ? [minusZero(cast.sql)] : [])],
    isRequired: declaration.isRequired,
    compares: isText ? (compare ?? declaration.compares) : 'exact',
  };
}

/** Two keys in the warehouse, but one for every destination that compares numbers. */
const minusZero = (sql: string): CastProblem => ({
  when: `(${sql} = 0 and toString(${sql}) = '-0')`,
  what: 'is -0, which destinations take for 0',
});

/**
 * The first problem of a row, in words for the person who has to correct the data; never the value itself. Only keys and required fields
 * count: an optional field that does not fit must not keep the whole row back.
 */
function reasonSql(fields: readonly Field[]): string {
  const cases = fields.flatMap((field) => [
    ...(field.isKey ? [`${isEmpty(field)}, ${quoteText(`key ${field.name} is empty`)}`] : []),
    ...(field.isKey || field.isRequired ? field.misfits.map(({ when, what }) => `${when}, ${quoteText(`${field.name} ${what}`)}`) : []),
    ...(!field.isKey && field.isRequired ? [`${field.sql} is null, ${quoteText(`${field.name} is required and empty`)}`] : []),
  ]);
  return cases.length === 0 ? "''" : `multiIf(${cases.join(', ')}, '')`;
}

/** When spaces around do not count, a key of spaces only is an empty key. */
function isEmpty({ sql, compares }: Field): string {
  const text = `toString(${sql})`;
  return `${text} is null or ${compares === 'exact' ? text : `trimBoth(${text})`} = ''`;
}

const canBeWithheld = (field: Field): boolean => !field.isRequired && field.misfits.length > 0;
const isMisfit = ({ misfits }: Field): string => `(${misfits.map(({ when }) => when).join(' or ')})`;

function withheldSql(fields: readonly Field[]): string {
  const reasons = fields.filter(canBeWithheld).map(({ name, misfits }) => {
    const cases = misfits.map(({ when, what }) => `${when}, ${quoteText(`${name} ${what}`)}`);
    return `multiIf(${cases.join(', ')}, '')`;
  });
  return reasons.length === 0 ? "cast([], 'Array(String)')" : `arrayFilter(reason -> reason != '', [${reasons.join(', ')}])`;
}

/** Built in one piece, which is quick; only rows with a withheld field are built field by field. */
function valuesSql(fields: readonly Field[]): string {
  if (fields.length === 0) return "'{}'";
  const doubtful = fields.filter(canBeWithheld);
  if (doubtful.length === 0) return jsonObject(fields);
  const parts = fields.map((field) => {
    const text = `concat(${quoteText(`${JSON.stringify(field.name)}:`)}, ifNull(toJSONString(cast(${field.sql}, ${quoteText(field.type)})), 'null'))`;
    return canBeWithheld(field) ? `if(${isMisfit(field)}, '', ${text})` : text;
  });
  const pieces = `arrayStringConcat(arrayFilter(part -> part != '', [${parts.join(', ')}]), ',')`;
  return `if(${doubtful.map(isMisfit).join(' or ')}, concat('{', ${pieces}, '}'), ${jsonObject(fields)})`;
}

/** A cast names the tuple's elements; toJSONString prints named tuples as objects. */
function jsonObject(fields: readonly Field[]): string {
  const type = `Tuple(${fields.map((field) => `${quoteIdentifier(field.name)} ${field.type}`).join(', ')})`;
  return `toJSONString(cast(tuple(${fields.map((field) => field.sql).join(', ')}), ${quoteText(type)}))`;
}

/** `; did you mean email?`, or the names there are when none is near. */
export function suggestion(name: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const nearest = closest(name, [...names]);
  if (distance(name, nearest) <= Math.max(2, Math.floor(name.length / 3))) return `; did you mean ${nearest}?`;
  const shown = names.slice(0, 12).join(', ');
  return `; there are ${shown}${names.length > 12 ? ', …' : ''}`;
}
