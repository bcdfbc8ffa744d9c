/** The opened warehouse: the clients of three users on the embedded server or on a real one, with the databases up to date. */
import type { ClickHouseSettings } from '@clickhouse/client';
import * as z from 'zod';
import type { Config } from '../config.ts';
import { type Databases, databasesOf } from '../sql/databases.ts';
import { createWarehouseClient, type WarehouseClient } from './client.ts';
import { connectEmbedded, connectServer, type EmbeddedOptions, type WarehouseConnection } from './connect.ts';
import { migrate } from './migrations.ts';
import { defineQuery } from './query.ts';
import { ensureUsers } from './server-users.ts';
import { settingsFor } from './versions.ts';

export interface Warehouse {
  readonly databases: Databases;
  readonly prefix: string;
  /**
   * Database that the models read raw tables from: `databases.raw`, or another installation's (SLUICE_RAW_DATABASE). We only write to
   * `databases.raw`.
   */
  readonly rawSource: string;
  /** Version of the server: `26.7.2.1`. */
  readonly version: string;
  readonly isEmbedded: boolean;
  /** DDL, landing, dbt. May do anything: no SQL that a user wrote may run as it. */
  readonly owner: WarehouseClient;
  /** Selects from the Sluice databases, within limits. */
  readonly reader: WarehouseClient;
  /** Selects from the published and state databases, inserts segment members, within limits. */
  readonly publisher: WarehouseClient;
  readonly dbtConnection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly secure: boolean;
    /** Settings that this server's version needs on every session: dbt's `custom_settings`. */
    readonly settings: Readonly<Record<string, string | number>>;
  };
  /** Resolves, with the reason, when the embedded server will not come back for this process. */
  readonly gaveUp: Promise<Error>;
  /** Releases the server. The embedded one stops some time after its last user. */
  close(): Promise<void>;
}

const serverVersion = defineQuery({
  name: 'warehouse.version',
  sql: 'select version() as version',
  params: z.object({}),
  row: z.object({ version: z.string() }),
});

/** Tables that users may read only through a published view. */
const OWNER_SETTINGS: ClickHouseSettings & Record<string, string | number> = { default_normal_view_sql_security: 'DEFINER' };

/**
 * Starts or joins the embedded server, or connects to CLICKHOUSE_URL; checks the version; applies sql/warehouse.
 *
 * @throws CdpError of the rooms `warehouse` and `embedded`, each with what to do.
 */
export async function openWarehouse(
  config: Config,
  options: {
    readonly onProgress?: (line: string) => void;
    readonly embedded?: EmbeddedOptions;
    /** Applies no migration and makes no user: for callers that only want to know what would be done. */
    readonly isOnlyLookedAt?: boolean;
  } = {},
): Promise<Warehouse> {
  const connected =
    config.CLICKHOUSE_URL === undefined ? await connectEmbedded(config, options) : await connectServer(config, config.CLICKHOUSE_URL);
  const open: WarehouseClient[] = [];
  const close = async () => {
    // Closed in reverse order, because the reader's last kill goes through the owner.
    for (const client of open.toReversed()) await client.close();
    await connected.close();
  };
  try {
    const prefix = config.SLUICE_DATABASE_PREFIX;
    const databases = databasesOf(prefix);
    const clientOf = (
      role: keyof WarehouseConnection['users'],
      settings: ClickHouseSettings,
      more: Partial<Pick<WarehouseClient, 'kill' | 'isRunning'>> = {},
    ) => {
      const { isEmbedded, url, whenReady } = connected;
      // The owner connects before the databases exist.
      const database = role === 'owner' ? {} : { database: databases.published };
      const client = createWarehouseClient({
        ...connected.users[role],
        ...database,
        ...more,
        url,
        isEmbedded,
        whenReady,
        prefix,
        settings,
      });
      open.push(client);
      return client;
    };

    const version = await askVersion(clientOf('owner', {}));
    const settings = settingsFor(version);
    const owner = clientOf('owner', { ...OWNER_SETTINGS, ...settings });
    const isChanged = options.isOnlyLookedAt !== true;
    const applied = isChanged ? await migrate(owner, databases) : [];
    if (applied.length > 0) options.onProgress?.(`applied ${applied.join(', ')}`);
    if (isChanged && !connected.isEmbedded) await ensureUsers(owner, config);
    const kill = (queryId: string) => owner.kill(queryId);
    const isRunning = (queryId: string, user: string) => owner.isRunning(queryId, user);
    const reader = clientOf('reader', settings, { kill, isRunning });
    const publisher = clientOf('publisher', settings, { kill, isRunning });
    // Finds a wrong password now rather than at the first segment.
    if (isChanged && !connected.isEmbedded) await Promise.all([askVersion(reader), askVersion(publisher)]);

    return {
      databases,
      prefix,
      rawSource: config.SLUICE_RAW_DATABASE ?? databases.raw,
      version,
      isEmbedded: connected.isEmbedded,
      owner,
      reader,
      publisher,
      dbtConnection: {
        ...connected.address,
        ...connected.users.owner,
        settings: { ...OWNER_SETTINGS, ...settings } as Record<string, string | number>,
      },
      gaveUp: connected.gaveUp,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function askVersion(client: WarehouseClient): Promise<string> {
  const [row] = await client.ask(serverVersion, {}, { class: 'probe' });
  return row?.version ?? '0';
}
