/** Whose published members a sync leaves out now: those of the segments that are excluded everywhere. */
import { readDefinitions, unreadableExclusions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { errors } from './errors.ts';
import { excludedEverywhere } from './exclusions.ts';
import { readCurrentVersion } from './versions.ts';

interface Deps {
  readonly resources: Pick<SegmentDeps['resources'], 'list'>;
  readonly warehouse: Pick<SegmentDeps['warehouse'], 'owner'>;
}

/** Whether any segment is excluded everywhere, of whatever entity. */
export async function hasExclusions({ resources }: Pick<Deps, 'resources'>): Promise<boolean> {
  return (await resources.list('segment')).some(({ document }) => document.excluded_everywhere === true);
}

/**
 * Read anew for each run: whoever was suppressed since the segment was published is not sent.
 * @param of `segment`: the one that is sent; left out where all rows of the entity are. `reader`: what is sent, for people.
 * @throws CdpError `segments.unpublished`: without its members nobody can be left out.
 */
export async function leftOutOf(
  deps: Deps,
  { entity, segment, reader }: { readonly entity: string; readonly segment?: string; readonly reader: string },
): Promise<{ readonly segment: string; readonly version: string }[]> {
  const definitions = await readDefinitions(deps);
  const definition = segment === undefined ? undefined : definitions.usable.get(segment);
  const everywhere = [...excludedEverywhere(definitions.written, entity), ...unreadableExclusions(definitions)];
  // A segment whose document cannot be used any more is sent as it was published, so it leaves out all of them.
  const ids = everywhere.filter((id) => id !== segment && (definition === undefined || definition.exclude?.includes(id)));
  const versions = await Promise.all(ids.map(async (id) => ({ id, current: await readCurrentVersion(deps, id) })));
  return versions.flatMap(({ id, current }) => {
    if (!current || current.is_retired)
      throw errors.unpublished(`The segment ${id} is excluded everywhere and is not published, so nobody could be left out of ${reader}`, {
        context: { segment: reader, reads: id },
      });
    return current.entity === entity ? [{ segment: id, version: current.version }] : [];
  });
}
