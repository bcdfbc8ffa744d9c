/** Shows the lists that are applied, and whom the values of one of them name. */
import { masked } from '../../documents/mask.ts';
import { nearest } from '../../documents/problem.ts';
import { readDefinitions } from '../definitions.ts';
import type { SegmentDeps } from '../deps.ts';
import { errors } from '../errors.ts';
import { listsNamed } from '../references.ts';
import type { ListDetail, ListListing } from '../schema.ts';
import { type ListDefinition, versionOf, writtenValues } from './definition.ts';
import { identifiedBy } from './identified-by.ts';
import { resolveList } from './resolution.ts';

type Deps = Pick<SegmentDeps, 'resources' | 'warehouse' | 'catalogue'>;

export async function listLists(deps: Pick<SegmentDeps, 'resources'>): Promise<ListListing[]> {
  const { lists, usable } = await readDefinitions(deps);
  return [...lists.values()].sort((one, other) => (one.id < other.id ? -1 : 1)).map((list) => listingOf(list, usable.values()));
}

type Segments = Parameters<typeof listsNamed>[0];

function listingOf(list: ListDefinition, segments: Iterable<Segments>): ListListing {
  const { id, title, entity, of, file = null } = list;
  return {
    list_id: id,
    title,
    entity,
    of: typeof of === 'string' ? of : `trait ${of.trait}`,
    file,
    values: list.content?.values ?? writtenValues(list).length,
    used_by: [...segments].filter((segment) => listsNamed(segment).some((one) => one.list === id)).map((segment) => segment.id),
  };
}

/**
 * @param most how many values that are of nobody are shown.
 * @throws CdpError `segments.no_list`, `segments.invalid`.
 */
export async function showList(
  deps: Deps,
  id: string,
  { most = 20, isUnmasked = false, signal }: { readonly most?: number; readonly isUnmasked?: boolean; readonly signal?: AbortSignal } = {},
): Promise<ListDetail> {
  const [{ lists, usable }, catalogue] = await Promise.all([readDefinitions(deps), deps.catalogue()]);
  const list = lists.get(id);
  if (!list) {
    const near = nearest(id, lists.keys());
    throw errors.no_list(`There is no list ${id}.${near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : ''}`, {
      context: { list: id },
    });
  }
  const entity = catalogue.entities.get(list.entity);
  const version = versionOf(list);
  const of = entity && identifiedBy(entity, list);
  if (!entity || version === undefined || !of || 'message' in of) {
    const why = !entity ? `there is no entity ${list.entity}` : of && 'message' in of ? of.message : 'its file was not read';
    throw errors.invalid(`The list ${id} cannot be used: ${why}`, { context: { list: id } });
  }
  const found = await resolveList(deps.warehouse, entity, { list: id, version, of }, { most, ...(signal ? { signal } : {}) });
  return {
    ...listingOf(list, usable.values()),
    values: found.values,
    matched: found.matched,
    unmatched: found.values - found.matched,
    shared: found.shared,
    entities: found.entities,
    unmatched_values: found.unmatched.map((value) => (isUnmasked ? value : String(masked(value)))),
  };
}
