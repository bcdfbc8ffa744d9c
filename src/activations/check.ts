/** Whether what the activations folder says can work: shape, references, names. Finds all problems of all files, not only the first. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { tablesIn } from '../catalogue/tables-in.ts';
import { nearest, type Path, type Problem } from '../documents/problem.ts';
import { problemsOf } from '../documents/zod-problems.ts';
import { CdpError } from '../errors.ts';
import { acceptSegment } from '../segments/accept.ts';
import type { CheckedSegment } from '../segments/checked.ts';
import { leavesOf } from '../segments/compile-source.ts';
import type { SegmentDefinition } from '../segments/definition.ts';
import { readDefinition } from '../segments/document.ts';
import type { TableName } from '../sql/sql-text.ts';
import type { Resource, Resources } from '../store/resources.ts';
import type { SourceColumn } from '../syncs/compile-mapping.ts';
import { DestinationDefinition, SyncDefinition, type SyncSource } from '../syncs/definition.ts';
import type { SyncDeps } from '../syncs/deps.ts';
import { openDestination } from '../syncs/destination.ts';
import { assertFits, assertMaps, prepareDefinition } from '../syncs/prepare.ts';
import { findSource } from '../syncs/source.ts';
import { type RefusedTable, refusedTables } from '../warehouse/readable.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Kind } from './plan.ts';
import type { ActivationFile, Activations, FileProblem } from './read.ts';

export interface CheckDeps {
  readonly catalogue: Catalogue;
  /** Undefined where there is none: `declared` is asked instead. */
  readonly warehouse: Pick<Warehouse, 'reader' | 'publisher' | 'databases' | 'isEmbedded'> | undefined;
  /** As syncs run with; the documents that they read are replaced by those of the folder. */
  readonly syncs: SyncDeps;
  /**
   * Where no warehouse is, or nothing is built yet: the columns that the project declares of a source, undefined when it does not declare all of
   * them. Without it the warehouse is asked.
   */
  readonly declared?: (source: SyncSource) => ReadonlyMap<string, SourceColumn> | undefined;
  /** IANA zone of the workspace. Default: UTC. */
  readonly timezone?: string;
}

export interface Findings {
  /** Any of these keeps everything from being applied. */
  readonly problems: readonly FileProblem[];
  /** What may come right by itself: an event that no data has yet, a secret that is set where the service runs. */
  readonly warnings: readonly FileProblem[];
}

export async function checkActivations(activations: Activations, deps: CheckDeps): Promise<Findings> {
  const findings = new Collected();
  findings.problems.push(...activations.problems);
  await checkSegments(ofKind(activations, 'segment'), deps, findings);

  const syncs = { ...deps.syncs, resources: asResources(activations) };
  const usable = new Set<string>();
  for (const file of ofKind(activations, 'destination')) {
    if (await checkDestination(file, syncs, findings)) usable.add(file.id);
  }
  for (const file of ofKind(activations, 'sync')) await checkSync(file, activations, usable, { ...deps, syncs }, findings);
  return findings;
}

class Collected implements Findings {
  readonly problems: FileProblem[] = [];
  readonly warnings: FileProblem[] = [];

  wrong(file: ActivationFile, problems: readonly Problem[]): void {
    this.problems.push(...placed(file, problems));
  }

  doubtful(file: ActivationFile, problems: readonly (Problem & { readonly code?: string })[]): void {
    this.warnings.push(...placed(file, problems));
  }
}

async function checkSegments(
  files: readonly ActivationFile[],
  { catalogue, warehouse, timezone = 'UTC' }: CheckDeps,
  findings: Collected,
): Promise<void> {
  const segments = new Map<string, SegmentDefinition>();
  for (const file of files) {
    const read = readDefinition(file.document);
    if (read.ok) segments.set(file.id, read.definition);
    else findings.wrong(file, read.problems);
  }
  const accepted: { readonly file: ActivationFile; readonly readings: readonly Reading[] }[] = [];
  for (const file of files) {
    const definition = segments.get(file.id);
    if (!definition) continue;
    const checked = await acceptSegment(warehouse, definition, { catalogue, segments, now: { at: new Date(), timezone } });
    if (checked.ok) accepted.push({ file, readings: readingsOf(checked.segment) });
    else findings.wrong(file, checked.problems);
    findings.doubtful(file, checked.warnings);
  }
  if (warehouse === undefined) return;
  // All at once: most segments read the same few tables.
  const tables = accepted.flatMap(({ readings }) => readings.map(({ table }) => table));
  const refused = await refusedTables(warehouse, tables);
  for (const { file, readings } of accepted) findings.wrong(file, unreadable(readings, refused));
}

