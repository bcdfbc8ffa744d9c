/** Takes a connection URL apart: where it leads, and which addresses are the same place. Pure. */
import type { Address } from '../../src/connector-kit/connector.ts';

export interface Server {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** The value in the URL: libpq's, or no-verify for a certificate that is not checked. */
  readonly sslMode: string | undefined;
}

/** PostgreSQL uses the user's name as the database when the URL names none. */
export function serverOf(address: string): Server {
  const url = new URL(address);
  const user = decodeURIComponent(url.username);
  return {
    host: decodeURIComponent(url.hostname.replace(/^\[|\]$/g, '')),
    port: Number(url.port || 5432),
    user,
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)) || user,
    sslMode: url.searchParams.get('sslmode') ?? undefined,
  };
}

/** Without the user: another login to the same tables finds the same rows. */
export function addressOf({ url, schema }: { readonly url: string; readonly schema: string }): Address {
  const { host, port, database } = serverOf(url);
  return { shown: { host: `${host.toLowerCase().replace(/\.$/, '')}:${port}`, database, schema } };
}
