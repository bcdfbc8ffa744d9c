/** A trait as SQL: a column, or a path into a JSON column that is read as its test wants it. Pure. */
import type { Trait } from '../catalogue/catalogue.ts';
import { propertyValue } from './compile-events.ts';
import { quoted } from './compile-parameters.ts';
import { traitValue, type Value } from './compile-test.ts';

/** `of`: what stands before the column where several tables are joined, such as `t0.`. */
export function traitSql(trait: Trait, of = ''): Value {
  if (!trait.path) return traitValue(trait, `${of}${quoted(trait.name)}`);
  const [column, ...names] = trait.path;
  const json = `${of}${quoted(column)}`;
  const { value } = trait.column;
  if (value.kind !== 'list') return propertyValue(names, value, json);
  const type = value.of === 'number' ? 'Array(Float64)' : 'Array(String)';
  return {
    sql: `JSONExtract(ifNull(toJSONString(${[json, ...names.map(quoted)].join('.')}), ''), '${type}')`,
    kind: value,
    isNullable: false,
  };
}

/** The trait as it is, for people to look at. */
export function traitAsIs(trait: Trait, of: string): string {
  const [column, ...names] = trait.path ?? [trait.name];
  const path = `${of}${[column, ...names].map(quoted).join('.')}`;
  return trait.path ? `toString(${path})` : path;
}
