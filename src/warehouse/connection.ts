/** The connections of one ClickHouse user, and the options of every query over them. */
import { ClickHouseLogLevel, type ClickHouseSettings, type ClickHouseClient as Connection, createClient } from '@clickhouse/client';

/** Shorter than the keep-alive of any server (3 s before 23.11, 10 s since), so that no request meets a socket being closed. */
const IDLE_SOCKET_TTL_MS = 2_500;
/** The last resort for an answer that stops half-way: progress headers come every 20 s, but a DDL that waits for merges sends none. */
const SILENCE_MS = 3_600_000;
/** One progress header has about 250 bytes; this size holds the headers of such a long silence. */
const MAX_HEADER_BYTES = 1024 * 1024;
/** Queries at the same time. An answer of `raw` keeps its socket while it is read, so there are more sockets than queries. */
export const MAX_QUERIES = 32;
const MAX_SOCKETS = 2 * MAX_QUERIES;
/** The landing makes few inserts at the same time. */
const MAX_SIDE_SOCKETS = 16;

const DEFAULTS: ClickHouseSettings = {
  // Proxies and load balancers cut silent connections after a minute or so.
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: '20000',
  output_format_json_quote_64bit_integers: 1,
  date_time_output_format: 'iso',
};

interface Address {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database?: string;
  readonly settings: ClickHouseSettings;
}

export interface Connections {
  readonly queries: Connection;
  /** Only for the landing: queries that wait or hang must not take its sockets. */
  readonly landing: Connection;
  /** Each request uses a socket of its own: second attempts, kills, and questions about queries whose connection is silent. */
  readonly fresh: Connection;
  close(): Promise<void>;
}

export function openConnections(address: Address): Connections {
  const open = (sockets: number, keepsAlive = true) =>
    createClient({
      url: address.url,
      username: address.user,
      password: address.password,
      application: 'sluice',
      ...(address.database === undefined ? {} : { database: address.database }),
      request_timeout: SILENCE_MS,
      max_open_connections: sockets,
      max_response_headers_size: MAX_HEADER_BYTES,
      keep_alive: { enabled: keepsAlive, idle_socket_ttl: IDLE_SOCKET_TTL_MS, eagerly_destroy_stale_sockets: true },
      use_multipart_params_auto: true,
      clickhouse_settings: { ...DEFAULTS, ...address.settings },
      // The library logs whole queries and errors to the console. Ours are thrown with more context, and logged by the code that handles
      // them.
      log: { level: ClickHouseLogLevel.OFF },
    });
  const queries = open(MAX_SOCKETS);
  const landing = open(MAX_SIDE_SOCKETS);
  const fresh = open(MAX_SOCKETS, false);
  return {
    queries,
    landing,
    fresh,
    close: async () => void (await Promise.all([queries.close(), landing.close(), fresh.close()])),
  };
}
