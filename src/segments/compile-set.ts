/** Membership of a list of identifiers, and of a dbt model that is an audience, as sets of keys. Pure. */
import type { Entity, Trait } from '../catalogue/catalogue.ts';
import { keyTypeOf, readKeyType } from '../catalogue/key-type.ts';
import { innerType } from '../sql/column-type.ts';
import { qualified, quoteIdentifier, quoteText, type TableName } from '../sql/sql-text.ts';
import type { AudienceCondition, ListCondition } from './checked.ts';
import { type Parameters, subquery } from './compile-parameters.ts';
import { type Predicate, tight } from './predicate.ts';

/** `key`: SQL of the key of a row. `members`: where memberships are kept; the values of lists stand beside them. */
export function isInSet(
  entity: Entity,
  key: string,
  condition: ListCondition | AudienceCondition,
  { members }: { readonly members: TableName },
  parameters: Parameters,
): Predicate {
  if (condition.kind === 'audience') return isInAudience(key, condition);
  const values = { database: members.database, table: 'list_values' };
  return isOnList(entity, key, condition, values, parameters);
}

function isInAudience(key: string, { audience: { name, table, key: column, keyType } }: AudienceCondition): Predicate {
  const own = quoteIdentifier(column);
  const hasKey = readKeyType(keyType)?.hasKey(own);
  if (readKeyType(keyType) === undefined) throw new Error(`the audience ${name} has a key of the type ${keyType}`);
  return inSet(key, [`select ${own}`, `from ${qualified(table)}`, ...(hasKey === undefined ? [] : [`where ${hasKey}`])]);
}

function isOnList(entity: Entity, key: string, { list, version, of }: ListCondition, values: TableName, parameters: Parameters): Predicate {
  const ofList = `list_id = ${parameters.add('String', list)}\n  and version = ${parameters.add('String', version)}`;
  const written = (as: string) => `select ${as}\nfrom ${qualified(values)}\nwhere ${ofList}`;
  switch (of.is) {
    case 'key': {
      const { type, kept } = keyTypeOf(entity);
      const inner = innerType(type);
      return isText(inner) ? inSet(kept(key), [written('value')]) : inSet(key, [written(readAs(inner))]);
    }
    case 'trait':
      return inSet(key, [
        `select ${quoteIdentifier(entity.key)}`,
        `from ${qualified(of.trait.table)}`,
        `where ${traitIn(of.trait, written).sql}`,
      ]);
    case 'identifier':
      return inSet(key, [
        `select ${quoteIdentifier(entity.key)}`,
        `from ${qualified(of.owners)}`,
        `where identifier_type = ${parameters.add('String', of.type)}`,
        `  and ${inSet('identifier_value', [`select identifier_value`, `from ${qualified(of.spelled)}`, `where ${ofList}`, `  and identifier_type = ${parameters.add('String', of.type)}`]).sql}`,
      ]);
  }
}

function traitIn({ name, type }: Trait, written: (as: string) => string): Predicate {
  const inner = innerType(type);
  const column = quoteIdentifier(name);
  if (isText(inner)) return inSet(inner === 'String' ? column : `toString(${column})`, [written('value')]);
  return inSet(column, [written(readAs(inner))]);
}

const isText = (type: string) => type === 'String' || type.startsWith('FixedString(') || type.startsWith('Enum');

/** A value that is none of the type becomes null, which is in no set. */
const readAs = (type: string) => `accurateCastOrNull(value, ${quoteText(type)})`;

const inSet = (what: string, lines: readonly string[]): Predicate => tight(`${what} in ${subquery(lines.join('\n'))}`);
