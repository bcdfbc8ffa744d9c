/** The pool of connections to the control plane, and what its failures mean. */
import { DrizzleQueryError } from 'drizzle-orm/errors';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { CdpError } from '../errors.ts';
import { isPublicHost } from '../network/public-address.ts';
import { errors } from './errors.ts';
import * as schema from './schema.ts';

export type Db = NodePgDatabase<typeof schema>;
export type Transaction = Parameters<Parameters<Db['transaction']>[0]>[0];

export interface Database {
  readonly db: Db;
  readonly pool: pg.Pool;
  /** Runs `work` and turns what the driver throws into errors that teach. Nothing is repeated: the caller knows whether it may be. */
  attempt<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /**
   * The same within one transaction. Keep it short, and ask nothing but `transaction` inside: on the embedded server every other client, this
   * process's other connections included, waits for its end.
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** PostgreSQL's own default allows 100 connections in all; a replica needs few, since every statement here is short. */
const maxConnections = 8;
/** Under load the embedded server may need seconds to start again after a crash; longer than this a person should be told. */
const connectTimeoutMs = 10_000;
/** Every statement here is short, also one that waits for another's transaction. A server that is silent for so long is away. */
const answerTimeoutMs = 30_000;
/** The kernel asks an idle connection for a sign of life after this: by default after two hours. */
const keepAliveAfterMs = 10_000;

/**
 * @param whenReady resolves when the server may be asked: at once, or after the restart of an embedded one that is under way.
 * @param isEncrypted TLS with a certificate that is checked, where the URL itself says nothing (`sslmode`).
 */
export function connect(url: string, whenReady: () => Promise<void> = async () => undefined, isEncrypted = false): Database {
  const pool = new pg.Pool({
    connectionString: url,
    ...(isEncrypted ? { ssl: true } : {}),
    application_name: 'sluice',
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: answerTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    // An idle pool must not keep a finished command's process alive.
    allowExitOnIdle: true,
  });
  // An idle connection that breaks is reported here; the pool has dropped it already, and the next statement opens another.
  // Without a listener Node would end the process.
  pool.on('error', () => undefined);
  // The same for a connection that breaks while a transaction holds it: the statement under way fails with the reason.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = drizzle(pool, { schema });

  async function attempt<T>(work: (db: Db) => Promise<T>): Promise<T> {
    try {
      await whenReady();
      return await work(db);
    } catch (error) {
      throw explain(error);
    }
  }

  /**
   * drizzle takes a client out of a pool by itself, but never gives it back when `begin` fails: a few restarts of the database would leave the
   * pool empty for good. So it is handed a client. The pool drops one that broke.
   */
  async function transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let isLost = false;
    try {
      return await drizzle(client, { schema }).transaction(work);
    } catch (error) {
      const known = explain(error);
      isLost = known instanceof CdpError && known.fault === 'transient';
      throw error;
    } finally {
      // One that did not answer in time still waits for its answer: the next statement must not wait behind it.
      client.release(isLost);
    }
  }

  return {
    db,
    pool,
    attempt,
    transaction: (work) => attempt(() => transact(work)),
    close: () => pool.end(),
  };
}

/**
 * Whether TLS is due: to a public host it is, unless the URL or libpq's own variable says another thing.
 * @throws CdpError `store.unreachable` when the name of the host cannot be resolved.
 */
export async function isEncryptedTo(url: string, environment: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const { hostname, searchParams } = new URL(url);
  // Variables without a value come from compose files and mean "not set".
  if (searchParams.has('ssl') || searchParams.get('sslmode') || environment.PGSSLMODE) return false;
  // Where `pg` looks for it, in its order.
  const host = searchParams.get('host') || decodeURIComponent(hostname) || environment.PGHOST || '';
  // A path is that of a socket.
  if (host === '' || host.startsWith('/')) return false;
  return isPublicHost(host).catch((cause: unknown) => {
    throw errors.unreachable(`The name ${host} in DATABASE_URL cannot be resolved`, { cause });
  });
}

/**
 * A driver's error as a CdpError; what is one already, or did not come from the database, is returned as it is.
 * drizzle's own wrapper is dropped on purpose: its message repeats every parameter of the statement.
 */
export function explain(error: unknown): unknown {
  if (error instanceof CdpError) return error;
  const cause = error instanceof DrizzleQueryError && error.cause ? error.cause : error;
  if (!(cause instanceof Error)) return error;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  if (isDenied(code)) return errors.access_denied(`The control plane refuses access: ${cause.message}`, { cause });
  if (cause.message.includes('does not support SSL')) return errors.unencrypted('The server of DATABASE_URL offers no TLS', { cause });
  if (isConnectionLoss(code, cause.message)) {
    return errors.unreachable(`The control plane does not answer: ${cause.message || code}`, { cause });
  }
  if (error instanceof DrizzleQueryError || cause instanceof pg.DatabaseError) {
    return errors.query_failed(`The control plane rejected a statement: ${cause.message}`, { cause });
  }
  return error;
}

/** SQLSTATE classes 28 (invalid authorization), 3D000 (no such database), 42501 (insufficient privilege). */
const isDenied = (code: string | undefined) => code !== undefined && (code.startsWith('28') || code === '3D000' || code === '42501');

/**
 * SQLSTATE 08 (connection), 57P01–57P05 (the server shuts down, crashed, starts up, dropped an idle session), 53300 (no slot left) and the
 * socket's own errors. `pg` gives some of its failures no code, only these words.
 */
function isConnectionLoss(code: string | undefined, message: string): boolean {
  if (code !== undefined && /^(08...|57P0[1-5]|53300|ECONN.*|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)$/.test(code)) return true;
  return /connection terminated|connection timeout|query read timeout|timeout exceeded when trying to connect|client has encountered a connection error/i.test(
    message,
  );
}
