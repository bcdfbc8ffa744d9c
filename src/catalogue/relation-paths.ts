/** Every relation that can be reached from an entity, the nearest first. Pure. */

import { isSameTable } from '../sql/sql-text.ts';
import type { Catalogue } from './catalogue.ts';
import { nameOf, type Relation, type RelationEnd } from './relations.ts';

export interface RelationPath {
  /** Relation names from the entity on: `orders`, `lines`. */
  readonly path: readonly string[];
  readonly relation: Relation;
}

/** Each place is expanded once, by its shortest path, so that no path appears twice; the way straight back is left out. */
export function relationPaths({ entities, models }: Pick<Catalogue, 'entities' | 'models'>, entity: string): RelationPath[] {
  const relationsOf = (place: RelationEnd) => ('entity' in place ? entities.get(place.entity) : models.get(place.model))?.related ?? [];
  const idOf = (place: RelationEnd) => `${'entity' in place ? 'entity' : 'model'} ${nameOf(place)}`;
  const start: RelationEnd = { entity };
  const reached = new Set([idOf(start)]);
  const found: RelationPath[] = [];
  let open: { place: RelationEnd; from?: RelationPath }[] = [{ place: start }];
  while (open.length > 0) {
    const next: typeof open = [];
    for (const { place, from } of open) {
      for (const relation of relationsOf(place)) {
        if (from && isWayBack(from.relation, relation)) continue;
        const way = { path: [...(from?.path ?? []), relation.name], relation };
        found.push(way);
        if (reached.has(idOf(relation.to))) continue;
        reached.add(idOf(relation.to));
        next.push({ place: relation.to, from: way });
      }
    }
    open = next;
  }
  return found;
}

const isWayBack = (come: Relation, go: Relation) =>
  come.cardinality !== go.cardinality &&
  isSameTable(come.table, go.from.table) &&
  come.column === go.from.column &&
  isSameTable(come.from.table, go.table) &&
  come.from.column === go.column;
