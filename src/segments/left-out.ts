/** Whose published members a sync of a segment leaves out now: those of the segments that are excluded everywhere. */
import { readDefinitions, unreadableExclusions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { errors } from './errors.ts';
import { excludedEverywhere } from './exclusions.ts';
import { readCurrentVersion } from './versions.ts';

/**
 * Read anew for each run: whoever was suppressed since the segment was published is not sent.
 * @throws CdpError `segments.unpublished`: without its members nobody can be left out.
 */
export async function leftOutOf(
  deps: { readonly resources: Pick<SegmentDeps['resources'], 'list'>; readonly warehouse: Pick<SegmentDeps['warehouse'], 'owner'> },
  segment: string,
  entity: string,
): Promise<{ readonly segment: string; readonly version: string }[]> {
  const definitions = await readDefinitions(deps);
  const definition = definitions.usable.get(segment);
  const everywhere = [...excludedEverywhere(definitions.written, entity), ...unreadableExclusions(definitions)];
  // A segment whose document cannot be used any more is sent as it was published, so it leaves out all of them.
  const ids = everywhere.filter((id) => id !== segment && (definition === undefined || definition.exclude?.includes(id)));
  const versions = await Promise.all(ids.map(async (id) => ({ id, current: await readCurrentVersion(deps, id) })));
  return versions.flatMap(({ id, current }) => {
    if (!current || current.is_retired)
      throw errors.unpublished(`The segment ${id} is excluded everywhere and is not published, so nobody could be left out of ${segment}`, {
        context: { segment, reads: id },
      });
    return current.entity === entity ? [{ segment: id, version: current.version }] : [];
  });
}