interface Reading {
  readonly table: TableName;
  /** In the segment: what makes it read the table. */
  readonly path: Path;
}

function readingsOf({ entity, root }: CheckedSegment): Reading[] {
  const conditions = leavesOf(root).flatMap((leaf) => tablesIn([leaf]).map((table) => ({ table, path: leaf.path })));
  return [...conditions, { table: entity.table, path: ['entity'] }];
}

/** Each table once, where the segment first names what stands in it. */
function unreadable(readings: readonly Reading[], refused: readonly RefusedTable[]): Problem[] {
  return refused.flatMap(({ database, table: name, sentence }) => {
    const reading = readings.find(({ table }) => table.database === database && table.table === name);
    return reading ? [{ path: reading.path, message: sentence }] : [];
  });
}

/** Whether syncs into it can be checked further. */
async function checkDestination(file: ActivationFile, syncs: SyncDeps, findings: Collected): Promise<boolean> {
  const parsed = DestinationDefinition.safeParse(file.document);
  if (!parsed.success) {
    findings.wrong(file, problemsOf(parsed.error, { schema: DestinationDefinition, document: file.document }));
    return false;
  }
  return attempt(file, findings, () => openDestination(syncs, parsed.data));
}

async function checkSync(
  file: ActivationFile,
  activations: Activations,
  usable: ReadonlySet<string>,
  { syncs, declared }: Pick<CheckDeps, 'syncs' | 'declared'>,
  findings: Collected,
): Promise<void> {
  const parsed = SyncDefinition.safeParse(file.document);
  if (!parsed.success) {
    findings.wrong(file, problemsOf(parsed.error, { schema: SyncDefinition, document: file.document }));
    return;
  }
  const { source, destination } = parsed.data;
  const dangling = [
    ...('segment' in source ? missing(activations, 'segment', source.segment, ['source', 'segment']) : []),
    ...missing(activations, 'destination', destination, ['destination']),
  ];
  findings.wrong(file, dangling);
  if (dangling.length > 0) return;
  if (usable.has(destination) && declared === undefined) {
    await attempt(file, findings, () => prepareDefinition(syncs, parsed.data));
    return;
  }
  // Its secret may be set elsewhere only; what the sync says can be checked all the same.
  const target = ofKind(activations, 'destination').find(({ id }) => id === destination);
  const definition = DestinationDefinition.safeParse(target?.document);
  if (!definition.success || !Object.hasOwn(syncs.connectors, definition.data.connector)) return;
  await attempt(file, findings, async () => {
    assertFits(syncs, parsed.data, definition.data);
    const columns = declared === undefined ? (await findSource(syncs, source)).columns : declared(source);
    if (columns !== undefined) assertMaps(syncs, parsed.data, definition.data, columns);
  });
}

/** Runs what a run would do first; an expected failure becomes a finding. */
async function attempt(file: ActivationFile, findings: Collected, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof CdpError)) throw error;
    const told = error.problems.length > 0 ? error.problems : [{ path: [], message: error.message }];
    const found = told.map((problem) => ({ ...problem, code: error.code }));
    // A secret may be set only where the service runs; a source is published or built after the documents are applied.
    if (error.code === 'syncs.secret_missing' || error.code === 'syncs.source_missing') findings.doubtful(file, found);
    else findings.wrong(file, found);
    return false;
  }
}

function missing(activations: Activations, kind: Kind, id: string, path: Path): Problem[] {
  const known = ofKind(activations, kind).map((file) => file.id);
  return known.includes(id) ? [] : [{ path, message: `there is no ${kind} ${id}.`, suggestions: nearest(id, known) }];
}

function placed(file: ActivationFile, problems: readonly (Problem & { readonly code?: string })[]): FileProblem[] {
  const codes = problems.map(({ code }) => (code === undefined ? {} : { code }));
  return file.written.locate(problems).map((problem, index) => ({ ...problem, ...codes[index], file: file.file }));
}

function ofKind(activations: Activations, kind: Kind): readonly ActivationFile[] {
  return activations.files.filter((file) => file.kind === kind);
}

/** The folder as the control plane would hold it. */
export function asResources(activations: Activations): Pick<Resources, 'get' | 'list'> {
  const now = new Date();
  const resource = ({ kind, id, document }: ActivationFile): Resource => ({
    kind,
    id,
    document: document as Resource['document'],
    revision: 0,
    appliedAt: now,
    appliedBy: '',
  });
  return {
    list: (kind) => Promise.resolve(ofKind(activations, kind).map(resource)),
    get(kind, id) {
      const file = ofKind(activations, kind).find((candidate) => candidate.id === id);
      return Promise.resolve(file && resource(file));
    },
  };
}
