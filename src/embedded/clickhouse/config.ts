/** The two configuration files of the embedded ClickHouse server, as text. Pure. */
import { createHash } from 'node:crypto';
import {
  embeddedGrants,
  type Limit,
  limitsFor,
  MAX_QUERIES_FOR_USER,
  OUTSIDE_REACH,
  RESTRICTED_ROLES,
  type RestrictedRole,
  type Role,
  type UserLimits,
} from '../../sql/access.ts';

export interface ServerPaths {
  /** Ends with a slash, because ClickHouse appends to it. */
  readonly data: string;
  readonly users: string;
}

/** @param memoryRatio share of the machine's memory that the server may use. */
export function serverXml(paths: ServerPaths, httpPort: number, memoryRatio: number): string {
  return `<clickhouse>
  <path>${xml(paths.data)}</path>
  <users_config>${xml(paths.users)}</users_config>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${httpPort}</http_port>
  <!-- Longer than any client keeps an idle socket, so that the server never closes one that is about to be used. -->
  <keep_alive_timeout>60</keep_alive_timeout>
  <!-- Sized for a laptop of 2 cores and 8 GB that runs other things too. -->
  <max_server_memory_usage_to_ram_ratio>${memoryRatio}</max_server_memory_usage_to_ram_ratio>
  <!-- More than what all restricted users may run and let wait together: they leave places for inserts and builds. -->
  <max_concurrent_queries>${(RESTRICTED_ROLES.length + 2) * MAX_QUERIES_FOR_USER}</max_concurrent_queries>
  <!-- 8 minutes by default, for UNDROP, which is never used here: builds replace whole tables, and a laptop's disk is small. -->
  <database_atomic_delay_before_drop_table_sec>30</database_atomic_delay_before_drop_table_sec>
  <mark_cache_size>268435456</mark_cache_size>
  <!-- Views run as their creator unless they say otherwise: a published view must be readable by users who may not read what is below it. -->
  <ignore_empty_sql_security_in_create_view_query>0</ignore_empty_sql_security_in_create_view_query>
  <query_log>
    <database>system</database>
    <table>query_log</table>
    <partition_by>event_date</partition_by>
    <ttl>event_date + interval 14 day delete</ttl>
    <flush_interval_milliseconds>2000</flush_interval_milliseconds>
  </query_log>
</clickhouse>
`;
}

const STARTER_FIXED = [...OUTSIDE_REACH, 'allow_experimental_ai_functions', 'max_memory_usage', 'max_untracked_memory', 'max_block_size'];

/** Queries of the session in server.ts: one starts the listener, one never ends. */
const STARTER_QUERIES = 2;
/** Ten years: in the life of a server no new interval begins, and so no new query is allowed. */
const STARTER_INTERVAL_SECONDS = 315_360_000;

/**
 * Puts the `system` database on disk, as `metadata/system.sql`. In local mode it would be in memory: after a restart the server would find
 * the files of `system.query_log` but not its definition, and would log no query any more. The server refuses the engine Atomic at its
 * start.
 */
export const SYSTEM_DATABASE_SQL = 'ATTACH DATABASE system\nENGINE = Ordinary\n';

export interface UsersOptions {
  /** Database prefix, or a pattern that ends with `*` (test servers, which host many installations). */
  readonly prefix: string;
  readonly passwords: Readonly<Record<Role, string>>;
  readonly limits: UserLimits;
  /** Databases outside ours that BI tools may read. */
  readonly biDatabases: readonly string[];
}

/**
 * The local session that starts the listener logs in as `default`, without a password and as if from 127.0.0.1. Both are in ClickHouse's
 * code (LocalConnection, Session::authenticate), so neither a password nor networks can distinguish it from a stranger on this machine or a
 * web page that posts here. The session itself is the lock: it comes first, before there is a listener, and stays. `max_sessions_for_user`
 * refuses every other login before a word of its query is read. In addition the user may run one query at a time, has a quota that the
 * session has used up, has no right but the one to start listeners (readonly profiles refuse that right), and no setting that reaches
 * files.
 *
 * The owner has no grants entry and thereby every right, files and URLs included: no SQL that a user wrote may run as the owner.
 *
 * Passwords are stored as SHA-256: they are 192 random bits, for which salt and rounds would add nothing.
 */
