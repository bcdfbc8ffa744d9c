/** Configuration documents that are running now (segments, syncs, destinations, …), with every revision they ever had. */
import { and, desc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Database, Transaction } from './connection.ts';
import { errors } from './errors.ts';
import { resourceRevisions, resources } from './schema.ts';

/** A JSON object; each kind's room parses it with its own schema. */
export type Document = Readonly<Record<string, unknown>>;

export interface Resource {
  /** As the rooms declare it (documents/kind.ts): any kind is kept here. */
  readonly kind: string;
  readonly id: string;
  readonly document: Document;
  /** Counts from 1; goes on counting when a removed document comes back. */
  readonly revision: number;
  readonly appliedAt: Date;
  readonly appliedBy: string;
}

export interface Revision {
  readonly revision: number;
  /** Null where the revision is a removal. */
  readonly document: Document | null;
  readonly appliedAt: Date;
  readonly appliedBy: string;
  /** Why, in the words of whoever applied it; null where nothing was said. */
  readonly reason: string | null;
}

export interface Removed {
  readonly id: string;
  readonly document: Document;
  readonly removedAt: Date;
  readonly removedBy: string;
}

export interface ResourceChange {
  readonly kind: string;
  readonly id: string;
  /** Null removes. */
  readonly document: Document | null;
  /** The revision this change was made from; 0 = there was none. Left out: whatever is there is replaced. */
  readonly expectedRevision?: number;
  /** Kept with the revision. */
  readonly reason?: string | undefined;
}

export interface Resources {
  list(kind: string): Promise<readonly Resource[]>;
  get(kind: string, id: string): Promise<Resource | undefined>;
  /**
   * All of the changes or none. A document equal to the current one, and the removal of one that is not there, change nothing and make no revision.
   * @returns the resources that really changed, as they are now; a removed one is left out.
   * @throws CdpError `store.revision_conflict`.
   */
  apply(changes: readonly ResourceChange[], appliedBy: string): Promise<readonly Resource[]>;
  /** One change; returns the resource as it is now. */
  put(change: ResourceChange & { readonly document: Document }, appliedBy: string): Promise<Resource>;
  /** @throws CdpError `store.resource_missing`. */
  remove(change: Omit<ResourceChange, 'document'>, appliedBy: string): Promise<void>;
  /** Newest first; also of a document that was removed. */
  history(kind: string, id: string): Promise<readonly Revision[]>;
  /** Removed documents, each as its last revision was; newest first. */
  removed(kind: string): Promise<readonly Removed[]>;
}

export function createResources(database: Database): Resources {
  const apply: Resources['apply'] = (changes, appliedBy) =>
    database.transaction(async (transaction) => {
      const changed: Resource[] = [];
      // One order for all appliers, or two of them could each wait for a row that the other holds.
      for (const change of [...changes].sort(byName)) {
        const resource = await applyOne(transaction, change, appliedBy);
        if (resource) changed.push(resource);
      }
      return changed;
    });

  async function get(kind: string, id: string): Promise<Resource | undefined> {
    const isIt = and(eq(resources.kind, kind), eq(resources.id, id), isNull(resources.removedAt));
    const [row] = await database.attempt((db) => db.select().from(resources).where(isIt));
    return row && present(row);
  }

  return {
    get,
    apply,

    async list(kind) {
      const isIt = and(eq(resources.kind, kind), isNull(resources.removedAt));
      const rows = await database.attempt((db) => db.select().from(resources).where(isIt).orderBy(resources.id));
      return rows.map(present);
    },

    async put(change, appliedBy) {
      const [changed] = await apply([change], appliedBy);
      const current = changed ?? (await get(change.kind, change.id));
      if (!current) throw errors.revision_conflict(`${change.kind} ${change.id} was removed by another apply just now`);
      return current;
    },

    async remove(change, appliedBy) {
      if (!(await get(change.kind, change.id))) throw errors.resource_missing(`There is no ${change.kind} named ${change.id}`);
      await apply([{ ...change, document: null }], appliedBy);
    },

    async removed(kind) {
      const isIt = and(eq(resources.kind, kind), isNotNull(resources.removedAt));
      const rows = await database.attempt((db) => db.select().from(resources).where(isIt).orderBy(desc(resources.appliedAt)));
      return rows.map(({ id, document, appliedAt, appliedBy }) => ({
        id,
        document: asDocument(document),
        removedAt: appliedAt,
        removedBy: appliedBy,
      }));
    },

    async history(kind, id) {
      const isIt = and(eq(resourceRevisions.kind, kind), eq(resourceRevisions.id, id));
      const rows = await database.attempt((db) =>
        db.select().from(resourceRevisions).where(isIt).orderBy(desc(resourceRevisions.revision)),
      );
      return rows.map(({ kind: _kind, id: _id, document, ...row }) => ({
        ...row,
        document: document === null ? null : asDocument(document),
      }));
    },
  };
}

async function applyOne(transaction: Transaction, change: ResourceChange, appliedBy: string): Promise<Resource | undefined> {
  const { kind, id, document } = change;
  const isIt = and(eq(resources.kind, kind), eq(resources.id, id));
  const [current] = await transaction.select().from(resources).where(isIt).for('update');
  const isPresent = current !== undefined && current.removedAt === null;

  const currentRevision = isPresent ? current.revision : 0;
  if (change.expectedRevision !== undefined && change.expectedRevision !== currentRevision) {
    throw errors.revision_conflict(`${kind} ${id} is at revision ${currentRevision}, not ${change.expectedRevision}`, {
      context: { kind, id },
    });
  }
  if (document === null ? !isPresent : isPresent && isSame(current.document, document)) return undefined;

  const revision = (current?.revision ?? 0) + 1;
  const appliedAt = sql`clock_timestamp()`;
  const values = {
    kind,
    id,
    document: document ?? current?.document,
    revision,
    appliedAt,
    appliedBy,
    removedAt: document === null ? appliedAt : null,
  };
  // Two first inserts at once: `for update` found no row to lock, so the loser meets the winner's row here.
  const inserted = current ? [] : await transaction.insert(resources).values(values).onConflictDoNothing().returning();
  const [row] = current ? await transaction.update(resources).set(values).where(isIt).returning() : inserted;
  if (!row) throw errors.revision_conflict(`${kind} ${id} was created by another apply just now`, { context: { kind, id } });

  const { appliedAt: at } = row;
  const reason = change.reason ?? null;
  await transaction.insert(resourceRevisions).values({ kind, id, revision, document, appliedAt: at, appliedBy, reason });
  return document === null ? undefined : present(row);
}

/** Key order does not count: jsonb does not keep it. */
const isSame = (one: unknown, other: unknown) => JSON.stringify(sortKeys(one)) === JSON.stringify(sortKeys(other));

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}

const byName = (one: ResourceChange, other: ResourceChange) => (`${one.kind} ${one.id}` < `${other.kind} ${other.id}` ? -1 : 1);

function present(row: typeof resources.$inferSelect): Resource {
  const { removedAt: _, document, ...rest } = row;
  return { ...rest, document: asDocument(document) };
}

/** Only objects are ever written (ResourceChange['document']), so only objects come back. */
const asDocument = (value: unknown) => value as Document;
