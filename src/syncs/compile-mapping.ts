/** From the mapping of a sync to SQL that makes each source row's key, payload and reason of refusal. Pure. */
import { closest, distance } from 'fastest-levenshtein';
import type { DestinationObject, MappedField } from '../connector-kit/connector.ts';
import { declaredFields, fieldDeclaration, type ValueKind } from '../connector-kit/field-kind.ts';
import type { SyncDefinition } from './definition.ts';
import { castColumn, quoteIdentifier, quoteText } from './source-type.ts';

/** A column that the source offers. */
export interface SourceColumn {
  readonly name: string;
  /** ClickHouse's. */
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
  /** Expressions over the source's columns. */
  readonly sql: {
    /** Key fields as a JSON object. */
    readonly key: string;
    /** All fields but the key as a JSON object. */
    readonly values: string;
    /** Empty, or why the row cannot be sent. */
    readonly reason: string;
  };
}

/** Where in the document, and what is wrong there. */
export interface MappingIssue {
  readonly path: string;
  readonly message: string;
}

interface Field extends MappedField {
  readonly isKey: boolean;
  readonly isPii: boolean;
  readonly column: string;
  readonly sql: string;
  readonly type: string;
  /** True for a value that cannot be what the field expects. */
  readonly isInvalid: string | undefined;
  readonly isRequired: boolean;
}

export function compileMapping(
  sync: Pick<SyncDefinition, 'key' | 'fields'>,
  object: Pick<DestinationObject, 'fields'>,
  source: ReadonlyMap<string, SourceColumn>,
): { ok: true; mapping: Mapping } | { ok: false; issues: MappingIssue[] } {
  const issues: MappingIssue[] = [];
  const compile = (part: 'key' | 'fields') =>
    Object.entries(sync[part]).flatMap(([name, column]) => {
      const field = compileField(name, column, part === 'key', object, source);
      if (!('message' in field)) return field;
      issues.push({ path: `${part}.${name}`, message: field.message });
      return [];
    });
  const keys = compile('key');
  const values = compile('fields');
  const missing = declaredFields(object.fields).filter(
    (name) => fieldDeclaration(object.fields, name)?.isRequired && !(name in sync.key) && !(name in sync.fields),
  );
  for (const name of missing) issues.push({ path: `fields.${name}`, message: 'is required by the destination' });
  if (issues.length > 0) return { ok: false, issues };

  const all = [...keys, ...values];
  return {
    ok: true,
    mapping: {
      keyFields: keys.map(({ name, kind }) => ({ name, kind })),
      valueFields: values.map(({ name, kind }) => ({ name, kind })),
      piiFields: new Set(all.filter((field) => field.isPii).map((field) => field.name)),
      columns: [...new Set(all.map((field) => field.column))],
      sql: { key: jsonObject(keys), values: values.length === 0 ? "'{}'" : jsonObject(values), reason: reasonSql(all) },
    },
  };
}

function compileField(
  name: string,
  columnName: string,
  isKey: boolean,
  object: Pick<DestinationObject, 'fields'>,
  source: ReadonlyMap<string, SourceColumn>,
): Field | { message: string } {
  const declaration = fieldDeclaration(object.fields, name);
  if (!declaration) return { message: `the destination has no field ${name}${suggestion(name, declaredFields(object.fields))}` };
  const column = source.get(columnName);
  if (!column) return { message: `the source has no column ${columnName}${suggestion(columnName, [...source.keys()])}` };
  const cast = castColumn(`s.${quoteIdentifier(columnName)}`, column.type, declaration.kind);
  if (!cast) return { message: `the destination expects ${words[declaration.kind]}, and ${columnName} is ${column.type}` };
  if (isKey && cast.kind === 'json') return { message: `${columnName} (${column.type}) cannot be a key: a key is one plain value` };
  return {
    name,
    kind: cast.kind,
    isKey,
    isPii: column.isPii || declaration.isPii,
    column: columnName,
    sql: cast.sql,
    type: cast.type,
    isInvalid: cast.isInvalid,
    isRequired: declaration.isRequired,
  };
}

const words: Readonly<Record<ValueKind | 'any', string>> = {
  any: 'anything',
  text: 'text',
  email: 'an e-mail address',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'yes or no',
  timestamp: 'a time',
  date: 'a date',
  json: 'a list or an object',
};

/** The first thing that is wrong with a row, in words for the person who has to mend the data; never the value itself. */
function reasonSql(fields: readonly Field[]): string {
  const cases = fields.flatMap((field) => [
    ...(field.isKey ? [`toString(${field.sql}) is null or toString(${field.sql}) = '', ${quoteText(`key ${field.name} is empty`)}`] : []),
    ...(field.isInvalid ? [`${field.isInvalid}, ${quoteText(`${field.name} is not ${words[field.kind]}`)}`] : []),
    ...(!field.isKey && field.isRequired ? [`${field.sql} is null, ${quoteText(`${field.name} is required and empty`)}`] : []),
  ]);
  return cases.length === 0 ? "''" : `multiIf(${cases.join(', ')}, '')`;
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
