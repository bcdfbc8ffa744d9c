/** Syncs and destinations as kinds of documents. */
import * as z from 'zod';
import { type CheckRequest, type DocumentKind, missingReferences, type NamedDocument, type ReadTable } from '../documents/kind.ts';
import type { Path } from '../documents/problem.ts';
import { CdpError } from '../errors.ts';
import { readDefinitions } from '../segments/definitions.ts';
import { readsOfSegments } from '../segments/reads.ts';
import { publishedMembers } from '../segments/versions.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { SourceColumn } from './compile-mapping.ts';
import { DestinationDefinition, SyncDefinition, type SyncSource } from './definition.ts';
import type { SyncDeps } from './deps.ts';
import { openDestination } from './destination.ts';
import { readSyncs } from './documents.ts';
import { assertFits, assertMaps, prepareDefinition } from './prepare.ts';
import { runSync } from './run-sync.ts';
import { findSource } from './source.ts';
import { leftBehind } from './target.ts';

export interface SyncCheckDeps {
  /** As syncs run with; the documents that they read are those of the folder that is checked. */
  readonly syncs: Omit<SyncDeps, 'resources'>;
  /**
   * Where no warehouse is, or nothing is built yet: the columns that the project declares of a source, undefined when it does not declare all of
   * them. Without it the warehouse is asked.
   */
  readonly declared?: (source: SyncSource) => ReadonlyMap<string, SourceColumn> | undefined;
}

export interface SyncPlanDeps {
  readonly warehouse: Pick<Warehouse, 'owner' | 'reader' | 'databases'>;
}

export const destinationKind: DocumentKind<SyncCheckDeps, unknown, unknown> = {
  kind: 'destination',
  folder: 'destinations',
  schema: DestinationDefinition,
  migrations: [],
  references: () => [],

  async check({ documents, findings, deps }) {
    for (const document of documents)
      await attempt(document, findings, () => openDestination(deps.syncs, DestinationDefinition.parse(document.document)));
  },

  async reach({ referrers }) {
    const writers = referrers.map(({ id }) => id);
    return { clauses: writers.length === 0 ? [] : [`${writers.join(', ')} ${writers.length === 1 ? 'writes' : 'write'} into it`] };
  },

  leaves: async () => ['What was sent there stays there. Stored secrets stay too: `sluice secret list` shows them.'],
};

/** The only parts that name other documents; the rest may be of another version. */
const Links = z.object({
  source: z.object({ segment: z.string().optional() }).optional().catch(undefined),
  destination: z.string().optional().catch(undefined),
});

const RunOptions = z.object({
  /** A person allows this run so many removals, in place of the guard. */
  allow_removals: z.int().min(0).optional(),
  /** Everything is sent again. */
  is_resync: z.boolean().optional(),
});

export const syncKind: DocumentKind<SyncCheckDeps, SyncPlanDeps, { readonly syncs: SyncDeps }> = {
  kind: 'sync',
  folder: 'syncs',
  schema: SyncDefinition,
  migrations: [],

  references(document) {
    const { source, destination } = Links.safeParse(document).data ?? {};
    const reference = (kind: string, id: string | undefined, path: Path, isSource: boolean) =>
      id === undefined ? [] : [{ kind, id, path, isSource }];
    return [
      ...reference('segment', source?.segment, ['source', 'segment'], true),
      ...reference('destination', destination, ['destination'], false),
    ];
  },

  check: checkSyncs,

  async reach({ id, document, deps }) {
    const { source, destination } = Links.parse(document);
    const segment = source?.segment;
    const members = segment === undefined ? null : ((await publishedMembers(deps, segment)) ?? null);
    const rowsThere = (await leftBehind(deps, id)).reduce((sum, { there }) => sum + there, 0);
    const there =
      rowsThere === 0 ? 'nothing of it is there yet' : `${counted(rowsThere, 'row')} of it ${rowsThere === 1 ? 'is' : 'are'} there`;
    return { clauses: [`it sends ${sent(segment, members)} to ${destination}`, there], members, rowsThere };
  },

  async leaves(id, deps) {
    const left = await leftBehind(deps, id);
    if (left.length === 0) return ['It has left no rows at any destination. Its runs stay in sluice_audit.sync_runs.'];
    return [
      ...left.map(
        ({ there, address }) =>
          `${counted(there, 'row')} that it sent to ${address === '' ? 'its destination' : address} stay there: Sluice no longer removes them.`,
      ),
      'What was sent stays in sluice_audit.sync_rows; a sync of the same id to the same place goes on from there.',
    ];
  },

  job: {
    verb: 'run',
    options: RunOptions.shape,

    async run({ id, ...options }, { syncs }, signal) {
      const { allow_removals: allowRemovals, is_resync: isResync = false } = RunOptions.parse(options);
      const result = await runSync(syncs, id, { signal, isResync, ...(allowRemovals === undefined ? {} : { allowRemovals }) });
      const {
        run_id,
        run_number,
        status,
        planned,
        accepted,
        rejected,
        unknown,
        skipped,
        removed,
        withheld,
        invalid,
        held,
        held_by_consent,
      } = result;
      const counts = { planned, accepted, rejected, unknown, skipped, removed, withheld, invalid, held, held_by_consent };
      // Rejected rows are the rows' affair, retried by the next run; what follows the sync does not wait for them.
      return {
        succeeded: status === 'succeeded' || status === 'with_errors',
        summary: { run_id, run_number, status, ...counts, error_code: result.error_code, reason: result.message },
      };
    },

    reads: async ({ syncs }) => readsOfSyncs(syncs),
  },
};

