/** The place where a sync's rows go, as an id to compare and as a text to read. Pure. */
import { createHash } from 'node:crypto';
import type { Connector, DestinationObject } from '../connector-kit/connector.ts';
import type { DestinationDefinition, SyncDefinition } from './definition.ts';

export interface Place {
  /** Equal for equal places, whatever the name of the destination document and the user who logs in. */
  readonly id: string;
  /** For people: `postgres row host db.example.com:5432, database crm, schema public, table people`. */
  readonly address: string;
  /** The place's name in the ledger of earlier versions, which used the name of the destination document. */
  readonly nameBefore: string;
}

export function placeOf(
  sync: SyncDefinition,
  definition: DestinationDefinition,
  connector: Connector,
  object: DestinationObject,
  { config, options }: { readonly config: Record<string, unknown>; readonly options: Record<string, unknown> },
): Place {
  const { shown, hidden = {} } = connector.address(config);
  const addressing = object.addressedBy.map((name) => [name, options[name] ?? null] as const);
  const keys = Object.keys(sync.key);
  const parts = [inOrder(shown), inOrder(hidden), addressing];
  const told = [...Object.entries(shown), ...addressing.filter(([, value]) => value !== null)];
  return {
    id: hashOf(['place', connector.slug, sync.object, parts, keys]).slice(0, 16),
    address: [`${connector.slug} ${sync.object}`, told.map(([name, value]) => `${name} ${textOf(value)}`).join(', ')].join(' ').trim(),
    nameBefore: hashOf([definition.id, definition.connector, sync.object, addressing.map(([, value]) => value), keys]).slice(0, 16),
  };
}

const inOrder = (parts: Readonly<Record<string, string>>) => Object.entries(parts).sort(([one], [other]) => (one < other ? -1 : 1));
const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

export const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
