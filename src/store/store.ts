/** The control plane: configuration, secrets, API keys, leases. PostgreSQL at DATABASE_URL, else the embedded one of SLUICE_DATA_DIR. */
import { type Config, KEY_TRUST_HOURS } from '../config.ts';
import { joinService } from '../embedded/join.ts';
import { connectionUrl, PostgresEndpoints } from '../embedded/postgres/service.ts';
import { type ApiKeys, createApiKeys } from './api-keys.ts';
import { connect, type Database, isEncryptedTo } from './connection.ts';
import { errors } from './errors.ts';
import { createLeases, type Leases } from './leases.ts';
import { migrate } from './migrate.ts';
import { createResources, type Resources } from './resources.ts';
import { installation } from './schema.ts';
import type { KeyConfig } from './secret-key.ts';
import { createSecrets, type Secrets } from './secrets.ts';

export interface Store extends Database {
  readonly resources: Resources;
  readonly secrets: Secrets;
  readonly apiKeys: ApiKeys;
  readonly leases: Leases;
  /** Resolves, with the reason, when the embedded server will never be there again for this process. */
  readonly gaveUp: Promise<Error>;
  /** Closes the connections; the embedded server stays up for others that use it. */
  close(): Promise<void>;
}

const oldestVersion = 140_000;

/**
 * Connects, starting the embedded server if need be, and brings the schema up to date; safe when several processes do so at once.
 * @throws CdpError `store.unreachable`, `store.access_denied`, `store.unsupported_version`, `store.other_installation`, `embedded.*`.
 */
export async function openStore(config: StoreConfig, onProgress?: (line: string) => void): Promise<Store> {
  if (config.DATABASE_URL !== undefined) {
    const database = connect(config.DATABASE_URL, undefined, await isEncryptedTo(config.DATABASE_URL));
    return open(database, new Promise(() => undefined), config);
  }
  const joined = await joinService({ name: 'postgres', dataDir: config.dataDir, parameters: {}, ...(onProgress && { onProgress }) });
  const database = connect(connectionUrl(PostgresEndpoints.parse(joined.endpoints)), joined.whenReady);
  return open({ ...database, close: () => database.close().finally(joined.close) }, joined.gaveUp, config);
}

export type StoreConfig = Pick<Config, 'DATABASE_URL' | 'dataDir'> &
  KeyConfig &
  Partial<Pick<Config, 'SLUICE_KEY_TRUST_HOURS' | 'SLUICE_DATABASE_PREFIX'>>;

async function open(database: Database, gaveUp: Promise<Error>, config: StoreConfig): Promise<Store> {
  try {
    await checkVersion(database);
    await migrate(database);
    if (config.SLUICE_DATABASE_PREFIX !== undefined) await assertOwn(database, config.SLUICE_DATABASE_PREFIX);
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    ...database,
    resources: createResources(database),
    secrets: createSecrets(database, config),
    apiKeys: createApiKeys(database, { trustMs: 3_600_000 * (config.SLUICE_KEY_TRUST_HOURS ?? KEY_TRUST_HOURS) }),
    leases: createLeases(database),
    gaveUp,
  };
}

/** The first to open a control plane owns it. @throws CdpError `store.other_installation`. */
async function assertOwn(database: Database, databasePrefix: string): Promise<void> {
  const own = { id: 1, databasePrefix, recordedAt: new Date() };
  const [owner] = await database.attempt(async (db) => {
    await db.insert(installation).values(own).onConflictDoNothing();
    return db.select().from(installation);
  });
  if (owner === undefined || owner.databasePrefix === databasePrefix) return;
  throw errors.other_installation(
    `The control plane belongs to the installation with the databases ${owner.databasePrefix}*, and SLUICE_DATABASE_PREFIX is ${databasePrefix}`,
  );
}

async function checkVersion(database: Database): Promise<void> {
  const { rows } = await database.attempt(() =>
    database.pool.query<{ number: string; name: string }>(`
    select current_setting('server_version_num') as number, current_setting('server_version') as name`),
  );
  const [version] = rows;
  if (version && Number(version.number) < oldestVersion) {
    throw errors.unsupported_version(`The control plane runs on PostgreSQL ${version.name}; Sluice needs 14 or newer`);
  }
}
