/** Segments as a kind of document. */
import * as z from 'zod';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { CheckRequest, DocumentKind, NamedDocument } from '../documents/kind.ts';
import type { Path, Problem } from '../documents/problem.ts';
import type { TableName } from '../sql/sql-text.ts';
import { type RefusedTable, refusedTables } from '../warehouse/readable.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { acceptSegment } from './accept.ts';
import type { CheckedSegment } from './checked.ts';
import { traitsOfWhole } from './checked-whole.ts';
import { audienceName } from './compile-audiences.ts';
import { allLeavesOf } from './compile-source.ts';
import { SegmentDefinition } from './definition.ts';
import type { SegmentDeps } from './deps.ts';
import { readDefinition } from './document.ts';
import { exclusionsFrom } from './exclusions.ts';
import { readLists } from './lists/read.ts';
import { PriorityDefinition } from './priority.ts';
import { publishSegment } from './publish.ts';
import { readsOfSegments, tablesOfLeaf } from './reads.ts';
import { listsNamed, referencesOf } from './references.ts';
import { publishedMembers } from './versions.ts';

export interface SegmentCheckDeps {
  readonly catalogue: Catalogue;
  /** Undefined where there is none: then neither regular expressions nor grants are looked at. */
  readonly warehouse: Pick<Warehouse, 'reader' | 'publisher' | 'databases' | 'isEmbedded'> | undefined;
  /** IANA zone of the workspace. Default: UTC. */
  readonly timezone?: string;
  /** Whether conditions may be written in SQL. Default: no. */
  readonly allowsSql?: boolean;
}

export interface SegmentPlanDeps {
  readonly warehouse: Pick<Warehouse, 'owner' | 'databases'>;
}

/** What a person may ask of one publication, beside the id. */
const PublishOptions = {
  /** It is published whatever the guard says. */
  force: z.boolean().optional(),
  /** It is published although far fewer members are left. */
  allow_shrink: z.boolean().optional(),
};

export const segmentKind: DocumentKind<SegmentCheckDeps, SegmentPlanDeps, { readonly segments: SegmentDeps }> = {
  kind: 'segment',
  folder: 'segments',
  schema: SegmentDefinition,
  migrations: [],

  problemsOf(document) {
    const read = readDefinition(document);
    return read.ok ? [] : read.problems;
  },

  references(document) {
    const read = readDefinition(document);
    if (!read.ok) return [];
    // A segment is made from what is built; those that it names are read as they are published.
    const lists = listsNamed(read.definition).map(({ list, path }) => ({ kind: 'list', id: list, path, isSource: false }));
    return [
      ...referencesOf(read.definition).map(({ segment, path }) => ({ kind: 'segment', id: segment, path, isSource: false })),
      ...lists,
    ];
  },

  check: checkSegments,

  async reach({ id, document, referrers, deps }) {
    const members = (await publishedMembers(deps, id)) ?? null;
    const readers = referrers.filter(({ kind }) => kind !== 'segment').map((referrer) => referrer.id);
    const size =
      members === null ? 'it is not published' : `it has ${members.toLocaleString('en')} published member${members === 1 ? '' : 's'}`;
    const reading = readers.length === 0 ? [] : [`${readers.join(', ')} ${readers.length === 1 ? 'reads' : 'read'} it`];
    const everywhere = document.excluded_everywhere === true ? ['every other segment of its entity leaves its members out'] : [];
    return { clauses: [size, ...everywhere, ...reading], members };
  },

  async leaves(id, deps) {
    const members = await publishedMembers(deps, id);
    if (members === undefined) return ['It has no published members.'];
    return [
      `Its ${members.toLocaleString('en')} published members and the view ${deps.warehouse.databases.published}.${audienceName(id)} stay until \`sluice segment publish --all\` retires it.`,
      'Its history stays in sluice_audit.membership_history.',
    ];
  },

  job: {
    verb: 'publish',
    options: PublishOptions,
    async run(request, { segments }, signal) {
      const { force: isForced = false, allow_shrink: allowsShrink = false } = z.object(PublishOptions).parse(request);
      const { version, size, entered, left } = await publishSegment(segments, request.id, { signal, isForced, allowsShrink });
      return { succeeded: true, summary: { version, size, entered, left } };
    },
    reads: async ({ segments }) => readsOfSegments(segments),
  },
};

async function checkSegments({ documents, folder, findings, deps }: CheckRequest<SegmentCheckDeps>): Promise<void> {
  const { catalogue, warehouse, timezone = 'UTC', allowsSql = false } = deps;
  const written = new Map<string, SegmentDefinition>();
  for (const { id, document } of documents) {
    const read = readDefinition(document);
    if (read.ok) written.set(id, read.definition);
  }
  // What cannot be read is reported as a document of its own.
  const lists = await readLists(folder);
  const priorities = (await folder.list('priority')).flatMap(({ document }) => PriorityDefinition.safeParse(document).data ?? []);
  const complete = exclusionsFrom(written, priorities);
  const segments = new Map([...written].map(([id, definition]) => [id, complete(definition)]));
  const accepted: { readonly document: NamedDocument; readonly readings: readonly Reading[] }[] = [];
  for (const document of documents) {
    const definition = segments.get(document.id);
    if (!definition) continue;
    const checked = await acceptSegment(warehouse, definition, {
      catalogue,
      segments,
      lists,
      now: { at: new Date(), timezone },
      allowsSql,
    });
    if (checked.ok) accepted.push({ document, readings: readingsOf(checked.segment) });
    else findings.wrong(document, checked.problems);
    findings.doubtful(document, checked.warnings);
  }
  if (warehouse === undefined) return;
  // All at once: most segments read the same few tables.
  const tables = accepted.flatMap(({ readings }) => readings.map(({ table }) => table));
  const refused = await refusedTables(warehouse, tables);
  for (const { document, readings } of accepted) findings.wrong(document, unreadable(readings, refused));
}

interface Reading {
  readonly table: TableName;
  /** In the segment: what makes it read the table. */
  readonly path: Path;
}

function readingsOf({ entity, root, whole }: CheckedSegment): Reading[] {
  const conditions = allLeavesOf(root).flatMap((leaf) => tablesOfLeaf(leaf).map((table) => ({ table, path: leaf.path })));
  const limit = traitsOfWhole(whole).map(({ table }) => ({ table, path: ['limit'] }));
  return [...conditions, ...limit, { table: entity.table, path: ['entity'] }];
}

/** Each table once, where the segment first names what stands in it. */
function unreadable(readings: readonly Reading[], refused: readonly RefusedTable[]): Problem[] {
  return refused.flatMap(({ database, table: name, sentence }) => {
    const reading = readings.find(({ table }) => table.database === database && table.table === name);
    return reading ? [{ path: reading.path, message: sentence }] : [];
  });
}
