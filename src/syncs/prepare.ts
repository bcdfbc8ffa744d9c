/** Everything that must be right before a sync may run: documents, connector, source, mapping, settings. */
import type { BatchContext, Connector, DestinationObject } from '../connector-kit/connector.ts';
import { hashOf, type Place, placeOf } from './address.ts';
import { nameProblems } from './check-names.ts';
import type { DiffInput, SourceRelation } from './compile-diff.ts';
import { compileMapping, type Mapping, type SourceColumn, suggestion } from './compile-mapping.ts';
import { type DestinationDefinition, onLeave, type SyncDefinition } from './definition.ts';
import type { SyncDeps } from './deps.ts';
import { connectorOf, openDestination } from './destination.ts';
import { readDestination, readSync } from './documents.ts';
import { invalid, problemsWithin } from './issues.ts';
import { findSource, type Source } from './source.ts';
import { readTarget, type Target } from './target.ts';

/** The result of reading the documents and the warehouse's tables; what was sent before is not read. */
export interface PreparedDefinition {
  readonly sync: SyncDefinition;
  readonly connector: Connector;
  readonly object: DestinationObject;
  readonly config: Record<string, unknown>;
  readonly options: Record<string, unknown>;
  readonly secrets: readonly string[];
  readonly diff: DiffInput;
  /** Where rows go: rows that were sent elsewhere say nothing about this place. */
  readonly place: Place;
  /** Changes whenever the same row could become another request. */
  readonly definitionHash: string;
  readonly sourceLabel: string;
  /** The source as it is at that moment, where rows may lose the right to be sent while a run goes on; undefined elsewhere. */
  readonly sourceNow?: () => Promise<SourceRelation>;
}

export interface PreparedSync extends PreparedDefinition {
  readonly onRecord: Target;
  /** The part of the ledger that applies to the place. */
  readonly target: string;
  /** Parameters of the diff's SQL. */
  readonly params: Readonly<Record<string, string>>;
}

/** @throws CdpError `syncs.not_found`, `syncs.invalid`, `syncs.source_missing`, `syncs.secret_missing`. */
export async function prepareSync(deps: SyncDeps, id: string): Promise<PreparedSync> {
  const definition = await prepareDefinition(deps, await readSync(deps, id));
  return onTarget(definition, await readTarget(deps, id, definition.place));
}

/** The same sync with another part of the ledger. */
export function onTarget(prepared: PreparedDefinition, onRecord: Target): PreparedSync {
  const { target } = onRecord;
  return { ...prepared, onRecord, target, params: { ...prepared.diff.source.params, sync_id: prepared.sync.id, target } };
}

/** The same for a document that is not applied yet. */
export async function prepareDefinition(
  deps: SyncDeps,
  sync: SyncDefinition,
  sourceOf: () => Promise<Source> = () => findSource(deps, sync.source),
): Promise<PreparedDefinition> {
  const definition = await readDestination(deps, sync.destination);
  // Checked first, because it needs no secret and no source: an impossible name is reported even when these are missing.
  const { object, options } = assertFits(deps, sync, definition);
  const destination = await openDestination(deps, definition);
  const source = await sourceOf();
  const mapping = mappingOf(sync, object, source.columns);
  const relationOf = ({ relation }: Source) => relation(mapping.columns, mapping.consent);
  const { config } = destination;
  return {
    sync,
    connector: destination.connector,
    object,
    config,
    options,
    secrets: destination.secrets,
    diff: {
      source: relationOf(source),
      mapping,
      mode: sync.mode,
      onLeave: onLeave(sync),
      isIdempotent: object.isIdempotent,
      groupBy: object.batch.groupBy ?? [],
    },
    place: placeOf(sync, definition, destination.connector, object, { config, options }),
    definitionHash: hashOf([sync, definition]),
    sourceLabel: source.label,
    ...(mapping.consent.length > 0 || source.leavesOut ? { sourceNow: async () => relationOf(await findSource(deps, sync.source)) } : {}),
  };
}

/** Whether the sync's object, mode, options and names are those of its destination's connector. @throws CdpError `syncs.invalid`. */
export function assertFits(deps: Pick<SyncDeps, 'connectors'>, sync: SyncDefinition, definition: DestinationDefinition) {
  const connector = connectorOf(deps, definition);
  const object = objectOf(connector, sync);
  const options = object.options.safeParse(sync.options);
  const found = [
    ...(options.success ? [] : problemsWithin(options.error, object.options, sync.options, ['options'])),
    ...nameProblems(sync, object, connector.title),
  ];
  if (!options.success || found.length > 0) throw invalid(`sync ${sync.id}`, found);
  return { object, options: options.data };
}

/** Whether the mapping fits both sides: needs neither a secret nor a table. @throws CdpError `syncs.invalid`. */
export function assertMaps(
  deps: Pick<SyncDeps, 'connectors'>,
  sync: SyncDefinition,
  definition: DestinationDefinition,
  columns: ReadonlyMap<string, SourceColumn>,
): void {
  mappingOf(sync, assertFits(deps, sync, definition).object, columns);
}

export function mappingOf(sync: SyncDefinition, object: DestinationObject, columns: ReadonlyMap<string, SourceColumn>): Mapping {
  const compiled = compileMapping(sync, object, columns);
  if (compiled.ok) return compiled.mapping;
  throw invalid(`sync ${sync.id}`, compiled.problems);
}

/** What a connector may know about the sync and the run. */
export function contextOf(
  prepared: PreparedDefinition,
  run: { readonly runId: string; readonly startedAt: Date },
): Omit<BatchContext<Record<string, unknown>, Record<string, unknown>>, 'batchId'> {
  const { sync, config, options, diff } = prepared;
  const { keyFields, valueFields } = diff.mapping;
  return { config, options, syncId: sync.id, mode: sync.mode, runId: run.runId, startedAt: run.startedAt, keyFields, valueFields };
}

function objectOf(connector: Connector, sync: SyncDefinition): DestinationObject {
  const object = Object.hasOwn(connector.objects, sync.object) ? connector.objects[sync.object] : undefined;
  if (!object) {
    const hint = suggestion(sync.object, Object.keys(connector.objects));
    throw invalid(`sync ${sync.id}`, [{ path: ['object'], message: `${connector.slug} has no object ${sync.object}${hint}` }]);
  }
  if (!object.modes.includes(sync.mode)) {
    const message = `${connector.slug}.${sync.object} takes ${object.modes.join(', ')}, not ${sync.mode}`;
    throw invalid(`sync ${sync.id}`, [{ path: ['mode'], message }]);
  }
  return object;
}