export function usersXml({ prefix, passwords, limits, biDatabases }: UsersOptions): string {
  const restricted = RESTRICTED_ROLES.map((role) =>
    user(`sluice_${role}`, passwords[role], role, embeddedGrants(role, prefix, biDatabases)),
  );
  return `<clickhouse>
  <profiles>
    <default/>
    <!-- Of the password-less user, see usersXml. Its own settings are those of the query that keeps the server up. -->
    <starter>
      <log_queries>0</log_queries>
      <max_block_size>1</max_block_size>
      <function_sleep_max_microseconds_per_block>100000000</function_sleep_max_microseconds_per_block>
      <max_memory_usage>100000000</max_memory_usage>
      <max_sessions_for_user>1</max_sessions_for_user>
      <max_concurrent_queries_for_user>1</max_concurrent_queries_for_user>
      <constraints>
${STARTER_FIXED.map((name) => `        <${name}><readonly/></${name}>`).join('\n')}
      </constraints>
    </starter>
    <owner>
      <default_normal_view_sql_security>DEFINER</default_normal_view_sql_security>
    </owner>
${RESTRICTED_ROLES.map((role) => profile(role, limits)).join('\n')}
  </profiles>
  <quotas>
    <default/>
    <starter><interval><duration>${STARTER_INTERVAL_SECONDS}</duration><queries>${STARTER_QUERIES}</queries></interval></starter>
  </quotas>
  <users>
    <default><password></password><profile>starter</profile><quota>starter</quota>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query></grants></default>
${user('sluice_owner', passwords.owner, 'owner', [])}
${restricted.join('\n')}
  </users>
</clickhouse>
`;
}

function user(name: string, password: string, profileName: string, grants: readonly string[]): string {
  const rights = grants.length === 0 ? '' : `\n      <grants>${grants.map((grant) => `<query>${xml(grant)}</query>`).join('')}</grants>`;
  return `    <${name}><password_sha256_hex>${sha256(password)}</password_sha256_hex><networks><ip>127.0.0.1</ip></networks><profile>${profileName}</profile><quota>default</quota>${rights}</${name}>`;
}

function profile(role: RestrictedRole, limits: UserLimits): string {
  const settings: readonly Limit[] = [...limitsFor(role, limits), { name: 'workload', value: workloadOf(role), rule: 'fixed' }];
  const values = settings.map(({ name, value }) => `      <${name}>${xml(String(value))}</${name}>`);
  const constraints = settings.map(({ name, value, rule }) =>
    rule === 'fixed' ? `        <${name}><readonly/></${name}>` : `        <${name}><min>1</min><max>${value}</max></${name}>`,
  );
  return `    <${role}>\n${values.join('\n')}\n      <constraints>\n${constraints.join('\n')}\n      </constraints>\n    </${role}>`;
}

/**
 * One queue for each restricted user: a fixed number of its queries run at once, the next ones wait. Refusing them would not do: forty
 * clients that try again without a pause cost collection as much as forty queries (measured: a quarter of its rate was left). Our own users
 * have one place more, so that one long query of a person does not hold up the whole API.
 *
 * In local mode the server does not read back from disk what these statements made, so they are repeated at every start.
 */
export function workloadStatements(queries: number): readonly string[] {
  return [
    'create or replace resource sluice_queries (query)',
    'create or replace workload sluice_everybody',
    ...RESTRICTED_ROLES.map(
      (role) =>
        `create or replace workload ${workloadOf(role)} in sluice_everybody settings ` +
        `max_concurrent_queries = ${role === 'bi' ? queries : queries + 1}, max_waiting_queries = ${MAX_QUERIES_FOR_USER}`,
    ),
  ];
}

const workloadOf = (role: RestrictedRole) => `sluice_${role}`;

/**
 * Replaces the scalar function `file(path)`; stored as `user_defined/function_file.sql` in the data directory. In the local mode of the
 * embedded server the original returns any file that the process may read, to any user, and no grant guards it (26.7, measured). A
 * user-defined function of the same name takes precedence. `create function` would refuse the name, but a file that is there at the start
 * is loaded.
 */
export const FILE_FUNCTION_SQL = "CREATE FUNCTION file AS (path) -> throwIf(1, 'The function file() is switched off here')\n";

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const xml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
