/** Models that are audiences: each row names a member by the entity's key. Pure. */
import { unwrap } from '../sql/column-type.ts';
import type { TableName } from '../sql/sql-text.ts';
import { errors } from './errors.ts';
import { columnOf, type Declaration, didYouMean, typeOf } from './meta.ts';
import { tableOf } from './published-model.ts';

/** A key may be there twice, be null, or be of nobody: nothing follows from such a row. */
export interface Audience {
  /** Name of the model. */
  readonly name: string;
  /** What people call it. */
  readonly label: string;
  readonly description: string;
  /** Name of the entity that its members are. */
  readonly entity: string;
  readonly table: TableName;
  /** Column with the key of the entity. */
  readonly key: string;
  /** Its declared type. */
  readonly keyType: string;
}

/** By the name of the model. @throws CdpError `catalogue.invalid`. */
export function readAudiences(
  declarations: readonly Declaration[],
  entities: ReadonlyMap<string, { readonly key: string; readonly keyType: string }>,
): ReadonlyMap<string, Audience> {
  const audiences = declarations.flatMap(({ model, audience, label = model.name }): Audience[] => {
    if (audience === undefined) return [];
    const { entity: name, key } = audience;
    const entity = entities.get(name);
    if (!entity)
      throw errors.invalid(
        `The audience ${model.name} is of the entity ${name}, which no model declares.${didYouMean(name, entities.keys())} There are ${[...entities.keys()].join(', ')}.`,
      );
    const keyType = typeOf(model, columnOf(model, key, '`audience.key`'));
    if (plain(keyType) !== plain(entity.keyType))
      throw errors.invalid(
        `The column ${model.name}.${key} has the type ${keyType}, and the keys of ${name} (${entity.key}) are ${entity.keyType}. Let the model select the key as it is, or cast it.`,
      );
    return [{ name: model.name, label, description: model.description, entity: name, table: tableOf(model), key, keyType }];
  });
  return new Map(audiences.map((audience) => [audience.name, audience]));
}

const plain = (type: string) => unwrap(unwrap(type.trim(), 'LowCardinality'), 'Nullable');
