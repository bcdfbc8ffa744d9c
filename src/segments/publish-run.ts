/** What several publications need alike, read once: definitions, catalogue, keys of each entity, views that are there. */
import type { Entity } from '../catalogue/catalogue.ts';
import type { Problem } from '../documents/problem.ts';
import { acceptSegment } from './accept.ts';
import { type ViewsThere, viewsThere } from './audience-views.ts';
import type { CheckedSegment } from './checked.ts';
import type { SegmentDefinition } from './definition.ts';
import { type Definitions, invalid, readDefinitions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { problemsOfKeyType, warnOfKeyless } from './keyless.ts';

interface Keys {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export interface Accepted {
  readonly segment: CheckedSegment;
  readonly warnings: readonly Problem[];
}

/** Each is read by the first who asks. One that could not be read is read again by the next. */
export interface PublicationRun {
  definitions(): Promise<Definitions>;
  /** @throws CdpError `segments.invalid`. */
  accepted(definition: SegmentDefinition): Promise<Accepted>;
  views(): Promise<ViewsThere>;
}

/** @param segment the only one that is published; all when left out. */
export function startRun(deps: SegmentDeps, segment?: string): PublicationRun {
  const definitions = once(() => readDefinitions(deps));
  const catalogue = once(() => deps.catalogue());
  const keys = new Map<string, () => Promise<Keys>>();
  const segments = new Map<string, () => Promise<Accepted>>();

  const accept = async (definition: SegmentDefinition): Promise<Accepted> => {
    const [{ usable, lists }, known] = await Promise.all([definitions(), catalogue()]);
    const world = {
      catalogue: known,
      segments: usable,
      lists,
      now: { at: deps.now(), timezone: deps.timezone },
      allowsSql: deps.allowsSql === true,
    };
    const checked = await acceptSegment(deps.warehouse, definition, world);
    if (!checked.ok) throw invalid(definition.id, checked.problems);
    const { entity } = checked.segment;
    const { problems, warnings } = await readOnce(keys, entity.name, () => readKeys(deps, entity));
    if (problems.length > 0) throw invalid(definition.id, problems);
    return { segment: checked.segment, warnings: [...checked.warnings, ...warnings] };
  };
  return {
    definitions,
    views: once(async () => viewsThere(deps, segment === undefined ? [...(await definitions()).usable.keys()] : [segment])),
    accepted: (definition) => readOnce(segments, definition.id, () => accept(definition)),
  };
}

function readOnce<T>(all: Map<string, () => Promise<T>>, name: string, read: () => Promise<T>): Promise<T> {
  const reading = all.get(name) ?? once(read);
  all.set(name, reading);
  return reading();
}

async function readKeys(deps: SegmentDeps, entity: Entity): Promise<Keys> {
  const [problems, warnings] = await Promise.all([problemsOfKeyType(deps, entity), warnOfKeyless(deps, entity)]);
  return { problems, warnings };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read().catch((error: unknown) => {
      reading = undefined;
      throw error;
    });
    return reading;
  };
}
