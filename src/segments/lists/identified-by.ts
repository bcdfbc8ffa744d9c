/** What the values of a list are, from what its document says and the catalogue knows. Pure. */
import type { Entity } from '../../catalogue/catalogue.ts';
import { nearest, type Problem } from '../../documents/problem.ts';
import type { IdentifiedBy } from '../checked.ts';
import type { ListDefinition } from './definition.ts';

/** Whether a type of identifiers exists is known to the warehouse only. */
export function identifiedBy(entity: Entity, { of }: Pick<ListDefinition, 'of'>): IdentifiedBy | Problem {
  if (typeof of !== 'string') return byTrait(entity, of.trait);
  if (of === entity.key) return { is: 'key' };
  if (hasGraph(entity)) {
    const { database } = entity.table;
    return {
      is: 'identifier',
      type: of,
      spelled: { database, table: 'list_identifiers' },
      owners: { database, table: 'profile_identifiers' },
    };
  }
  const isTrait = entity.traits.has(of);
  const message = isTrait
    ? `${of} is a trait of a ${entity.name}: write \`of: { trait: ${of} }\``
    : `a ${entity.name} is named by its key, \`of: ${entity.key}\`, or by a unique trait, \`of: { trait: … }\``;
  return { path: ['of'], message };
}

/** The people of the identity graph; another project may bring its own. */
const hasGraph = ({ name, table }: Entity) => name === 'person' && table.table === 'profiles';

function byTrait(entity: Entity, name: string): IdentifiedBy | Problem {
  const trait = entity.traits.get(name);
  const path = ['of', 'trait'];
  if (!trait) return { path, message: `there is no trait ${name} of a ${entity.name}.`, suggestions: nearest(name, entity.traits.keys()) };
  const { kind } = trait.column.value;
  if (kind !== 'text' && kind !== 'number') return { path, message: `${name} is a ${kind}: a list is of texts or numbers` };
  if (trait.isUnique) return { is: 'trait', trait };
  return {
    path,
    message: `${name} may be the same for several: let dbt test it, \`data_tests: [unique]\` at the column ${trait.table.table}.${name}`,
  };
}
