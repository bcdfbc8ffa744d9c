/** Leases: named locks with an end, held as rows, so that they work across replicas and on any PostgreSQL. Time is the database's. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { and, eq, sql } from 'drizzle-orm';
import type { Database } from './connection.ts';
import { errors } from './errors.ts';
import { leases } from './schema.ts';

export interface Lease {
  readonly name: string;
  /**
   * Rises by one with each new holder. Write it beside what the work writes, and refuse to write when a higher one is there already: a
   * process that slept through the end of its lease then cannot overwrite its successor's work.
   */
  readonly fencingToken: number;
  /** Counts the time to live anew. False: another holder has taken it, stop at once. */
  renew(): Promise<boolean>;
  /** Gives it back; does nothing when it was lost meanwhile. */
  release(): Promise<void>;
}

export interface LeaseHolder {
  /** Who and where: `host:pid:random`. */
  readonly holder: string;
  readonly acquiredAt: Date;
  readonly expiresAt: Date;
}

export interface WithLeaseOptions {
  /** How long a dead holder blocks the others. Renewed after each third of it. Default 30 s. */
  readonly ttlMs?: number;
  /** The caller's own reason to stop; joined to the signal that `work` is handed. */
  readonly signal?: AbortSignal;
}

export interface Leases {
  /** Null when it is held. Never waits. */
  acquire(name: string, ttlMs: number): Promise<Lease | null>;
  /** Its holder, if it is held now. */
  holder(name: string): Promise<LeaseHolder | undefined>;
  /**
   * Runs `work` while holding the lease, and gives it back whatever happens. `signal` is aborted, with the error as its reason, when the lease
   * is lost or could not be renewed in time: `work` must then stop writing.
   * @throws CdpError `store.lease_held` when another process holds it.
   */
  withLease<T>(name: string, options: WithLeaseOptions, work: (signal: AbortSignal, lease: Lease) => Promise<T>): Promise<T>;
}

const defaultTtlMs = 30_000;
/** clock_timestamp(), not now(): the latter stands still within a transaction. */
const databaseTime = sql`clock_timestamp()`;
const after = (ttlMs: number) => sql`clock_timestamp() + ${ttlMs} * interval '1 millisecond'`;

export function createLeases(database: Database): Leases {
  const thisProcess = `${hostname()}:${process.pid}`;

  async function acquire(name: string, ttlMs: number): Promise<Lease | null> {
    const holder = `${thisProcess}:${randomBytes(4).toString('hex')}`;
    const [row] = await database.attempt((db) =>
      db
        .insert(leases)
        .values({ name, holder, fencingToken: 1, acquiredAt: databaseTime, expiresAt: after(ttlMs) })
        .onConflictDoUpdate({
          target: leases.name,
          set: { holder, fencingToken: sql`${leases.fencingToken} + 1`, acquiredAt: databaseTime, expiresAt: after(ttlMs) },
          setWhere: sql`${leases.holder} is null or ${leases.expiresAt} <= clock_timestamp()`,
        })
        .returning({ fencingToken: leases.fencingToken }),
    );
    if (!row) return null;

    const mine = and(eq(leases.name, name), eq(leases.holder, holder), eq(leases.fencingToken, row.fencingToken));
    return {
      name,
      fencingToken: row.fencingToken,
      // A lease that ran out but was not taken is renewed all the same: no other holder can have done anything in between.
      async renew() {
        const renewed = await database.attempt((db) =>
          db
            .update(leases)
            .set({ expiresAt: after(ttlMs) })
            .where(mine)
            .returning({ name: leases.name }),
        );
        return renewed.length === 1;
      },
      async release() {
        await database.attempt((db) => db.update(leases).set({ holder: null, expiresAt: databaseTime }).where(mine));
      },
    };
  }

  async function holder(name: string): Promise<LeaseHolder | undefined> {
    const [row] = await database.attempt((db) =>
      db
        .select()
        .from(leases)
        .where(and(eq(leases.name, name), sql`${leases.expiresAt} > clock_timestamp()`)),
    );
    return row?.holder ? { holder: row.holder, acquiredAt: row.acquiredAt, expiresAt: row.expiresAt } : undefined;
  }

  async function withLease<T>(
    name: string,
    options: WithLeaseOptions,
    work: (signal: AbortSignal, lease: Lease) => Promise<T>,
  ): Promise<T> {
    const ttlMs = options.ttlMs ?? defaultTtlMs;
    const lease = await acquire(name, ttlMs);
    if (!lease) {
      const current = await holder(name);
      throw errors.lease_held(
        `${name} is being worked on${current ? ` by ${current.holder} since ${current.acquiredAt.toISOString()}` : ''}`,
      );
    }
    const lost = new AbortController();
    const stopRenewing = keepRenewing(lease, ttlMs, (reason) => lost.abort(reason));
    try {
      return await work(options.signal ? AbortSignal.any([options.signal, lost.signal]) : lost.signal, lease);
    } finally {
      stopRenewing();
      // The work's own outcome matters more than a lease that ends by itself soon.
      await lease.release().catch(() => undefined);
    }
  }

  return { acquire, holder, withLease };
}

/**
 * Renews each third of the time to live. One or two failed renewals are survived (a database restart); when a whole time to live has passed
 * since the last success was asked for, by this process's own clock, the lease counts as lost, because another may hold it by now.
 */
function keepRenewing(lease: Lease, ttlMs: number, onLost: (reason: Error) => void): () => void {
  const intervalMs = Math.max(1, Math.floor(ttlMs / 3));
  let lastFailure: unknown;
  let isStopped = false;
  let deadline = setTimeout(outOfTime, ttlMs);
  let next = setTimeout(renew, intervalMs);

  async function renew(): Promise<void> {
    const askedAtMs = performance.now();
    try {
      if (!(await lease.renew())) return lose('another process has taken it');
      clearTimeout(deadline);
      if (!isStopped) deadline = setTimeout(outOfTime, ttlMs - (performance.now() - askedAtMs));
    } catch (error) {
      lastFailure = error;
    }
    if (!isStopped) next = setTimeout(renew, intervalMs);
  }

  function outOfTime(): void {
    lose('it could not be renewed in time');
  }

  function lose(why: string): void {
    if (isStopped) return;
    stop();
    onLost(errors.lease_held(`The lease ${lease.name} was lost: ${why}`, { cause: lastFailure }));
  }

  function stop(): void {
    isStopped = true;
    clearTimeout(deadline);
    clearTimeout(next);
  }

  return stop;
}
