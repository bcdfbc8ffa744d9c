/** Everything that must be right before a sync may run: documents, connector, source, mapping, settings. */
import { createHash } from 'node:crypto';
import type { BatchContext, Connector, DestinationObject } from '../connector-kit/connector.ts';
import { nameIssues } from './check-names.ts';
import type { DiffInput } from './compile-diff.ts';
import { compileMapping, suggestion } from './compile-mapping.ts';
import { type DestinationDefinition, onLeave, type SyncDefinition } from './definition.ts';
import type { SyncDeps } from './deps.ts';
import { connectorOf, openDestination } from './destination.ts';
import { readDestination, readSync } from './documents.ts';
import { errors } from './errors.ts';
import { describeIssues } from './issues.ts';
import { findSource } from './source.ts';

export interface PreparedSync {
  readonly sync: SyncDefinition;
  readonly connector: Connector;
  readonly object: DestinationObject;
  readonly config: Record<string, unknown>;
  readonly options: Record<string, unknown>;
  readonly secrets: readonly string[];
  readonly diff: DiffInput;
  /** Parameters of the diff's SQL. */
  readonly params: Readonly<Record<string, string>>;
  /** Where rows go, as one word: what was sent elsewhere says nothing about this place. */
  readonly target: string;
  /** Changes whenever the same row could become another request. */
  readonly definitionHash: string;
  readonly sourceLabel: string;
}

/** @throws CdpError `syncs.not_found`, `syncs.invalid`, `syncs.source_missing`, `syncs.secret_missing`. */
export async function prepareSync(deps: SyncDeps, id: string): Promise<PreparedSync> {
  return prepareDefinition(deps, await readSync(deps, id));
}

/** The same for a document that is not applied yet. */
export async function prepareDefinition(deps: SyncDeps, sync: SyncDefinition): Promise<PreparedSync> {
  const definition = await readDestination(deps, sync.destination);
  // First what needs no secret and no source: a name that cannot work is told also where these are missing.
  const { object, options } = assertFits(deps, sync, definition);
  const destination = await openDestination(deps, definition);
  const source = await findSource(deps, sync.source);
  const compiled = compileMapping(sync, object, source.columns);
  if (!compiled.ok) {
    throw errors.invalid(compiled.issues.map(({ path, message }) => `sync ${sync.id}: ${path}: ${message}`).join('\n'));
  }
  const { mapping } = compiled;
  const relation = source.relation(mapping.columns);
  const address = object.addressedBy.map((name) => options[name] ?? null);
  const target = hash([definition.id, definition.connector, sync.object, address, Object.keys(sync.key)]).slice(0, 16);
  return {
    sync,
    connector: destination.connector,
    object,
    config: destination.config,
    options,
    secrets: destination.secrets,
    diff: {
      source: relation,
      mapping,
      mode: sync.mode,
      onLeave: onLeave(sync),
      isIdempotent: object.isIdempotent,
      groupBy: object.batch.groupBy ?? [],
    },
    params: { ...relation.params, sync_id: sync.id, target },
    target,
    definitionHash: hash([sync, definition]),
    sourceLabel: source.label,
  };
}

/** Whether the sync's object, mode, options and names are those of its destination's connector. @throws CdpError `syncs.invalid`. */
export function assertFits(deps: Pick<SyncDeps, 'connectors'>, sync: SyncDefinition, definition: DestinationDefinition) {
  const connector = connectorOf(deps, definition);
  const object = objectOf(connector, sync);
  const options = object.options.safeParse(sync.options);
  const found = [
    ...(options.success ? [] : [describeIssues(`sync ${sync.id}`, options.error.issues, 'options')]),
    ...nameIssues(sync, object, connector.title).map(({ path, message }) => `sync ${sync.id}: ${path}: ${message}`),
  ];
  if (!options.success || found.length > 0) throw errors.invalid(found.join('\n'));
  return { object, options: options.data };
}

/** What a connector may know of the sync and the run. */
export function contextOf(
  prepared: PreparedSync,
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
    throw errors.invalid(`sync ${sync.id}: object: ${connector.slug} has no object ${sync.object}${hint}`);
  }
  if (!object.modes.includes(sync.mode)) {
    throw errors.invalid(`sync ${sync.id}: mode: ${connector.slug}.${sync.object} takes ${object.modes.join(', ')}, not ${sync.mode}`);
  }
  return object;
}

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
