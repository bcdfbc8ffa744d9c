/** Connections to a PostgreSQL server, for connectors whose destination is one. */
import pg from 'pg';
import { isPublicHost, publicAddressOf } from '../network/public-address.ts';

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** libpq's value, or `no-verify` for a certificate that is not checked. Undefined: encrypted when the server is at a public address. */
  readonly sslMode: string | undefined;
  /** Whether the server may be on a private network or on this machine. */
  readonly allowsPrivateNetwork: boolean;
}

export interface PostgresSession {
  /** @throws the driver's error; `code` is the SQLSTATE, or the operating system's code when no server answered. */
  query(sql: string, values?: readonly unknown[]): Promise<readonly unknown[]>;
}

export interface PostgresPool extends PostgresSession {
  /** All statements of `work` on one connection. A connection whose `work` failed is closed and not used again. */
  withSession<T>(work: (session: PostgresSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * At most two connections, opened when they are first needed. @throws `FORBIDDEN_ADDRESS`, or the reason why the host's name cannot be
 * resolved.
 */
export async function openPostgres(server: PostgresServer): Promise<PostgresPool> {
  const pool = new pg.Pool(await connectionOf(server));
  // A connection that breaks while idle is replaced at its next use; without a listener its error would end the process.
  pool.on('error', () => undefined);
  return {
    query: async (sql, values = []) => (await pool.query(sql, [...values])).rows,
    async withSession(work) {
      const client = await pool.connect();
      let failure: Error | undefined;
      try {
        return await work({ query: async (sql, values = []) => (await client.query(sql, [...values])).rows });
      } catch (error) {
        failure = error instanceof Error ? error : new Error('postgres');
        throw error;
      } finally {
        // A failed client may be in the middle of a statement: it is closed, not given to the next batch.
        client.release(failure);
      }
    },
    close: () => pool.end(),
  };
}

/** The statements of `work` are undone together when it fails. */
export async function inTransaction<T>(session: PostgresSession, work: () => Promise<T>): Promise<T> {
  await session.query('begin');
  try {
    const result = await work();
    await session.query('commit');
    return result;
  } catch (error) {
    // When the connection is gone there is nothing to roll back. The first error is the one that says why.
    await session.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** Connects to the address that was checked, and checks the certificate against the host's name. */
async function connectionOf({ sslMode, allowsPrivateNetwork, host, ...server }: PostgresServer): Promise<pg.PoolConfig> {
  const isEncrypted = sslMode === undefined ? await isPublicHost(host) : sslMode !== 'disable';
  return {
    ...server,
    host: allowsPrivateNetwork ? host : await publicAddressOf(host),
    ...(isEncrypted ? { ssl: { servername: host, rejectUnauthorized: sslMode !== 'no-verify' } } : {}),
    max: 2,
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
    application_name: 'sluice',
  };
}
