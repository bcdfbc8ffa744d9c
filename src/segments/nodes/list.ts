/** Membership of a list of identifiers. Pure. */
import { nearest, type Path } from '../../documents/problem.ts';
import type { CheckTools } from '../check-tools.ts';
import type { ListCondition } from '../checked.ts';
import { versionOf } from '../lists/definition.ts';
import { identifiedBy } from '../lists/identified-by.ts';

export function checkListed(list: string, path: Path, tools: CheckTools): ListCondition | undefined {
  const place = [...path, 'list'];
  const { lists = new Map() } = tools.world;
  const definition = lists.get(list);
  if (!definition) return tools.report(place, `there is no list ${list}.`, nearest(list, lists.keys()));
  if (definition.entity !== tools.entity.name)
    return tools.report(place, `the list ${list} is of ${definition.entity}, this condition of ${tools.entity.name}`);
  const of = identifiedBy(tools.entity, definition);
  if ('message' in of) return tools.report(place, `the list ${list} cannot be used: ${of.message}`);
  const version = versionOf(definition);
  if (version === undefined) return tools.report(place, `the file of the list ${list} was not read: apply the list from its folder`);
  return { kind: 'list', path, list, version, of };
}
