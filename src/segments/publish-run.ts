/** What several publications need alike, read once: definitions, catalogue, keys of each entity, views that are there. */
import type { Catalogue, Entity } from '../catalogue/catalogue.ts';
import type { Problem } from '../documents/problem.ts';
import { type ViewsThere, viewsThere } from './audience-views.ts';
import { type Definitions, readDefinitions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { problemsOfKeyType, warnOfKeyless } from './keyless.ts';

interface Keys {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Each is read by the first who asks. One that could not be read is read again by the next. */
export interface PublicationRun {
  definitions(): Promise<Definitions>;
  catalogue(): Promise<Catalogue>;
  keysOf(entity: Entity): Promise<Keys>;
  views(): Promise<ViewsThere>;
}

export function startRun(deps: SegmentDeps): PublicationRun {
  const keys = new Map<string, () => Promise<Keys>>();
  return {
    definitions: once(() => readDefinitions(deps)),
    catalogue: once(() => deps.catalogue()),
    views: once(() => viewsThere(deps)),
    keysOf(entity) {
      const known = keys.get(entity.name) ?? once(() => readKeys(deps, entity));
      keys.set(entity.name, known);
      return known();
    },
  };
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
