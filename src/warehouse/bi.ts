/** How a BI tool connects: the read-only user, on the embedded server and on a server that is not ours. */
import { join } from 'node:path';
import * as z from 'zod';
import type { Config } from '../config.ts';
import { passwordsFor, readJson } from '../embedded/private-files.ts';
import { CdpError } from '../errors.ts';
import { createWarehouseClient, type WarehouseClient } from './client.ts';
import { errors } from './errors.ts';
import { defineQuery } from './query.ts';
import { createBiUser, hasUser } from './server-users.ts';
import type { Warehouse } from './warehouse.ts';

export interface BiConnection {
  readonly user: string;
  /** Null when the owner may not look at users. */
  readonly exists: boolean | null;
  /** Where the password is: the name of a variable, or a file and the key in it. Null when there is none yet. */
  readonly password: { readonly variable: string } | { readonly file: string; readonly key: string } | null;
  readonly http: { readonly host: string; readonly port: number; readonly secure: boolean };
  /** Null when the server does not speak the native protocol, as the embedded one. */
  readonly native: { readonly host: string; readonly port: number; readonly secure: boolean } | null;
  readonly databases: readonly string[];
}

const KEY = 'clickhouse.bi';

export async function biConnection(warehouse: Warehouse, config: Config): Promise<BiConnection> {
  const { host, port, secure } = warehouse.dbtConnection;
  const user = userOf(warehouse, config);
  return {
    user,
    exists: (await hasUser(warehouse.owner, user)) ?? null,
    password: await placeOfPassword(warehouse, config),
    http: { host, port, secure },
    native: await nativeOf(warehouse.owner, { host, secure }),
    databases: [warehouse.databases.published, warehouse.databases.audit, ...config.SLUICE_BI_DATABASES],
  };
}

/**
 * Makes the user on the server of CLICKHOUSE_URL and logs in as it; the embedded server has the user from its start. The password is
 * CLICKHOUSE_BI_PASSWORD, else one that is generated and kept in the data directory.
 * @throws CdpError `warehouse.users` with the SQL when the owner may not make the user, `warehouse.auth` when the user exists with another
 * password.
 */
export async function createBi(warehouse: Warehouse, config: Config): Promise<void> {
  if (warehouse.isEmbedded) return;
  const password = config.CLICKHOUSE_BI_PASSWORD ?? (await passwordsFor(config.dataDir, 'clickhouse', ['bi'])).bi;
  await createBiUser(warehouse.owner, config, password);
  await assertLogin(warehouse, config, password);
}

async function assertLogin(warehouse: Warehouse, config: Config, password: string): Promise<void> {
  const { host, port, secure } = warehouse.dbtConnection;
  const user = config.CLICKHOUSE_BI_USER;
  const client = createWarehouseClient({
    url: `${secure ? 'https' : 'http'}://${host}:${port}`,
    user,
    password,
    prefix: warehouse.prefix,
    isEmbedded: false,
    settings: {},
    whenReady: () => Promise.resolve(),
  });
  const one = defineQuery({ name: 'bi.login', sql: 'select 1 as one', params: z.object({}), row: z.object({ one: z.number() }) });
  try {
    await client.ask(one, {}, { class: 'probe' });
  } catch (cause) {
    if (!(cause instanceof CdpError) || cause.code !== 'warehouse.auth') throw cause;
    throw errors.auth(`${user} exists with another password than ${describePlace(await placeOfPassword(warehouse, config))}.`, {
      hint: `Set CLICKHOUSE_BI_PASSWORD to its password, or give it the new one: alter user ${user} identified by '…'.`,
      cause,
    });
  } finally {
    await client.close();
  }
}

/** The place in words. */
export function describePlace(place: BiConnection['password']): string {
  if (place === null) return 'none yet: `sluice bi --create` makes one';
  return 'variable' in place ? `the one of ${place.variable}` : `the one in ${place.file} (${place.key})`;
}

const userOf = (warehouse: Pick<Warehouse, 'isEmbedded'>, config: Config) =>
  warehouse.isEmbedded ? 'sluice_bi' : config.CLICKHOUSE_BI_USER;

const Kept = z.object({ clickhouse: z.object({ bi: z.string() }) });

async function placeOfPassword(warehouse: Pick<Warehouse, 'isEmbedded'>, config: Config): Promise<BiConnection['password']> {
  if (!warehouse.isEmbedded && config.CLICKHOUSE_BI_PASSWORD !== undefined) return { variable: 'CLICKHOUSE_BI_PASSWORD' };
  const file = join(config.dataDir, 'secrets.json');
  return Kept.safeParse(await readJson(file)).success ? { file, key: KEY } : null;
}

/** The port that the server states; a proxy in front of it may have others. */
async function nativeOf(owner: WarehouseClient, { host, secure }: { host: string; secure: boolean }): Promise<BiConnection['native']> {
  const name = secure ? 'tcp_port_secure' : 'tcp_port';
  const query = defineQuery({
    name: 'bi.native_port',
    sql: 'select getServerPort({name:String}) as port',
    params: z.object({ name: z.string() }),
    row: z.object({ port: z.coerce.number() }),
  });
  try {
    const [row] = await owner.ask(query, { name });
    return row ? { host, port: row.port, secure } : null;
  } catch (error) {
    if (error instanceof CdpError && error.context.clickhouse_code !== undefined) return null;
    throw error;
  }
}