function sent(segment: string | undefined, members: number | null): string {
  if (segment === undefined) return 'a table';
  return `the segment ${segment}, ${members === null ? 'which is not published,' : `${counted(members, 'member')} now,`}`;
}

const counted = (count: number, noun: string) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

async function checkSyncs({ documents, folder, findings, deps }: CheckRequest<SyncCheckDeps>): Promise<void> {
  const { declared } = deps;
  const syncs: SyncDeps = { ...deps.syncs, resources: folder };
  for (const document of documents) {
    const sync = SyncDefinition.parse(document.document);
    if ((await missingReferences(syncKind, sync, folder)).length > 0) continue;
    const target = await folder.get('destination', sync.destination);
    const definition = DestinationDefinition.safeParse(target?.document).data;
    if (!definition) continue;
    if (declared === undefined && (await canBeOpened(syncs, definition))) {
      await attempt(document, findings, () => prepareDefinition(syncs, sync));
      continue;
    }
    // Its secret may be set elsewhere only; what the sync says can be checked all the same.
    if (!Object.hasOwn(syncs.connectors, definition.connector)) continue;
    await attempt(document, findings, async () => {
      assertFits(syncs, sync, definition);
      const columns = declared === undefined ? (await findSource(syncs, sync.source)).columns : declared(sync.source);
      if (columns !== undefined) assertMaps(syncs, sync, definition, columns);
    });
  }
}

/** What is wrong with it is told where the destination is checked. */
async function canBeOpened(syncs: SyncDeps, definition: DestinationDefinition): Promise<boolean> {
  try {
    await openDestination(syncs, definition);
    return true;
  } catch (error) {
    if (!(error instanceof CdpError)) throw error;
    return false;
  }
}

/** Runs what a run would do first; an expected failure becomes a finding. */
async function attempt(document: NamedDocument, findings: CheckRequest<never>['findings'], work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof CdpError)) throw error;
    const told = error.problems.length > 0 ? error.problems : [{ path: [], message: error.message }];
    // A secret may be set only where the service runs; a source, and whom it leaves out, is published or built after the documents are applied.
    if (['syncs.secret_missing', 'syncs.source_missing', 'segments.unpublished'].includes(error.code))
      findings.doubtful(document, told, error.code);
    else findings.wrong(document, told, error.code);
  }
}

async function readsOfSyncs(deps: Pick<SyncDeps, 'resources' | 'catalogue'>): Promise<(id: string) => readonly ReadTable[] | undefined> {
  const [definitions, catalogue, readsOf, syncs] = await Promise.all([
    readDefinitions(deps),
    deps.catalogue(),
    readsOfSegments(deps),
    readSyncs(deps),
  ]);
  return (id) => {
    const source = syncs.usable.get(id)?.source;
    if (source === undefined) return undefined;
    if ('table' in source) return [{ table: source.table }];
    const segment = definitions.usable.get(source.segment);
    const entity = segment && catalogue.entities.get(segment.entity);
    const members = readsOf(source.segment);
    if (!entity || !members) return undefined;
    return [...members, entity.table, ...[...entity.traits.values()].map(({ table }) => table)];
  };
}
