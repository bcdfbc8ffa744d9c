/** The applied destinations, fit to be shown: no setting that the connector calls secret, unless it only names where the secret is. */
import type * as z from 'zod';
import type { Connector } from '../connector-kit/connector.ts';
import type { Resource, Resources } from '../store/resources.ts';
import { DestinationDefinition, SyncDefinition } from './definition.ts';
import type { SyncDeps } from './deps.ts';
import { readDestination } from './documents.ts';
import type { Destination } from './schema.ts';

type Deps = Pick<SyncDeps, 'connectors'> & { readonly resources: Pick<Resources, 'get' | 'list'> };

/** By id. A document that this version cannot read is shown without its settings. */
export async function listDestinations(deps: Deps): Promise<Destination[]> {
  const [destinations, syncs] = await Promise.all([deps.resources.list('destination'), deps.resources.list('sync')]);
  return destinations.map((resource) => present(resource, syncs, deps));
}

/** @throws CdpError `syncs.not_found`, with the nearest name. */
export async function showDestination(deps: Deps, id: string): Promise<Destination> {
  await readDestination(deps, id);
  const found = (await listDestinations(deps)).find((one) => one.id === id);
  return found as Destination;
}

function present(
  { id, document, revision, appliedAt, appliedBy }: Resource,
  syncs: readonly Resource[],
  { connectors }: Deps,
): Destination {
  const definition = DestinationDefinition.safeParse(document).data;
  const connector = definition && Object.hasOwn(connectors, definition.connector) ? connectors[definition.connector] : undefined;
  return {
    id,
    title: definition?.title ?? id,
    connector: definition?.connector ?? '',
    config: Object.fromEntries(
      Object.entries(definition?.config ?? {}).flatMap(([name, value]) =>
        isShown(name, value, connector) ? [[name, withoutPath(value)]] : [],
      ),
    ),
    revision,
    applied_at: appliedAt.toISOString(),
    applied_by: appliedBy,
    syncs: syncs.filter((sync) => SyncDefinition.safeParse(sync.document).data?.destination === id).map((sync) => sync.id),
  };
}

/** Of an address only where it is: what follows may hold a token, as may what stands before the host. */
function withoutPath(value: unknown): unknown {
  const url = typeof value === 'string' && /^[a-z]+:\/\//i.test(value) ? URL.parse(value) : null;
  if (url === null) return value;
  return `${url.protocol}//${url.host}${url.pathname.length > 1 || url.search !== '' ? '/…' : ''}`;
}

const isReference = (value: unknown) => typeof value === 'string' && /^(env|secret):/.test(value);

/** Which settings of an unknown connector are secret cannot be told. */
function isShown(name: string, value: unknown, connector: Connector | undefined): boolean {
  if (isReference(value)) return true;
  const schema = connector && Object.hasOwn(connector.config.shape, name) ? connector.config.shape[name] : undefined;
  return schema !== undefined && (schema as z.ZodType).meta()?.secret !== true;
}
