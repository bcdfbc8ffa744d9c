/** Names that an editor of documents offers: of the catalogue, of the events that the data holds, and of the applied segments. */
import { sampleEvents } from '../catalogue/sample.ts';
import { readDefinitions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { type KnownNames, knownNames } from './json-schema.ts';

export async function namesInUse(deps: Pick<SegmentDeps, 'catalogue' | 'warehouse' | 'resources'>): Promise<KnownNames> {
  const catalogue = await deps.catalogue();
  const streams = [...catalogue.entities.values()].flatMap((entity) => entity.streams);
  const [seen, { usable }] = await Promise.all([sampleEvents(deps.warehouse.reader, streams), readDefinitions(deps)]);
  const events = seen.map(({ name }) => name);
  return knownNames(catalogue, events, usable.keys());
}
