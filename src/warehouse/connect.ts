/** Where ClickHouse is and who we are there: the embedded server of the data directory, or the one of CLICKHOUSE_URL. */
import { availableParallelism } from 'node:os';
import type { Config } from '../config.ts';
import { ClickHouseEndpoints } from '../embedded/clickhouse/endpoints.ts';
import { joinService } from '../embedded/join.ts';
import { codeOf } from '../embedded/private-files.ts';
import { isPublicHost } from '../network/public-address.ts';
import type { Role } from '../sql/access.ts';
import { errors } from './errors.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface WarehouseConnection {
  readonly isEmbedded: boolean;
  readonly url: string;
  readonly address: { readonly host: string; readonly port: number; readonly secure: boolean };
  readonly users: Readonly<Record<Exclude<Role, 'bi'>, Login>>;
  whenReady(): Promise<void>;
  /** Resolves, with the reason, when the embedded server will not come back for this process. */
  readonly gaveUp: Promise<Error>;
  close(): Promise<void>;
}

/** For tests: many installations share one server, and the server ends with its last user. */
export interface EmbeddedOptions {
  /** Pattern of the databases that the restricted users may see, when it is more than this installation's: `sluice_t*`. */
  readonly prefixPattern?: string;
  readonly lingerMs?: number;
}

export async function connectEmbedded(
  config: Config,
  { onProgress, embedded = {} }: { readonly onProgress?: (line: string) => void; readonly embedded?: EmbeddedOptions },
): Promise<WarehouseConnection> {
  const service = await joinService({
    name: 'clickhouse',
    dataDir: config.dataDir,
    parameters: embeddedParameters(config, embedded),
    ...(embedded.lingerMs === undefined ? {} : { lingerMs: embedded.lingerMs }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const { host, httpPort, passwords } = ClickHouseEndpoints.parse(service.endpoints);
  const login = (role: keyof typeof passwords): Login => ({ user: `sluice_${role}`, password: passwords[role] });
  return {
    isEmbedded: true,
    url: `http://${host}:${httpPort}`,
    address: { host, port: httpPort, secure: false },
    users: { owner: login('owner'), reader: login('reader'), publisher: login('publisher') },
    whenReady: service.whenReady,
    gaveUp: service.gaveUp,
    close: service.close,
  };
}

/** The parameters of the embedded server. Clients share it only when their parameters are equal. */
export const embeddedParameters = (config: Config, { prefixPattern }: EmbeddedOptions = {}) => ({
  prefix: prefixPattern ?? config.SLUICE_DATABASE_PREFIX,
  maxSeconds: config.SLUICE_SEGMENT_TIMEOUT_SECONDS,
  maxMemoryMb: config.SLUICE_MAX_QUERY_MEMORY_MB,
  maxRows: config.SLUICE_MAX_QUERY_ROWS,
  readerThreads: config.SLUICE_READER_THREADS ?? halfOf(availableParallelism()),
  readerQueries: config.SLUICE_READER_QUERIES ?? halfOf(availableParallelism()),
  biDatabases: config.SLUICE_BI_DATABASES,
});

/** Share of a server's cores that readers may keep busy. */
export const halfOf = (cores: number) => Math.max(1, Math.floor(cores / 2));

/** @throws CdpError `warehouse.unencrypted`, `warehouse.unreachable` when the name of an unencrypted server cannot be resolved. */
export async function connectServer(config: Config, address: string): Promise<WarehouseConnection> {
  const url = new URL(address);
  const secure = url.protocol === 'https:';
  if (!secure && !config.CLICKHOUSE_ALLOW_UNENCRYPTED && (await isPublic(url.hostname)))
    throw errors.unencrypted(`${url.hostname} is on a public network, and CLICKHOUSE_URL is not encrypted`);
  const login = (user: string, password: string | undefined): Login => ({ user, password: password ?? '' });
  return {
    isEmbedded: false,
    url: url.origin,
    address: { host: url.hostname, port: Number(url.port) || (secure ? 443 : 80), secure },
    users: {
      owner: login(config.CLICKHOUSE_USER, config.CLICKHOUSE_PASSWORD),
      reader: login(config.CLICKHOUSE_READER_USER, config.CLICKHOUSE_READER_PASSWORD),
      publisher: login(config.CLICKHOUSE_PUBLISHER_USER, config.CLICKHOUSE_PUBLISHER_PASSWORD),
    },
    whenReady: () => Promise.resolve(),
    // A separate server may always come back.
    gaveUp: new Promise(() => undefined),
    close: () => Promise.resolve(),
  };
}

function isPublic(hostname: string): Promise<boolean> {
  return isPublicHost(hostname).catch((cause: unknown) => {
    throw errors.unreachable(`The name ${hostname} in CLICKHOUSE_URL cannot be resolved (${codeOf(cause)})`, { cause });
  });
}
