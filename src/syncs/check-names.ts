/** Whether a destination keeps the names that a sync gives its fields. Pure: needs neither the destination nor the source to be there. */
import type { DestinationObject } from '../connector-kit/connector.ts';
import { collidingNames, nameProblem } from '../connector-kit/name-limits.ts';
import type { Problem } from '../documents/problem.ts';
import type { SyncDefinition } from './definition.ts';

export function nameProblems(
  sync: Pick<SyncDefinition, 'key' | 'fields'>,
  object: Pick<DestinationObject, 'names'>,
  destination: string,
): Problem[] {
  const { names: limits } = object;
  if (limits === undefined) return [];
  const placed = [
    ...Object.keys(sync.key).map((name) => ({ name, path: ['key', name] })),
    ...Object.keys(sync.fields).map((name) => ({ name, path: ['fields', name] })),
  ];
  const names = placed.map(({ name }) => name);
  const colliding = collidingNames(names, limits);
  return placed.flatMap(({ name, path }) => {
    const problem = nameProblem(name, limits, destination);
    const other = colliding.get(name);
    return [
      ...(problem === undefined ? [] : [{ path, message: problem }]),
      ...(other === undefined
        ? []
        : [{ path, message: `becomes one name with ${other} in ${destination}: take another name for one of them` }]),
    ];
  });
}
